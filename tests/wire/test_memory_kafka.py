"""The in-memory consumer behaves like aiokafka's in everything that our code uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import ConsumerStoppedError, IllegalStateError

from deploy.stack.embedded import Stack
from shared.contracts.topics import INBOX
from shared.runtime.kafka.clients import Admin, EndOffsets, Producer
from shared.runtime.outbox import Outgoing
from tests.support.memory_kafka import MemoryConsumer, MemoryKafka
from tests.support.waiting import until

ELSEWHERE = TopicPartition("nobody's", 0)


class SeekingBack(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads every partition from a chosen offset, whatever the group has committed."""

    def __init__(self) -> None:
        self.consumer: Any = None
        self.to: int | None = None
        self.assigned: list[set[TopicPartition]] = []

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Do nothing when partitions are revoked."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.assigned.append(set(assigned))
        if self.to is not None:
            for partition in assigned:
                self.consumer.seek(partition, self.to)


@dataclass
class Broker:
    """One of the two brokers, with two topics of one partition each, and a group."""

    consumer: Callable[..., Any]
    publish: Callable[[Sequence[Outgoing]], Awaitable[None]]
    ends: Callable[[Sequence[TopicPartition]], Awaitable[dict[TopicPartition, int]]]
    first: TopicPartition
    second: TopicPartition
    group: str

    async def publish_values(self, partition: TopicPartition, *values: bytes) -> None:
        for value in values:  # one batch per value: the embedded broker's end offset counts batches
            await self.publish([Outgoing(partition.topic, b"key", value)])

    @asynccontextmanager
    async def joined(self, listener: SeekingBack | None = None) -> AsyncIterator[Any]:
        """A member of the group that reads both topics."""
        made = self.consumer(group_id=self.group, auto_offset_reset="earliest", enable_auto_commit=False)
        if listener is not None:
            listener.consumer = made
        made.subscribe([self.first.topic, self.second.topic], listener=listener)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()


@pytest.fixture(params=["memory", "embedded"])
async def broker(request: pytest.FixtureRequest, servers: Stack, kafka: MemoryKafka) -> AsyncIterator[Broker]:
    """The in-memory broker and the embedded broker."""
    codes = [f"t{uuid4().hex[:12]}" for _ in range(2)]
    first, second = (TopicPartition(INBOX.of(code), 0) for code in codes)
    group = f"group-{uuid4().hex}"
    if request.param == "memory":
        kafka.create_topics(codes)

        async def publish(messages: Sequence[Outgoing]) -> None:
            kafka.publish(messages)

        async def ends(partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
            return kafka.ends(partitions)

        yield Broker(lambda **options: MemoryConsumer(kafka, **options), publish, ends, first, second, group)
        return
    admin, end_offsets = Admin(servers.kafka, 1), EndOffsets(servers.kafka)
    producer = Producer(servers.kafka, idempotent=False)
    await admin.create_topics(codes)

    def consumer(**options: Any) -> Any:
        return AIOKafkaConsumer(bootstrap_servers=servers.kafka, session_timeout_ms=6_000, **options)

    yield Broker(consumer, producer, end_offsets, first, second, group)
    for part in (admin, producer, end_offsets):
        await part.stop()


async def values(consumer: Any, count: int) -> list[bytes]:
    """The next ``count`` values. Fails if more arrive with them."""
    received: list[bytes] = []

    async def enough() -> bool:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            received.extend(record.value for record in records)
        return len(received) >= count

    await until(enough, f"{count} records")
    assert len(received) == count, received
    return received


async def test_a_paused_partition_gives_nothing_and_a_seek_decides_the_next_record(broker: Broker) -> None:
    """The consumer pauses a partition in this sequence: seek back, pause, read the other partition, resume."""
    first, second = broker.first, broker.second
    await broker.publish_values(first, b"a", b"b", b"c")
    await broker.publish_values(second, b"w")
    listener = SeekingBack()
    listener.to = 1
    async with broker.joined(listener) as consumer:
        assert listener.assigned == [{first, second}] == [consumer.assignment()]
        assert consumer.subscription() == {first.topic, second.topic}
        assert await values(consumer, 2) == [b"b", b"c"], "the listener's seek counts, not the start"
        assert await consumer.position(first) == 3
        assert consumer.highwater(first) == 3 == (await broker.ends([first]))[first]
        consumer.seek(first, 1)
        consumer.pause(first)
        assert consumer.paused() == {first}
        assert await consumer.position(first) == 1
        await broker.publish_values(second, b"x")
        assert await values(consumer, 1) == [b"x"]
        assert await consumer.getmany(timeout_ms=50) == {}
        consumer.resume(first)
        assert consumer.paused() == set()
        (records,) = [await _some(consumer, max_records=1)]
        assert [(record.offset, record.value) for record in records] == [(1, b"b")]
        assert await values(consumer, 1) == [b"c"]
        for wrong in (consumer.pause, consumer.resume, lambda partition: consumer.seek(partition, 0)):
            with pytest.raises(IllegalStateError):
                wrong(ELSEWHERE)
        with pytest.raises(IllegalStateError):
            await consumer.position(ELSEWHERE)
        with pytest.raises(AssertionError):
            consumer.highwater(ELSEWHERE)
        with pytest.raises(ValueError, match="Offset"):
            consumer.seek(first, -1)
    with pytest.raises(ConsumerStoppedError):
        await consumer.getmany()


async def _some(consumer: Any, max_records: int) -> list[Any]:
    async def any_came() -> list[Any]:
        fetched = await consumer.getmany(timeout_ms=100, max_records=max_records)
        return [record for records in fetched.values() for record in records]

    return await until(any_came)


async def test_the_next_member_continues_from_the_committed_offsets(broker: Broker) -> None:
    """A commit stores positions: after a seek back, the position that was sought."""
    first, second = broker.first, broker.second
    await broker.publish_values(first, b"a", b"b", b"c")
    await broker.publish_values(second, b"x")
    async with broker.joined() as consumer:
        assert await consumer.committed(first) is None
        assert sorted(await values(consumer, 4)) == [b"a", b"b", b"c", b"x"]
        consumer.seek(first, 1)
        consumer.pause(first)
        await consumer.commit()
        assert [await consumer.committed(partition) for partition in (first, second)] == [1, 1]
    async with broker.joined() as consumer:
        assert consumer.paused() == set()
        assert await values(consumer, 2) == [b"b", b"c"]
