"""Whether a service does its work: a real write, a broker that answers, and records that are handled.

The probes run at the same time and each has a time limit, so the answer comes within three seconds whatever hangs.
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


async def with_timeout(work: Awaitable[T], seconds: float = _PROBE_SECONDS) -> T:
    """The result of the work, or ``TimeoutError``. Unlike ``wait_for``, it does not wait for the work's clean-up."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        task.cancel()
        raise TimeoutError
    return task.result()


@dataclass
class Readiness:
    """Probes what a service depends on, and watches that its consumer makes progress.

    The service may handle nothing for ``stalled_seconds`` while records wait; paused partitions do not count.
    ``transient`` are the errors that mean a probe has failed.
    """

    probes: Mapping[str, Callable[[], Awaitable[object]]]
    consumer: Consumer
    stalled_seconds: float
    transient: tuple[type[Exception], ...]
    _behind_since: tuple[int, float] | None = None

    async def missing(self, started: bool) -> list[str]:
        """What does not answer or makes no progress; empty when all is well."""
        checks = [self._failure(name, probe) for name, probe in self.probes.items()]
        failures = await asyncio.gather(*checks, *([self._standstill()] if started else []))
        return [failure for failure in failures if failure]

    async def _failure(self, name: str, probe: Callable[[], Awaitable[object]]) -> str | None:
        try:
            await with_timeout(probe())
        except self.transient as error:
            return f"{name}: {error!r}"
        return None

    async def _standstill(self) -> str | None:
        try:
            lag = await with_timeout(self.consumer.lag(paused=False))
        except self.transient:
            return None  # the broker does not answer; its own probe reports that
        consumed, now = self.consumer.consumed, time.monotonic()
        if not lag:
            self._behind_since = None
        elif self._behind_since is None or self._behind_since[0] != consumed:
            self._behind_since = consumed, now
        elif (seconds := now - self._behind_since[1]) > self.stalled_seconds:
            return f"no progress: {lag} records to read, none handled for {seconds:.0f} s"
        return None
