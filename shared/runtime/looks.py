"""Whether this process has written to a collection since it last looked there and found nothing to publish."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Looks:
    """What this process knows of the pending documents of one collection, so that it need not query again and again.

    It knows nothing of what other processes write: how long ago it looked says how old its knowledge is.
    """

    def __init__(self) -> None:
        self._writes = 0
        self._writes_seen = -1
        self._looked_at = 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around every write that may make a document pending; a write that fails may have taken place as well."""
        self._writes += 1
        try:
            yield
        finally:
            self._writes += 1

    @property
    def writes(self) -> int:
        """A number that is another one after, and during, every write of this process."""
        return self._writes

    def begin(self) -> tuple[int, float]:
        """Begin to look. Give what it returns to ``found_nothing`` if no document was pending."""
        return self._writes, time.monotonic()

    def found_nothing(self, began: tuple[int, float]) -> None:
        """Note that nothing was pending. A write that ran meanwhile has changed the number of writes since."""
        self._writes_seen, self._looked_at = began

    def nothing_since(self, seconds: float) -> bool:
        """Whether nothing was pending at a look of the last ``seconds``, and this process has written nothing since."""
        return self._writes == self._writes_seen and time.monotonic() < self._looked_at + seconds
