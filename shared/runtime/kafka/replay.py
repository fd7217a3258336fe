"""Read topics from their first record to their present end, with no group and no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.runtime.kafka.login import ANYBODY, Login
from shared.runtime.kafka.records import Record


async def read_all(bootstrap: str, topics: Sequence[str], login: Login = ANYBODY) -> AsyncIterator[Record]:
    """Every record of the topics up to where they end now, or a little beyond, in order per partition.

    Topics are read one after the other in the order given. Raises ``KafkaError`` when no broker answers
    or a topic does not exist.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **login.client(),
    )
    await consumer.start()
    try:
        there = await consumer.topics()
        if lost := [topic for topic in topics if topic not in there]:
            raise UnknownTopicOrPartitionError(f"no such topic: {', '.join(lost)}")
        # Kafka tells a client the partitions of what it has asked about, and asking for an offset does. All at the
        # start: once something is assigned, the client knows the metadata of nothing else.
        await consumer.beginning_offsets([TopicPartition(topic, 0) for topic in topics])
        partitions = {t: [TopicPartition(t, n) for n in sorted(consumer.partitions_for_topic(t) or ())] for t in topics}
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
