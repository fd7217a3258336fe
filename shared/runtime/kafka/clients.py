"""Kafka clients other than the consumer: topic creation, the producer, end offsets, and the watch on the cluster."""

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
from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.kafka.stopping import stop_in_time
from shared.runtime.outbox import Outgoing, Undeliverable

log = structlog.get_logger(__name__)

BROKER_ERRORS: tuple[type[Exception], ...] = (KafkaError,)
"""What only the client library raises."""

TRANSIENT_BROKER_ERRORS: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)
"""Faults of the broker or of the connection."""

_UNDELIVERABLE_ERRORS = (
    UnknownTopicOrPartitionError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    MessageSizeTooLargeError,
)

_WATCH_SECONDS = 1.0


def topic_configs(topic: Topic, *, twin: bool) -> dict[str, str]:
    """The configuration with which a topic of the table, or its dead-letter ``twin``, is created."""
    return {
        "cleanup.policy": "compact" if topic.compacted and not twin else "delete",
        "retention.ms": str(topic.retention_ms),
        # A dead letter has two more headers than the record it holds.
        "max.message.bytes": str(MAX_MESSAGE_BYTES + (DEAD_LETTER_BYTES if twin else 0)),
    }


class Producer:
    """Publishes messages, acknowledged by all replicas and in order per key."""

    def __init__(self, bootstrap: str, *, idempotent: bool, login: Login = ANONYMOUS) -> None:
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
            await stop_in_time(producer.stop)
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await stop_in_time(self._producer.stop)
            self._producer = None

    async def __call__(self, messages: Sequence[Outgoing]) -> None:
        """Publish all messages and wait until the broker has acknowledged them.

        Raises ``Undeliverable`` when the broker refuses a message, ``KafkaError`` when it does not answer.
        """
        if self._producer is None:
            await self.start()
        assert self._producer is not None
        send = self._producer.send
        try:
            await asyncio.gather(
                *[await send(m.topic, _sendable(m), key=m.key, headers=list(m.headers)) for m in messages]
            )
        except _UNDELIVERABLE_ERRORS as error:
            raise Undeliverable(repr(error)) from error


def _sendable(message: Outgoing) -> bytes | None:
    """A message's value; empty when it has neither key nor value, because aiokafka refuses to send that."""
    return b"" if message.key is None and message.value is None else message.value


class Admin:
    """Creates topics and reads the cluster's id. Connects at the first call."""

    def __init__(self, bootstrap: str, replication_factor: int, login: Login = ANONYMOUS) -> None:
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
            await stop_in_time(client.close)
            raise
        self._client = client

    async def stop(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await stop_in_time(self._client.close)
            self._client = None

    async def _connected(self) -> AIOKafkaAdminClient:
        if self._client is None:
            await self.start()
        assert self._client is not None
        return self._client

    async def cluster_id(self) -> str:
        """The cluster's id; the embedded broker has a new one at every start. Raises ``KafkaError``."""
        description = await (await self._connected()).describe_cluster()
        return str(description["cluster_id"])

    async def topics(self) -> list[str]:
        """The names of all topics. Raises ``KafkaError``."""
        return list(await (await self._connected()).list_topics())

    async def create_topics(self, agencies: Iterable[str] = ()) -> None:
        """Create the topics of the table and their dead-letter twins that do not exist yet.

        ``agencies`` are those that get topics of their own. Raises ``KafkaError`` when the broker refuses one for
        another reason than that it exists.
        """
        client = await self._connected()
        existing = set(await client.list_topics())
        missing = [
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
        if not missing:
            return
        answer = await client.create_topics(missing)
        for name, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(f"cannot create topic {name}")
        log.info("topics created", count=len(missing))


class EndOffsets:
    """Reads the end offsets of partitions, on its own connection: on a consumer's it would wait for the long poll."""

    def __init__(self, bootstrap: str, login: Login = ANONYMOUS) -> None:
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
                await stop_in_time(consumer.stop)
                raise
            self._consumer = consumer
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(partitions)
        return ends

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await stop_in_time(self._consumer.stop)
            self._consumer = None


async def watch_cluster(
    admin: Admin, cluster: str, on_change: Callable[[str], Awaitable[None]], transient: tuple[type[Exception], ...]
) -> None:
    """Read the cluster's id every second until cancelled, and call ``on_change`` with a new one.

    When the call fails with a ``transient`` error, it is made again a second later.
    """
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            current = await admin.cluster_id()
            if current != cluster:
                log.warning("the broker has been replaced; republishing everything", was=cluster, now=current)
                await on_change(current)
                cluster = current
        except transient as error:
            log.info("the broker does not answer yet", error=repr(error))
            await admin.stop()
