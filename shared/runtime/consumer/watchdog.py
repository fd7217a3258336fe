"""Restarts a consumer that stands still although there are records to read.

Kafka clients get stuck when a broker dies in the middle of a rebalance: they are members of the group and have
partitions, but no record ever arrives and nothing is raised. A restart costs one join of the group. Records that were
read and not committed are read again, which changes nothing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from shared.runtime.consumer.consumer import Consumer
from shared.runtime.kafka.stopping import stop_in_time
from shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)


@dataclass
class ConsumerWatchdog:
    """Watches one consumer. It may stand still for ``stalled_seconds``; stopping it may take ``stop_seconds``."""

    consumer: Consumer
    metrics: Metrics
    stalled_seconds: float
    stop_seconds: float
    _stalled_since: tuple[int, float] | None = None
    _restarting: bool = False

    async def check(self) -> None:
        """Restart the client when it has stood still for too long. Handling a batch, however long, is no standstill.

        Raises ``KafkaError`` when the broker does not answer; the next check then starts the client again.
        """
        if self._restarting:
            await self._restart(self.consumer.subscriber)
            return
        if not self.consumer.idle_seconds or not await self.consumer.lag(paused=False):
            self._stalled_since = None
            return
        consumed, now = self.consumer.consumed, time.monotonic()
        if self._stalled_since is None or self._stalled_since[0] != consumed:
            self._stalled_since = consumed, now
        elif now - self._stalled_since[1] > self.stalled_seconds:
            self._stalled_since, self._restarting = None, True
            log.error("records wait and the client delivers none; it is restarted", after=self.stalled_seconds)
            self.metrics.failures.labels("standstill").inc()
            await self._restart(self.consumer.subscriber)

    async def _restart(self, subscriber: Any) -> None:
        with suppress(Exception):  # a client that is stuck often cannot be stopped either
            await stop_in_time(subscriber.stop, self.stop_seconds)
        self.consumer.forget()
        await subscriber.start()
        self._restarting = False
