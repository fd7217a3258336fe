"""The Kafka side that is not consuming: topics from the table, the producer, and noticing a broker that forgot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from shared.contracts.topics import DEAD_LETTER_BYTES, DLQ, MAX_MESSAGE_BYTES, Topic, concrete_topics
from shared.runtime.kafka.login import ANYBODY, Login
from shared.runtime.outbox import Outgoing, Undeliverable

log = structlog.get_logger(__name__)

TRANSIENT_BROKER_ERRORS: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)
"""Faults of the broker or the way to it."""

_THE_MESSAGES_FAULT = (
    UnknownTopicOrPartitionError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    MessageSizeTooLargeError,
)

_WATCH_SECONDS = 1.0


def topic_configs(topic: Topic, *, twin: bool) -> dict[str, str]:
    """What a topic of the table, or its dead-letter twin, is created with."""
    return {
        "cleanup.policy": "compact" if topic.compacted and not twin else "delete",
        "retention.ms": str(topic.retention_ms),
        # A dead letter carries two headers more than the record it keeps.
        "max.message.bytes": str(MAX_MESSAGE_BYTES + (DEAD_LETTER_BYTES if twin else 0)),
    }


class Producer:
    """Puts messages on topics: acknowledged by all replicas, in order per key."""

    def __init__(self, bootstrap: str, *, idempotent: bool, login: Login = ANYBODY) -> None:
        self._bootstrap, self._login = bootstrap, login
        self._idempotent = idempotent
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect. Raises ``KafkaError`` when no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=self._idempotent,
            max_request_size=MAX_MESSAGE_BYTES + DEAD_LETTER_BYTES,
            request_timeout_ms=10_000,
            **self._login.client(),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def __call__(self, messages: Sequence[Outgoing]) -> None:
        """Publish all and wait until the broker has taken them.

        Raises ``Undeliverable`` when it answers but will not take one, ``KafkaError`` when it does not answer.
        """
        if self._producer is None:
            await self.start()
        assert self._producer is not None
        send = self._producer.send
        try:
            await asyncio.gather(
                *[await send(m.topic, _sendable(m), key=m.key, headers=list(m.headers)) for m in messages]
            )
        except _THE_MESSAGES_FAULT as error:
            raise Undeliverable(repr(error)) from error


def _sendable(message: Outgoing) -> bytes | None:
    """A message's value; empty where the message has neither key nor value, which aiokafka does not send."""
    return b"" if message.key is None and message.value is None else message.value


class Admin:
    """Creates topics and tells which cluster answers."""

    def __init__(self, bootstrap: str, replication_factor: int, login: Login = ANYBODY) -> None:
        self._bootstrap, self._login = bootstrap, login
        self._replication_factor = replication_factor
        self._client: AIOKafkaAdminClient | None = None

    async def start(self) -> None:
        """Connect. Raises ``KafkaError`` when no broker answers."""
        client = AIOKafkaAdminClient(
            bootstrap_servers=self._bootstrap, request_timeout_ms=5_000, **self._login.client()
        )
        try:
            await client.start()
        except BaseException:
            await client.close()
            raise
        self._client = client

    async def stop(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _connected(self) -> AIOKafkaAdminClient:
        if self._client is None:
            await self.start()
        assert self._client is not None
        return self._client

    async def cluster_id(self) -> str:
        """The cluster's identity; the embedded broker has a new one at every start."""
        found = await (await self._connected()).describe_cluster()
        return str(found["cluster_id"])

    async def create_topics(self, agencies: Iterable[str] = ()) -> None:
        """Create every topic of the table and its dead-letter twin, where it is not there yet.

        Raises ``KafkaError`` when the broker refuses one for another reason than that it exists.
        """
        client = await self._connected()
        existing = set(await client.list_topics())
        wanted = [
            NewTopic(
                name + suffix,
                topic.partitions if not suffix else 1,
                self._replication_factor,
                topic_configs=topic_configs(topic, twin=bool(suffix)),
            )
            for name, topic in concrete_topics(agencies)
            for suffix in ("", DLQ)
            if name + suffix not in existing
        ]
        if not wanted:
            return
        answer = await client.create_topics(wanted)
        for name, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(f"cannot create topic {name}")
        log.info("topics created", count=len(wanted))


class EndOffsets:
    """Where partitions end, asked on a connection of its own: on a consumer's it would wait behind the long poll."""

    def __init__(self, bootstrap: str, login: Login = ANYBODY) -> None:
        self._bootstrap, self._login = bootstrap, login
        self._consumer: AIOKafkaConsumer | None = None

    async def __call__(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset after the last record of each partition. Raises ``KafkaError`` when no broker answers."""
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, request_timeout_ms=5_000, **self._login.client()
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(partitions)
        return ends

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None


async def watch_cluster(
    admin: Admin, known: str, changed: Callable[[str], Awaitable[None]], again: tuple[type[Exception], ...]
) -> None:
    """Look every second which cluster answers, and tell when it is another one than before. Runs for ever.

    Where telling fails with one of the errors in ``again``, it is told again.
    """
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            found = await admin.cluster_id()
            if found != known:
                log.warning("the broker is another one than before; saying everything again", was=known, now=found)
                await changed(found)
                known = found
        except again as error:
            log.info("cannot meet the broker yet", error=repr(error))
            await admin.stop()
