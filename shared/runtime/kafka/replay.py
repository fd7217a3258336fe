"""Read topics from their first record to their current end, without a consumer group and without side effects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.kafka.records import Record
from shared.runtime.kafka.stopping import stop_in_time

_STALLED_SECONDS = 30.0
"""How long a broker may give no record although it has not given all it says it has."""


async def read_all(bootstrap: str, topics: Sequence[str], login: Login = ANONYMOUS) -> AsyncIterator[Record]:
    """Every record of the topics up to their current end, or a little beyond, in order per partition.

    Topics are read one after the other in the order given. The ``log`` of the records is "replay". Raises
    ``KafkaError`` when no broker answers, a topic does not exist, or records that should be there do not come.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **login.client(),
    )
    try:
        await consumer.start()
        existing = await consumer.topics()
        if missing := [topic for topic in topics if topic not in existing]:
            raise UnknownTopicOrPartitionError(f"no such topic: {', '.join(missing)}")
        # A client knows the partitions only of topics it has used, and reading an offset counts as use. Do it for all
        # topics now: once partitions are assigned, the client drops the metadata of all other topics.
        await consumer.beginning_offsets([TopicPartition(topic, 0) for topic in topics])
        partitions = {t: [TopicPartition(t, n) for n in sorted(consumer.partitions_for_topic(t) or ())] for t in topics}
        all_partitions = [partition for of_topic in partitions.values() for partition in of_topic]
        starts, ends = await consumer.beginning_offsets(all_partitions), await consumer.end_offsets(all_partitions)
        for topic in topics:
            left = {p for p in partitions[topic] if starts[p] < ends[p]}
            if not left:
                continue
            consumer.assign(partitions[topic])
            for partition in partitions[topic]:
                consumer.seek(partition, starts[partition])
            deadline = asyncio.get_running_loop().time() + _STALLED_SECONDS
            while left:
                # No max_records: the embedded broker reports the end just after the first record of the last batch.
                # Only a batch that is read whole, as it was fetched, is sure to contain the rest.
                for records in (await consumer.getmany(timeout_ms=1_000)).values():
                    for raw in records:
                        yield Record.of(raw, "replay")
                    if records:
                        deadline = asyncio.get_running_loop().time() + _STALLED_SECONDS
                left = {p for p in left if await consumer.position(p) < ends[p]}
                if left and asyncio.get_running_loop().time() > deadline:
                    awaited = ", ".join(f"{p.topic}/{p.partition} up to {ends[p]}" for p in sorted(left))
                    raise KafkaTimeoutError(f"no record for {_STALLED_SECONDS:.0f} s, still awaited: {awaited}")
    finally:
        await stop_in_time(consumer.stop)
