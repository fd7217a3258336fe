"""The sign-ins that have ended before their cookies expired, as every service keeps them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from shared.caching import Cache
from shared.contracts.sign_ins import EndedSignIn
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.publishing import PublishedDocuments

TRUSTED_SECONDS: Final = 1.0
"""For how long a page takes a sign-in not to have ended, if this process has noted no end (0093)."""

_MOST_KEPT: Final = 1024


def _machine_time() -> datetime:
    return datetime.now(UTC)


class EndedSignIns:
    """A document for each ended sign-in, kept until its cookie would have expired by the machine's clock."""

    def __init__(self, database: Database, now: Callable[[], datetime] = _machine_time) -> None:
        self._documents, self._now = database.documents("ended_sign_ins"), now
        self.published = PublishedDocuments(self._documents, _stored)
        self._open = Cache[str, tuple[int, float]](_MOST_KEPT)

    async def prepare(self) -> None:
        """Create the indexes and forget the sign-ins whose cookies have expired."""
        await self._documents.prepare(indexed=["expires_at"])
        for doc in await self._documents.find({"expires_at": {"$lt": self._now()}}):
            with suppress(VersionConflict):
                await self._documents.remove(doc)

    async def has(self, sign_in: str, *, within: float = 0.0) -> bool:
        """Whether a sign-in has ended.

        That it has not is taken as known for ``within`` seconds, unless this process has noted the end of any.
        """
        began = self._documents.looks.writes, time.monotonic()
        looked = self._open.get(sign_in)
        if looked is not None and looked[0] == began[0] and began[1] < looked[1] + within:
            return False
        if await self._documents.get(sign_in) is not None:
            return True
        self._open.keep(sign_in, began)
        return False

    async def end(self, ended: Iterable[EndedSignIn], *, publish: bool = False) -> None:
        """Note that sign-ins have ended; durable when this returns. With ``publish`` the other services are told."""
        for sign_in in ended:
            doc = {"_id": sign_in.sign_in, "expires_at": sign_in.expires_at, "unsent": ["ended"] if publish else []}
            with suppress(VersionConflict):  # it has ended already
                await self._documents.insert(doc)


def _stored(doc: Document) -> EndedSignIn:
    return EndedSignIn(sign_in=doc["_id"], expires_at=doc["expires_at"])
