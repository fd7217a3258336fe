"""How far a consumer has handled its partitions, and how many records are left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from shared.runtime.ages import UnhandledAges
from shared.runtime.consumer.fetch_batching import has_unread
from shared.runtime.consumer.paused_partitions import PartitionKey
from shared.runtime.kafka.records import Record
from shared.runtime.metrics import Metrics, topic_label


@dataclass
class HandledOffsets:
    """The offset after the last record handled of each partition.

    ``kafka_consumer`` gives the ``AIOKafkaConsumer``, None before it runs. While ``reads_from_start`` the offsets that
    the group has committed do not count: they may be those of another database.
    """

    kafka_consumer: Callable[[], Any]
    end_offsets: Callable[[Collection[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
    reads_from_start: bool = False
    handled: dict[PartitionKey, int] = field(default_factory=dict)
    _ends: dict[PartitionKey, int] = field(default_factory=dict)
    _ages: UnhandledAges = field(default_factory=UnhandledAges)

    def note(self, records: Sequence[Record]) -> None:
        """Note that these records are handled; of a partition's records the last counts."""
        for record in records:
            self.handled[record.topic, record.partition] = record.offset + 1

    def forget(self) -> None:
        """Forget all offsets; from then on the committed ones count."""
        self.handled.clear()
        self._ends.clear()
        self._ages.forget()

    def seek_on_assignment(self, assigned: Iterable[TopicPartition]) -> None:
        """While this database has not read the broker through once, read the assigned partitions from the start."""
        if self.reads_from_start and (consumer := self.kafka_consumer()) is not None:
            for partition in assigned:
                consumer.seek(partition, 0)

    def waits_for_assignment(self) -> bool:
        """Whether there are topics to read and no partition yet. A pattern may match no topic at all."""
        consumer = self.kafka_consumer()
        return consumer is None or bool(consumer.subscription() and not consumer.assignment())

    def has_backlog(self, without: Collection[PartitionKey]) -> bool:
        """Whether the client knows of unhandled records on the partitions it reads, except those in ``without``."""
        return has_unread(self.kafka_consumer(), self.handled, without)

    async def lag(self, without: Collection[PartitionKey], topic: str | None) -> int | None:
        """Unhandled records on the assigned partitions, or on those of one topic; None before partitions are assigned.

        Partitions in ``without`` are ignored. Raises ``KafkaError``.
        """
        if self.waits_for_assignment():
            return None
        consumer = self.kafka_consumer()
        partitions = (p for p in consumer.assignment() if topic in (None, p.topic))
        assigned = [p for p in partitions if (p.topic, p.partition) not in without]
        ends = await self.end_offsets(assigned) if assigned else {}
        lag, now = 0, time.monotonic()
        for partition in assigned:
            key = (partition.topic, partition.partition)
            self._ends[key] = ends[partition]
            self._ages.see(key, ends[partition], now)
            if key not in self.handled and ends[partition]:
                committed = 0 if self.reads_from_start else await consumer.committed(partition) or 0
                self.handled.setdefault(key, committed)  # a batch may have been handled during the await
            lag += max(0, ends[partition] - self.handled.get(key, 0))
        return lag

    def measure(self, metrics: Metrics, now: float) -> None:
        """Set the gauges of lag and age from the ends last seen; ``now`` is monotonic seconds."""
        lags, ages = Counter[tuple[str, int]](), dict[str, float]()
        for (topic, partition), end in self._ends.items():
            handled, label = self.handled.get((topic, partition), 0), topic_label(topic)
            lags[label, partition] += max(0, end - handled)
            ages[label] = max(ages.get(label, 0.0), self._ages.age((topic, partition), handled, now))
        metrics.lag.clear()
        for (label, partition), lag in lags.items():
            metrics.lag.labels(label, partition).set(lag)
        metrics.unhandled_age.clear()
        for label, age in ages.items():
            metrics.unhandled_age.labels(label).set(age)
