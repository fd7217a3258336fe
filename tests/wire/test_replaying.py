"""Topics are read to their end and the reader comes back, whatever the client library does when it is stopped."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from deploy.stack.embedded import Stack
from shared.contracts.topics import DECISIONS, JUDGEMENTS, RESULTS
from shared.runtime.kafka.clients import Producer
from shared.runtime.kafka.replay import read_all
from shared.runtime.kafka.stopping import stop_in_time
from shared.runtime.outbox import Outgoing

TOPICS = [RESULTS.name, JUDGEMENTS.name, DECISIONS.name]


async def test_reading_ends_where_the_last_topic_is_empty(servers: Stack) -> None:
    """``thidua rebuild`` and ``verify`` of a province whose council has not judged anything yet."""
    producer = Producer(servers.kafka, idempotent=False)
    await producer([Outgoing(RESULTS.name, b"k", b"v", ())])
    await producer.stop()
    values: list[bytes | None] = []
    for _ in range(3):
        async with asyncio.timeout(10) as limit:
            async for record in read_all(servers.kafka, TOPICS):
                values.append(record.value)
                await asyncio.sleep(0.1)  # no condition: whoever reads works on it, and the client fetches on meanwhile
        assert not limit.expired()
        assert b"v" in values


async def test_records_that_never_come_are_an_error(servers: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker may report an end that it cannot deliver; without a limit ``verify`` waited for ever."""
    producer = Producer(servers.kafka, idempotent=False)
    await producer([Outgoing(DECISIONS.name, b"k", b"v", ())])
    await producer.stop()
    true_ends = AIOKafkaConsumer.end_offsets

    async def one_too_many(self: AIOKafkaConsumer, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: end + bool(end) for partition, end in (await true_ends(self, partitions)).items()}

    monkeypatch.setattr(AIOKafkaConsumer, "end_offsets", one_too_many)
    monkeypatch.setattr("shared.runtime.kafka.replay._STALLED_SECONDS", 1.0)
    async with asyncio.timeout(30):
        with pytest.raises(KafkaTimeoutError, match=DECISIONS.name):
            [_ async for _ in read_all(servers.kafka, [DECISIONS.name])]


async def test_a_stop_that_does_not_end_is_given_up() -> None:
    """It is cancelled, too, and may swallow that."""
    cancelled = asyncio.Event()

    async def stop() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if cancelled.is_set():
                    raise
                cancelled.set()

    async with asyncio.timeout(10):
        await stop_in_time(stop, seconds=0.01)
    assert cancelled.is_set()


async def test_a_stop_cannot_swallow_an_interruption() -> None:
    """aiokafka's does: what was interrupted then went on as if it had read everything."""
    stopping = asyncio.Event()
    passed = False

    async def stop() -> None:
        stopping.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

    async def work() -> None:
        nonlocal passed
        await stop_in_time(stop)
        passed = True

    task = asyncio.create_task(work())
    await stopping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not passed


async def test_the_error_of_a_stop_is_raised() -> None:
    async def stop() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await stop_in_time(stop)
