"""Work that a handler defers, done when no further batch is being handled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from shared.runtime.consumer.consumer import QUIET_SECONDS, Consumer
from shared.runtime.metrics import Metrics
from shared.runtime.retrying import Backoff

log = structlog.get_logger(__name__)

_MAX_PAUSE_SECONDS: Final = 2.0
_MAX_QUIET_SECONDS: Final = 1.0
_BUG_SECONDS: Final = 30.0


class DeferredWork(Protocol):
    """A handler that defers work. ``pending_recompute`` is set while there is any."""

    pending_recompute: asyncio.Event

    async def recompute_pending(self) -> None:
        """Do the deferred work; idempotent."""


class DeferredWorker:
    """Makes a handler do its deferred work.

    ``transient`` are the errors after which it is simply attempted again. ``failing`` is set while it fails because of
    a bug.
    """

    def __init__(
        self,
        handler: DeferredWork,
        consumer: Consumer,
        metrics: Metrics,
        transient: tuple[type[Exception], ...],
        wake: Callable[[], None],
    ) -> None:
        self._handler, self._consumer, self._metrics = handler, consumer, metrics
        self._transient, self._wake = transient, wake
        self.failing = False

    @property
    def has_pending(self) -> bool:
        """Whether there is deferred work."""
        return self._handler.pending_recompute.is_set()

    async def run(self) -> None:
        """Do deferred work until cancelled; work that fails is attempted again, also after a bug."""
        backoff, took = Backoff(QUIET_SECONDS, _MAX_PAUSE_SECONDS), 0.0
        pause = backoff.pause
        while True:
            await self._handler.pending_recompute.wait()
            await asyncio.sleep(pause)
            idle = self._consumer.idle_seconds
            if idle < max(QUIET_SECONDS, min(2 * took, _MAX_QUIET_SECONDS)):
                continue  # long work waits for a longer quiet, or it would delay records that come now and then
            if idle < _MAX_QUIET_SECONDS and self._consumer.has_backlog:
                continue
            began = time.monotonic()
            try:
                await self._handler.recompute_pending()
                self._wake()
                took = time.monotonic() - began
                backoff.reset()
                pause, self.failing = backoff.pause, False
            except self._transient as error:
                backoff.grow()
                pause = backoff.pause
                log.warning("deferred work cannot be done yet", error=repr(error), retry_in=pause)
            except Exception as error:
                pause, self.failing = _BUG_SECONDS, True
                self._metrics.failures.labels("bug").inc()
                log.critical("deferred work fails because of a bug", exc_info=error)
