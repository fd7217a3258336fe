"""Write a load to a broker quickly: in whole batches, several of them at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from aiokafka.partitioner import murmur2

from shared.contracts.topics import DLQ, RESULTS, concrete_topics
from shared.runtime.kafka.clients import topic_configs
from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.settings import ServiceSettings
from tests.bench.load import Load, Message

_BATCH_BYTES = 64 * 1024
_AT_ONCE = 32
_MAX_AT_ONCE = 500
_TICK_SECONDS = 0.002
_WAIT_SECONDS = 60.0


def own_login() -> Login:
    """The login of this process to the cluster, from the environment as for a service."""
    return ServiceSettings().kafka_login


async def make_topics(kafka: str, login: Login, partitions: int | None = None) -> None:
    """Create every topic of the table and its dead-letter topic; optionally with another number of partitions."""
    client = AIOKafkaAdminClient(bootstrap_servers=kafka, **login.client())
    await client.start()
    try:
        existing = set(await client.list_topics())
        wanted = [
            NewTopic(
                name + suffix,
                (partitions or topic.partitions) if topic.partitions > 1 and not suffix else 1,
                1,
                topic_configs=topic_configs(topic, twin=bool(suffix)),
            )
            for name, topic in concrete_topics([])
            for suffix in ("", DLQ)
            if name + suffix not in existing
        ]
        if wanted:
            answer = await client.create_topics(wanted)
            for name, code, *_ in answer.topic_errors:
                if code and (error := for_code(code)) is not TopicAlreadyExistsError:
                    raise error(f"cannot create topic {name}")
    finally:
        await client.close()


async def delete_topics(kafka: str, login: Login) -> None:
    """Delete every topic of this project from a cluster, and wait until they are gone. Raises ``TimeoutError``."""
    ours = {name + suffix for name, _ in concrete_topics([]) for suffix in ("", DLQ)}
    client = AIOKafkaAdminClient(bootstrap_servers=kafka, **login.client())
    await client.start()
    try:
        if existing := sorted(ours & set(await client.list_topics())):
            await client.delete_topics(existing)
        deadline = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while ours & set(await client.list_topics()):
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("the topics do not go away")
            await asyncio.sleep(0.2)
    finally:
        await client.close()


async def fill(kafka: str, load: Load, login: Login) -> None:
    """Write a load and wait until the broker has all of it."""
    await write(kafka, load.messages(), login, load.partitions or RESULTS.partitions)


async def write(
    kafka: str, messages: Iterable[Message], login: Login = ANONYMOUS, partitions: int = RESULTS.partitions
) -> None:
    """Write messages in order per key. ``partitions`` is the number of partitions of topics that have several."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", max_batch_size=_BATCH_BYTES, max_request_size=1_100_000, **login.client()
    )
    await producer.start()
    several = {name for name, topic in concrete_topics([]) if topic.partitions > 1}
    of_key: dict[bytes, int] = {}
    try:
        batches: dict[tuple[str, int], list[tuple[bytes, bytes]]] = {}
        sizes: dict[tuple[str, int], int] = {}
        waiting: list[asyncio.Future[object]] = []
        for topic, key, value in messages:
            partition = 0
            if topic in several:
                if (cached := of_key.get(key)) is None:
                    cached = of_key[key] = (murmur2(key) & 0x7FFFFFFF) % partitions
                partition = cached
            place = topic, partition
            size = sizes.get(place, 0)
            if size and size + len(value) > _BATCH_BYTES - 2_000:
                waiting.append(await _send(producer, place, batches.pop(place)))
                size = 0
            batches.setdefault(place, []).append((key, value))
            sizes[place] = size + len(value) + 100
            if len(waiting) >= _AT_ONCE:
                await asyncio.gather(*waiting)
                waiting.clear()
        for place, batch in batches.items():
            waiting.append(await _send(producer, place, batch))
        await asyncio.gather(*waiting)
    finally:
        with suppress(Exception):
            await producer.stop()


class Paced:
    """Publishes messages at a rate, all to one key's partition."""

    def __init__(self, kafka: str, login: Login) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=kafka, acks="all", max_batch_size=1_000_000, **login.client()
        )

    async def __aenter__(self) -> Paced:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def pace(self, messages: Iterable[Message], rate: float) -> list[float]:
        """Publish at a rate; returns when each message was given to the broker, by the monotonic clock."""
        queued = list(messages)
        topic, key, _ = queued[0]
        place = topic, (murmur2(key) & 0x7FFFFFFF) % RESULTS.partitions
        sent_at: list[float] = []
        waiting: list[asyncio.Future[object]] = []
        began = time.monotonic()
        while len(sent_at) < len(queued):
            due = min(len(queued), int((time.monotonic() - began) * rate) + 1)
            if due > len(sent_at):
                now = [(key, value) for _, key, value in queued[len(sent_at) : min(due, len(sent_at) + _MAX_AT_ONCE)]]
                sent_at += [time.monotonic()] * len(now)
                waiting.append(await _send(self._producer, place, now))
            else:
                await asyncio.sleep(_TICK_SECONDS)
        await asyncio.gather(*waiting)
        return sent_at


async def _send(
    producer: AIOKafkaProducer, place: tuple[str, int], batch: Sequence[tuple[bytes, bytes]]
) -> asyncio.Future[object]:
    topic, partition = place
    if len(batch) == 1:
        sent: asyncio.Future[object] = await producer.send(topic, batch[0][1], key=batch[0][0], partition=partition)
        return sent
    builder = producer.create_batch()
    for key, value in batch:
        if builder.append(timestamp=None, key=key, value=value) is None:
            raise AssertionError("the batch is full")
    future: asyncio.Future[object] = await producer.send_batch(builder, topic, partition=partition)
    return future
