"""Large batches while many records wait: several fetches become one batch, so the cost of a batch is paid once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from aiokafka.errors import ConsumerStoppedError
from faststream.kafka import KafkaMessage

from shared.runtime.consumer.paused_partitions import PartitionKey
from shared.runtime.kafka.records import Batch, Record

LARGE_FETCH: Final = 1000
"""A fetch of at least this many records means that more are waiting."""
_FETCH_MS: Final = 100


def has_unread(
    consumer: Any,
    next_offsets: Mapping[PartitionKey, int],
    without: Collection[PartitionKey] = (),
    *,
    at_least: int = 1,
) -> bool:
    """Whether an ``AIOKafkaConsumer`` knows of ``at_least`` records or more from the next offset of a partition on.

    Partitions in ``without`` and those that have no next offset are ignored. False when the consumer is None.
    """
    for partition in consumer.assignment() if consumer is not None else ():
        key = (partition.topic, partition.partition)
        end = consumer.highwater(partition)
        if end is not None and key not in without and end - next_offsets.get(key, end) >= at_least:
            return True
    return False


async def fetch_batch(consumer: Any, message: KafkaMessage, log: str, max_records: int) -> Batch:
    """Read a message's records, then fetch and read on while many wait, up to ``max_records``.

    The client fetches the next records while these are read. All records become part of the message, so that a nack
    rewinds them too. Raises what the client raises.
    """
    batch, fetched = Batch(), tuple(message.raw_message)
    message.raw_message = fetched
    while fetched:
        batch.read([Record.of(raw, log) for raw in fetched])
        next_offsets = {(raw.topic, raw.partition): raw.offset + 1 for raw in fetched}
        few = len(fetched) < LARGE_FETCH
        if few or len(batch.records) >= max_records or not has_unread(consumer, next_offsets, at_least=LARGE_FETCH):
            break
        try:
            by_partition = await consumer.getmany(timeout_ms=_FETCH_MS, max_records=max_records - len(batch.records))
        except ConsumerStoppedError:
            break
        fetched = tuple(raw for records in by_partition.values() for raw in records)
        message.raw_message += fetched
    return batch
