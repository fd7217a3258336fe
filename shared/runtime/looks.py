"""Whether this process has changed a collection since it last looked there and found nothing."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

_Answer = TypeVar("_Answer")

SEEN_SECONDS: Final = 0.9
"""How long an empty look counts for work that looks once a second for what other processes wrote."""
COUNTED_SECONDS: Final = 2.0
"""How long it counts for a number of what is left, which is read often."""


class LastLook:
    """When a query last found nothing, so that it need not be repeated while this process changes nothing.

    ``changes`` is a number that is another one after, and during, every change that could make it find something. It
    has no changes of other processes: how long ago the look was says how old the knowledge is.
    """

    def __init__(self, changes: Callable[[], int]) -> None:
        self._changes = changes
        self._changes_seen = -1
        self._looked_at = 0.0

    def begin(self) -> tuple[int, float]:
        """Begin to look. Give what it returns to ``found_nothing`` if nothing was found."""
        return self._changes(), time.monotonic()

    def found_nothing(self, began: tuple[int, float]) -> None:
        """Note that nothing was found. A change that ran meanwhile has changed the number of changes since."""
        self._changes_seen, self._looked_at = began

    def nothing_since(self, seconds: float) -> bool:
        """Whether a look of the last ``seconds`` found nothing, and this process has changed nothing since."""
        return self._changes() == self._changes_seen and time.monotonic() < self._looked_at + seconds

    async def find(self, seconds: float, query: Callable[[], Awaitable[_Answer]], nothing: _Answer) -> _Answer:
        """What the query finds. It is not asked while a look of the last ``seconds`` counts that found ``nothing``."""
        if self.nothing_since(seconds):
            return nothing
        began = self.begin()
        answer = await query()
        if answer == nothing:
            self.found_nothing(began)
        return answer


class Looks:
    """What this process has changed in one collection."""

    def __init__(self) -> None:
        self._writes = self._published = 0
        self.pending = LastLook(lambda: self._writes)
        """The last look for documents with something to publish."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around every write that may make a document pending; a write that fails may have taken place as well."""
        self._writes += 1
        try:
            yield
        finally:
            self._writes += 1

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Around the write that notes that documents were published, so that they are no longer pending."""
        self._published += 1
        try:
            yield
        finally:
            self._published += 1

    @property
    def writes(self) -> int:
        """A number that is another one after, and during, every write of this process."""
        return self._writes

    @property
    def changes(self) -> int:
        """As ``writes``, and another one too after, and while, documents are noted as published."""
        return self._writes + self._published

    def last_look(self) -> LastLook:
        """For a query that finds something new only after a write, or once documents were published."""
        return LastLook(lambda: self.changes)
