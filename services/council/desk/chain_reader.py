"""Reads and checks council's audit chain for the journal: all of it from time to time, and what is new each time."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from services.council.desk.journal import Chain
from services.council.kept_documents import TRUSTED_SECONDS
from shared.runtime.audit.hash_chain import Checker
from shared.runtime.audit.trail import Audit

_CHECKED_FOR: Final = 600.0
"""After this many seconds the whole chain is read again, because an earlier entry may have been altered."""


_NEVER: Final = (-1, 0.0)


class ChainReader:
    """The state of the chain as this process last read it."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._chain, self._checker = Chain(), Checker()
        self._read_at: float | None = None
        self._looked = _NEVER
        self._lock = asyncio.Lock()

    async def chain(self) -> Chain:
        """The chain up to its end within the last second; reading stops at the first fault."""
        async with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > _CHECKED_FOR:
                published = await self._audit.published_head()
                self._chain, self._checker = Chain(), Checker([published] if published else [])
                self._read_at, self._looked = time.monotonic(), _NEVER
            began = self._audit.writes, time.monotonic()
            is_fresh = began[0] == self._looked[0] and began[1] < self._looked[1] + TRUSTED_SECONDS
            if self._chain.fault is None and not is_fresh:
                await self._read_on()
                self._looked = began
            return self._chain

    async def _read_on(self) -> None:
        async for entry in self._audit.entries(after=self._checker.head.n):
            if (fault := self._checker.check(entry)) is not None:
                self._chain.fault = fault
                return
            self._chain.add(entry)
        self._chain.fault = self._checker.end()
        self._chain.head = self._checker.head if self._checker.head.n else None
