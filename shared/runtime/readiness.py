"""Whether a service does its work: a real write, a broker that answers, and records that are handled.

The probes run together and each has its time, so that the answer comes within three seconds whatever hangs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from shared.runtime.consumer.consumer import Consumer

_PROBE_SECONDS = 2.0

T = TypeVar("T")


async def within(work: Awaitable[T], seconds: float = _PROBE_SECONDS) -> T:
    """What comes of it, or ``TimeoutError``. Other than ``wait_for``, it does not wait for the cleaning up as well."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        task.cancel()
        raise TimeoutError
    return task.result()


@dataclass
class Readiness:
    """Asks what a service depends on, and watches that its consumer goes on.

    ``stalled_seconds`` is how long there may be something to read and nothing handled. What is parked does not count:
    it is not read. ``transient`` are the faults a probe answers with.
    """

    probes: Mapping[str, Callable[[], Awaitable[object]]]
    consumer: Consumer
    stalled_seconds: float
    transient: tuple[type[Exception], ...]
    _behind_since: tuple[int, float] | None = None

    async def missing(self, started: bool) -> list[str]:
        """What does not answer, or stands still; empty when all is well."""
        answers = [self._answer(what, probe) for what, probe in self.probes.items()]
        found = await asyncio.gather(*answers, *([self._progress()] if started else []))
        return [what for what in found if what]

    async def _answer(self, what: str, probe: Callable[[], Awaitable[object]]) -> str | None:
        try:
            await within(probe())
        except self.transient as error:
            return f"{what}: {error!r}"
        return None

    async def _progress(self) -> str | None:
        try:
            lag = await within(self.consumer.lag(paused=False))
        except self.transient:
            return None  # the broker does not answer, which its own probe says
        consumed, now = self.consumer.consumed, time.monotonic()
        if not lag:
            self._behind_since = None
        elif self._behind_since is None or self._behind_since[0] != consumed:
            self._behind_since = consumed, now
        elif (still := now - self._behind_since[1]) > self.stalled_seconds:
            return f"no progress: {lag} records to read, none handled for {still:.0f} s"
        return None
