"""Read topics from their first record to their present end, with no group and no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.runtime.login import ANYBODY, Login
from shared.runtime.records import Record


async def read_all(bootstrap: str, topics: Sequence[str], login: Login = ANYBODY) -> AsyncIterator[Record]:
    """Every record of the topics up to where they end now, or a little beyond, in order per partition.

    Topics are read one after the other in the order given. Raises ``KafkaError`` when no broker answers
    or a topic does not exist.
    """
    partitions = await _partitions(bootstrap, topics, login)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **login.client(),
    )
    await consumer.start()
    try:
        everything = [partition for found in partitions.values() for partition in found]
        begins, ends = await consumer.beginning_offsets(everything), await consumer.end_offsets(everything)
        for topic in topics:
            left = {p for p in partitions[topic] if begins[p] < ends[p]}
            consumer.assign(partitions[topic])
            for partition in partitions[topic]:
                consumer.seek(partition, begins[partition])
            while left:
                # No max_records: the embedded broker gives the first record of the last batch as the end, and only
                # a whole batch, as it was fetched, is sure to hold the rest of it.
                for partition, records in (await consumer.getmany(timeout_ms=1_000)).items():
                    for raw in records:
                        yield Record.of(raw, "replay")
                    if records and records[-1].offset >= ends[partition] - 1:
                        left.discard(partition)
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topics: Sequence[str], login: Login) -> dict[str, list[TopicPartition]]:
    """The partitions of each topic, in order. A consumer knows only of those of topics it is to read already."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **login.client())
    try:
        await admin.start()
        described = {each["topic"]: each for each in await admin.describe_topics(list(topics))}
    finally:
        await admin.close()
    if lost := [topic for topic in topics if described[topic]["error_code"] or not described[topic]["partitions"]]:
        raise UnknownTopicOrPartitionError(f"no such topic: {', '.join(lost)}")
    return {
        topic: [TopicPartition(topic, n) for n in sorted(each["partition"] for each in described[topic]["partitions"])]
        for topic in topics
    }
