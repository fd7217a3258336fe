"""Work that a handler leaves for later, done as soon as no batch follows another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from shared.runtime.consumer.consumer import QUIET_SECONDS, Consumer
from shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

_MOST_SECONDS: Final = 2.0
_LONG_SECONDS: Final = 1.0
_BUG_SECONDS: Final = 30.0


class DeferredWork(Protocol):
    """A handler that leaves work for later. ``pending_recompute`` is set while there is any."""

    pending_recompute: asyncio.Event

    async def recompute_pending(self) -> None:
        """Do what was left. Doing it again changes nothing."""


class DeferredWorker:
    """Has it done. ``failing`` tells that it cannot be, by a bug; ``again`` are the errors that pass by themselves."""

    def __init__(
        self,
        handler: DeferredWork,
        consumer: Consumer,
        metrics: Metrics,
        again: tuple[type[Exception], ...],
        wake: Callable[[], None],
    ) -> None:
        self._handler, self._consumer, self._metrics, self._again, self._wake = (
            handler,
            consumer,
            metrics,
            again,
            wake,
        )
        self.failing = False

    @property
    def has_pending(self) -> bool:
        """Whether anything is left to do."""
        return self._handler.pending_recompute.is_set()

    async def run(self) -> None:
        """Do it for ever, whenever there is something; what cannot be done is tried again, also after a bug."""
        pause, took = QUIET_SECONDS, 0.0
        while True:
            await self._handler.pending_recompute.wait()
            await asyncio.sleep(pause)
            idle = self._consumer.idle_seconds
            if idle < max(QUIET_SECONDS, min(2 * took, _LONG_SECONDS)):
                continue  # who hears something now and then is not kept from it
            if idle < _LONG_SECONDS and self._consumer.has_backlog:
                continue
            began = time.monotonic()
            try:
                await self._handler.recompute_pending()
                self._wake()
                took = time.monotonic() - began
                pause, self.failing = QUIET_SECONDS, False
            except self._again as error:
                pause = min(pause * 2, _MOST_SECONDS)
                log.warning("cannot settle yet", error=repr(error), retry_in=pause)
            except Exception as error:
                pause, self.failing = _BUG_SECONDS, True
                self._metrics.failures.labels("bug").inc()
                log.critical("what was left for later cannot be done", exc_info=error)
