"""Which revisions documents have, read once for what many pages ask within a second (0067, 0093)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from shared.caching import Cache

Revisions = frozenset[tuple[str, str, int]]
"""Collection, id and revision of each document that exists."""

Reading = Awaitable[list[tuple[str, int]]]
"""What a query gives: ids with their revisions."""

_Key = tuple[tuple[str, tuple[str, ...] | None], ...]
_MOST_KEPT: Final = 64


class RevisionReader:
    """Reads revisions, and keeps each answer with the number of this process's writes before it.

    ``writes`` counts the writes of this process to a collection. ``find`` reads id and revision of the documents of a
    collection that have one of the ids, or of all for None.
    """

    def __init__(self, writes: Callable[[str], int], find: Callable[[str, Collection[str] | None], Reading]) -> None:
        self._writes, self._find = writes, find
        self._answers = Cache[_Key, tuple[tuple[int, ...], float, Revisions]](_MOST_KEPT)

    async def read(self, wanted: Mapping[str, Collection[str] | None], within: float) -> Revisions:
        """The revisions of the ids of each collection, or of all its documents for None.

        An answer of the last ``within`` seconds is given again while this process has written nothing to the
        collections; what other processes have written since is not in it.
        """
        key = tuple((name, None if ids is None else tuple(ids)) for name, ids in wanted.items())
        writes, now = tuple(map(self._writes, wanted)), time.monotonic()
        if (answer := self._answers.get(key)) is not None and answer[0] == writes and now < answer[1] + within:
            return answer[2]
        of_collections = await asyncio.gather(*(self._find(name, ids) for name, ids in wanted.items()))
        by_name = zip(wanted, of_collections, strict=True)
        revisions = frozenset((name, *revision) for name, of_name in by_name for revision in of_name)
        return self._answers.keep(key, (writes, now, revisions))[2]
