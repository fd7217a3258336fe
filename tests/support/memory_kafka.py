"""A Kafka in the test's own process: topics, group offsets and a consumer with the methods of aiokafka's.

Joining a group on the embedded broker takes three to six seconds; here it takes none. A test holds this consumer and
aiokafka's to the same behaviour. Not modelled: several members of one group, retention, faults of the network.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import ConsumerStoppedError, IllegalStateError
from aiokafka.partitioner import DefaultPartitioner
from faststream.kafka import KafkaBroker

from shared.contracts.topics import DLQ, concrete_topics
from shared.runtime.kafka.records import Record
from shared.runtime.outbox import Outgoing

Offsets = dict[TopicPartition, int]


class MemoryKafka:
    """The broker: records by partition, and what each group has committed."""

    def __init__(self) -> None:
        self.cluster = uuid4().hex
        self._records: dict[str, list[list[Any]]] = {}
        self._partitioner = DefaultPartitioner()
        self._changed = asyncio.Event()
        self.committed: dict[str, Offsets] = {}
        self.members: list[MemoryConsumer] = []
        self.create_topics()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Connect every service that is built inside this context to this broker only."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("shared.runtime.foundation.Admin", lambda *_: _Admin(self))
            patch.setattr("shared.runtime.app.Producer", lambda *_, **__: _Producer(self))
            patch.setattr("shared.runtime.app.EndOffsets", lambda *_: _EndOffsets(self))
            patch.setattr("shared.runtime.app.KafkaBroker", lambda *_, **options: _Broker(self, **options))
            yield

    def create_topics(self, agencies: Iterable[str] = ()) -> None:
        """Create every topic of the table, and its dead-letter topic, unless it exists."""
        for name, topic in concrete_topics(agencies):
            self._records.setdefault(name, [[] for _ in range(topic.partitions)])
            self._records.setdefault(name + DLQ, [[]])

    def publish(self, messages: Iterable[Outgoing]) -> None:
        """Append messages; the partition follows from the key as in aiokafka's producer. Raises ``KeyError``."""
        for message in messages:
            partitions = self._records[message.topic]
            every = list(range(len(partitions)))
            partition = self._partitioner(message.key, every, every)
            sizes = (len(message.key or b""), len(message.value or b""))
            place = (message.topic, partition, len(partitions[partition]))
            # Timestamps and checksums are not read by our code.
            record = ConsumerRecord(*place, 0, 0, message.key, message.value, None, *sizes, tuple(message.headers))
            partitions[partition].append(record)
        self.changed()

    def records(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [Record.of(raw, self.cluster) for partition in self._records[topic] for raw in partition]

    def ends(self, partitions: Iterable[TopicPartition]) -> Offsets:
        """The offset after the last record of each partition."""
        return {partition: len(self._records[partition.topic][partition.partition]) for partition in partitions}

    def partitions(self, topics: Collection[str], pattern: str | None) -> set[TopicPartition]:
        """The partitions of these topics and of those whose name matches the pattern."""
        matches = re.compile(pattern).match if pattern else lambda _: None
        names = [name for name in self._records if name in topics or matches(name)]
        return {TopicPartition(name, n) for name in names for n in range(len(self._records[name]))}

    def fetch(self, partition: TopicPartition, offset: int, at_most: int) -> list[Any]:
        """Records of a partition from an offset on."""
        return self._records[partition.topic][partition.partition][offset : offset + at_most]

    def changed(self) -> None:
        """Wake the consumers that wait for records."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait until something changes, at most ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass


class MemoryConsumer:
    """The part of ``AIOKafkaConsumer`` that this project and FastStream use, for a group of one member."""

    def __init__(
        self,
        broker: MemoryKafka,
        *,
        group_id: str | None = None,
        auto_offset_reset: str = "latest",
        max_poll_records: int | None = None,
        **_: Any,
    ) -> None:
        self._broker, self._group, self._reset = broker, group_id, auto_offset_reset
        self._max_poll_records = max_poll_records
        self._topics: frozenset[str] = frozenset()
        self._pattern: str | None = None
        self._listener: ConsumerRebalanceListener | None = None
        self._positions: Offsets = {}
        self._highwater: Offsets = {}
        self._paused: set[TopicPartition] = set()
        self._closed = False

    def subscribe(
        self, topics: Sequence[str] = (), pattern: str | None = None, listener: ConsumerRebalanceListener | None = None
    ) -> None:
        """Set the topics to read, by name or by pattern, before ``start``."""
        self._topics, self._pattern, self._listener = frozenset(topics), pattern, listener

    def subscription(self) -> frozenset[str]:
        """The topics subscribed to; of a pattern those that match."""
        return self._topics | {position.topic for position in self._positions}

    async def start(self) -> None:
        """Join the group: every partition is assigned, at its committed offset or else at the reset."""
        self._broker.members.append(self)
        await self.join()

    async def join(self) -> None:
        """Assign all partitions that exist now; only the committed offsets survive a new assignment."""
        assigned = self._broker.partitions(self._topics, self._pattern)
        if assigned == set(self._positions):
            return
        self._paused.clear()
        self._highwater.clear()
        start = dict.fromkeys(assigned, 0) if self._reset == "earliest" else self._broker.ends(assigned)
        self._positions = {partition: self._committed.get(partition, start[partition]) for partition in assigned}
        if self._listener is not None:
            await self._listener.on_partitions_assigned(assigned)

    async def stop(self) -> None:
        """Leave the group; a pending ``getmany`` raises ``ConsumerStoppedError``."""
        self._closed = True
        if self in self._broker.members:
            self._broker.members.remove(self)
        self._broker.changed()

    def assignment(self) -> set[TopicPartition]:
        """The partitions this consumer reads."""
        return set(self._positions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from an offset. Raises ``ValueError``, ``IllegalStateError``."""
        if not isinstance(offset, int) or offset < 0:
            raise ValueError("Offset must be a positive integer")
        self._assigned(partition)
        self._positions[partition] = offset
        self._broker.changed()

    async def position(self, partition: TopicPartition) -> int:
        """The offset of the next record. Raises ``IllegalStateError``."""
        return self._positions[self._assigned(partition)]

    def highwater(self, partition: TopicPartition) -> int | None:
        """The end offset of the partition at the last fetch; None before the first fetch."""
        assert partition in self._positions, "Partition is not assigned"
        return self._highwater.get(partition)

    def pause(self, *partitions: TopicPartition) -> None:
        """Stop returning records of these partitions. Raises ``IllegalStateError``."""
        self._paused |= {self._assigned(partition) for partition in partitions}

    def resume(self, *partitions: TopicPartition) -> None:
        """Return records of these partitions again. Raises ``IllegalStateError``."""
        self._paused -= {self._assigned(partition) for partition in partitions}
        self._broker.changed()

    def paused(self) -> set[TopicPartition]:
        """The partitions that are paused."""
        return set(self._paused)

    async def commit(self) -> None:
        """Commit the position of every assigned partition."""
        self._committed.update(self._positions)

    async def committed(self, partition: TopicPartition) -> int | None:
        """The offset that the group has committed; None before its first commit."""
        return self._committed.get(partition)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Mapping[TopicPartition, list[Any]]:
        """The next records of the partitions that are not paused; waits at most ``timeout_ms`` for the first.

        Raises ``ConsumerStoppedError``.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout_ms / 1000
        while True:
            if self._closed:
                raise ConsumerStoppedError
            batch = self._fetch(partitions or tuple(self._positions), max_records or self._max_poll_records)
            left = deadline - clock()
            if batch or left <= 0:
                return batch
            await self._broker.wait(left)

    def _fetch(self, partitions: Iterable[TopicPartition], limit: int | None) -> dict[TopicPartition, list[Any]]:
        fetched: dict[TopicPartition, list[Any]] = {}
        left = limit if limit is not None else 1_000_000_000
        readable = sorted(
            partition for partition in partitions if partition in self._positions and partition not in self._paused
        )
        self._highwater |= self._broker.ends(readable)
        for partition in readable:
            if records := self._broker.fetch(partition, self._positions[partition], left):
                fetched[partition] = records
                self._positions[partition] += len(records)
                left -= len(records)
            if not left:
                break
        return fetched

    @property
    def _committed(self) -> Offsets:
        return self._broker.committed.setdefault(self._group or "", {})

    def _assigned(self, partition: TopicPartition) -> TopicPartition:
        if not isinstance(partition, TopicPartition):
            raise TypeError("partitions must be TopicPartition namedtuples")
        if partition not in self._positions:
            raise IllegalStateError(f"No current assignment for partition {partition}")
        return partition


class _Client:
    """The base of the clients of one broker; none of them has a connection."""

    def __init__(self, broker: MemoryKafka) -> None:
        self._broker = broker

    async def stop(self) -> None:
        """Nothing to close."""


class _Admin(_Client):
    async def cluster_id(self) -> str:
        return self._broker.cluster

    async def create_topics(self, agencies: Iterable[str] = ()) -> None:
        self._broker.create_topics(agencies)
        for member in self._broker.members:
            await member.join()


class _Producer(_Client):
    async def __call__(self, messages: Sequence[Outgoing]) -> None:
        self._broker.publish(messages)


class _EndOffsets(_Client):
    async def __call__(self, partitions: Collection[TopicPartition]) -> Offsets:
        return self._broker.ends(partitions)


class _Broker(KafkaBroker):
    """FastStream's broker with in-memory consumers."""

    def __init__(self, broker: MemoryKafka, **options: Any) -> None:
        super().__init__(**options)
        self._memory = broker

    async def _connect(self) -> Any:
        def builder(**options: Any) -> MemoryConsumer:
            return MemoryConsumer(self._memory, **options)

        config: Any = self.config.broker_config
        config.builder = builder
        return builder
