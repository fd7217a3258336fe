"""Sets the gauges that are read from the database when Prometheus asks, and watches the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.maintenance_notes import TASKS, MaintenanceNotes
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database
from shared.runtime.readiness import with_timeout

_LOOP_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 10.0
_BUSINESS_SECONDS: Final = 60.0


class Measuring:
    """Reads what only the database knows, at most every ten seconds, and the service's business once a minute.

    ``business`` sets the service's own gauges. ``transient`` are the errors after which a gauge keeps its last value:
    `/metrics` answers also while the database does not. Ages are by the service's clock, except those of operators'
    work, which is done by the machine's.
    """

    def __init__(
        self,
        database: Database,
        metrics: Metrics,
        clock: Clock,
        dead_letters: DeadLetters,
        audit: Audit,
        business: Callable[[datetime], Awaitable[None]] | None,
        transient: tuple[type[Exception], ...],
    ) -> None:
        self._notes = MaintenanceNotes(database)
        self._metrics, self._clock, self._machine = metrics, clock, SystemClock()
        self._dead_letters, self._audit, self._business, self._transient = dead_letters, audit, business, transient
        self._read_at = self._business_at = float("-inf")
        self._longest_delay = 0.0

    async def watch_loop(self) -> None:
        """Measure by how much the event loop is late, until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(_LOOP_SECONDS)
            self._longest_delay = max(self._longest_delay, time.monotonic() - before - _LOOP_SECONDS)

    async def refresh(self) -> None:
        """Set the gauges. Answers within three seconds."""
        self._metrics.loop_delay.set(self._longest_delay)
        self._longest_delay, now = 0.0, time.monotonic()
        if now < self._read_at + _AGAIN_SECONDS:
            return
        self._read_at = now
        readings: list[Awaitable[None]] = [self._read_dead_letters(), self._read_audit(), self._read_tasks()]
        if self._business is not None and now >= self._business_at + _BUSINESS_SECONDS:
            self._business_at = now
            readings.append(self._business(self._clock.now()))
        await asyncio.gather(*map(self._within_time, readings))

    async def _within_time(self, reading: Awaitable[None]) -> None:
        with suppress(*self._transient, TimeoutError):
            await with_timeout(reading)

    async def _read_dead_letters(self) -> None:
        self._metrics.open_dead_letters.set(await self._dead_letters.count_open())

    async def _read_audit(self) -> None:
        head, published_at = await self._audit.head(), await self._audit.published_at()
        self._metrics.audit_entries.set(head.n if head else 0)
        if published_at is not None:
            self._metrics.audit_head_age.set((self._clock.now() - published_at).total_seconds())

    async def _read_tasks(self) -> None:
        for task in TASKS:
            if (last := await self._notes.last(task)) is not None:
                age = (self._machine.now() - last.at).total_seconds()
                self._metrics.maintenance_age.labels(task).set(age)
                if task == "verify":
                    self._metrics.verify_mismatches.set(last.mismatches)
