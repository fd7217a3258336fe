"""Large batches where more is waiting: a fetch is some thousand records, and what is done once a batch is paid once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from aiokafka.errors import ConsumerStoppedError
from faststream.kafka import KafkaMessage

from shared.runtime.consumer.paused_partitions import Place
from shared.runtime.kafka.records import Batch, Record

MANY: Final = 1000
"""So many records at once tell that more are waiting."""
_FETCH_MS: Final = 100


def more_waits(
    consumer: Any, reached: Mapping[Place, int], without: Collection[Place] = (), *, min_remaining: int = 1
) -> bool:
    """Whether an ``AIOKafkaConsumer`` has heard of records beyond those reached, ``min_remaining`` of a partition it reads."""
    for partition in consumer.assignment() if consumer is not None else ():
        place = (partition.topic, partition.partition)
        end = consumer.highwater(partition)
        if end is not None and place not in without and end - reached.get(place, end) >= min_remaining:
            return True
    return False


async def gather(consumer: Any, message: KafkaMessage, log: str, most: int) -> Batch:
    """Read a message's records, and on for as long as more are waiting, up to ``most``.

    While these are read the next are on their way. All become part of the message, so that a nack rewinds them too.
    Raises what the client raises.
    """
    batch, came = Batch(), tuple(message.raw_message)
    message.raw_message = came
    while came:
        batch.read([Record.of(each, log) for each in came])
        reached = {(each.topic, each.partition): each.offset + 1 for each in came}
        if len(came) < MANY or len(batch.records) >= most or not more_waits(consumer, reached, min_remaining=MANY):
            break
        try:
            found = await consumer.getmany(timeout_ms=_FETCH_MS, max_records=most - len(batch.records))
        except ConsumerStoppedError:
            break
        came = tuple(record for records in found.values() for record in records)
        message.raw_message += came
    return batch
