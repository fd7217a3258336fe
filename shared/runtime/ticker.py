"""The work that time brings, remembered: which instant came, and whether its work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from shared.runtime.clock import Clock, DrivenClock
from shared.runtime.mongo import Documents


class Ticker:
    """Does a service's timed work up to an instant, one instant after the other.

    ``done`` is the last instant whose work is done. The work may be done again for the same instant: after a
    crash in its middle it is.
    """

    def __init__(self, state: Documents, clock: Clock, work: Callable[[datetime], Awaitable[None]] | None) -> None:
        self._state = state
        self._clock = clock
        self._work = work
        self._turn = asyncio.Lock()
        self.done: datetime | None = None

    async def resume(self) -> None:
        """A driven clock goes on where it stood, and the work of that instant is finished."""
        kept = await self._state.get("clock")
        if kept is None or not isinstance(self._clock, DrivenClock):
            return
        self._clock.drive(datetime.fromisoformat(kept["now"]))
        if kept.get("done") == kept["now"]:
            self.done = self._clock.now()
        else:
            await self.do(self._clock.now())

    async def do(self, now: datetime) -> None:
        """Do the work of an instant. Raises what the work raises; it is then still to be done."""
        async with self._turn:
            kept = await self._state.get("clock") or {"_id": "clock", "unsent": []}
            kept["now"] = now.isoformat()
            await self._state.save(kept)
            if self._work is not None:
                await self._work(now)
            kept["done"] = kept["now"]
            await self._state.save(kept)
            self.done = now
