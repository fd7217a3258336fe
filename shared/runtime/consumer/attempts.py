"""How often a consumer attempts its work: for 90 s after an external fault or a lost race, three times at a bug."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from shared.runtime.metrics import Metrics
from shared.runtime.mongo import VersionConflict
from shared.runtime.retrying import Backoff

log = structlog.get_logger(__name__)

_ATTEMPTS_AT_A_BUG = 3
_FIRST_PAUSE = 0.05
_MAX_RETRY_SECONDS = 90.0
"""Well below the group's poll interval, after which the broker would give the partitions to another process."""

T = TypeVar("T")


@dataclass(frozen=True)
class Attempts:
    """Repeats a consumer's work. ``transient`` are the errors of the database and the broker."""

    metrics: Metrics
    transient: tuple[type[Exception], ...]

    def is_transient(self, error: Exception) -> bool:
        """Whether a later attempt may succeed: the error is an external fault or a lost race."""
        return isinstance(error, (*self.transient, VersionConflict))

    async def retry_transient(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work, which is repeated after transient errors; raises the last one after 90 seconds."""
        backoff, deadline = Backoff(_FIRST_PAUSE), time.monotonic() + _MAX_RETRY_SECONDS
        while True:
            try:
                return await work()
            except VersionConflict:
                self.metrics.failures.labels("conflict").inc()
                if time.monotonic() > deadline:
                    raise
            except self.transient as error:
                self.metrics.failures.labels("transient").inc()
                log.warning("cannot go on yet", error=repr(error), retry_in=backoff.pause)
                if time.monotonic() > deadline:
                    raise
            await backoff.wait()

    async def retry_bug(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work, which is attempted three times if it fails because of a bug.

        Raises the bug's exception, or a transient error that ``retry_transient`` raises.
        """
        for left in reversed(range(_ATTEMPTS_AT_A_BUG)):
            try:
                return await self.retry_transient(work)
            except Exception as error:
                if self.is_transient(error):
                    raise
                self.metrics.failures.labels("bug").inc()
                if not left:
                    raise
        raise AssertionError("unreachable")
