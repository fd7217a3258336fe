"""Which revisions documents have, read once for what many pages ask within a second (0067, 0093)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Protocol

from shared.caching import Cache

Revisions = frozenset[tuple[str, str, int]]
"""Collection, id and revision of each document that exists."""

_Key = tuple[tuple[str, tuple[str, ...] | None], ...]
_MOST_KEPT: Final = 64


class Readable(Protocol):
    """What is needed of a collection."""

    @property
    def writes(self) -> int:
        """A number that is another one after, and during, every write of this process."""

    async def find(self, where: Mapping[str, Any] | None = None, *, only: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Documents that match, with these fields."""


class RevisionReader:
    """Reads revisions, and keeps each answer with the number of this process's writes before it."""

    def __init__(self, documents: Callable[[str], Readable]) -> None:
        self._documents = documents
        self._answers = Cache[_Key, tuple[tuple[int, ...], float, Revisions]](_MOST_KEPT)

    async def read(self, wanted: Mapping[str, Collection[str] | None], within: float) -> Revisions:
        """The revisions of the ids of each collection, or of all its documents for None.

        An answer of the last ``within`` seconds is given again while this process has written nothing to the
        collections; what other processes have written since is not in it.
        """
        key = tuple((name, None if ids is None else tuple(ids)) for name, ids in wanted.items())
        writes, now = tuple(self._documents(name).writes for name in wanted), time.monotonic()
        if (answer := self._answers.get(key)) is not None and answer[0] == writes and now < answer[1] + within:
            return answer[2]
        of_collections = await asyncio.gather(*(self._of(name, ids) for name, ids in wanted.items()))
        revisions = frozenset(revision for of_collection in of_collections for revision in of_collection)
        return self._answers.keep(key, (writes, now, revisions))[2]

    async def _of(self, name: str, ids: Collection[str] | None) -> list[tuple[str, str, int]]:
        where = {} if ids is None else {"_id": {"$in": list(ids)}}
        return [(name, doc["_id"], doc["rev"]) for doc in await self._documents(name).find(where, only=["rev"])]
