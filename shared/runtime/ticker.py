"""Timed work, and a note in the database of its last instant and of whether that instant's work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from shared.runtime.clock import Clock, DrivenClock
from shared.runtime.mongo import Documents


class Ticker:
    """Does a service's timed work up to an instant, one instant after another.

    ``done`` is the last instant whose work is done. After a crash in the middle, the work of an instant is done again.
    """

    def __init__(self, state: Documents, clock: Clock, work: Callable[[datetime], Awaitable[None]] | None) -> None:
        self._state = state
        self._clock = clock
        self._work = work
        self._lock = asyncio.Lock()
        self.done: datetime | None = None

    async def resume(self) -> None:
        """Set a driven clock to the instant it last stood at, and finish that instant's work."""
        note = await self._state.get("clock")
        if note is None or not isinstance(self._clock, DrivenClock):
            return
        self._clock.drive(datetime.fromisoformat(note["now"]))
        if note.get("done") == note["now"]:
            self.done = self._clock.now()
        else:
            await self.run(self._clock.now())

    async def run(self, now: datetime) -> None:
        """Do the work due at an instant. Raises what the work raises; the work then counts as not done."""
        async with self._lock:
            note = await self._state.get("clock") or {"_id": "clock", "unsent": []}
            note["now"] = now.isoformat()
            await self._state.save(note)
            if self._work is not None:
                await self._work(now)
            note["done"] = note["now"]
            await self._state.save(note)
            self.done = now
