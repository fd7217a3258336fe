"""A consumer that stands still is made anew: there is something to read, and the client gives nothing.

Clients of Kafka get stuck where a broker dies in the middle of a rebalance: the group has them, their partitions are
assigned, no record ever comes and nothing is raised. Making the client anew costs a join of the group; what was read
and not committed is read again, which changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from shared.runtime.consumer.consumer import Consumer
from shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)


@dataclass
class ConsumerWatchdog:
    """Looks after one consumer: ``seconds`` is how long it may stand still, ``stop_seconds`` how long it may stop."""

    consumer: Consumer
    metrics: Metrics
    seconds: float
    stop_seconds: float
    _still: tuple[int, float] | None = None
    _away: bool = False

    async def look(self) -> None:
        """Make the client anew where it has stood still too long. A batch in hand is no standstill, however long.

        Raises ``KafkaError`` where the broker does not answer; a client that could not be started is started again the
        next time.
        """
        if self._away:
            await self._restart_consumer(self.consumer.subscriber)
            return
        if not self.consumer.idle_seconds or not await self.consumer.lag(paused=False):
            self._still = None
            return
        consumed, now = self.consumer.consumed, time.monotonic()
        if self._still is None or self._still[0] != consumed:
            self._still = consumed, now
        elif now - self._still[1] > self.seconds:
            self._still, self._away = None, True
            log.error("there is something to read and nothing comes; the client is made anew", after=self.seconds)
            self.metrics.failures.labels("standstill").inc()
            await self._restart_consumer(self.consumer.subscriber)

    async def _restart_consumer(self, subscriber: Any) -> None:
        with suppress(Exception):  # it is stuck: that it cannot even be stopped is no surprise
            await asyncio.wait_for(subscriber.stop(), self.stop_seconds)
        self.consumer.forget()
        await subscriber.start()
        self._away = False
