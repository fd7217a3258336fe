"""The base of many ratios: ``python -m tests.bench.raw KAFKA N`` reads records of figures with ``getmany`` alone."""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter, process_time

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import RESULTS
from tests.bench.filling import own_login

_MAX_RECORDS = 2000


async def main(kafka: str, records: int) -> None:
    """Read all records and print the wall-clock and CPU seconds from the first to the last."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **own_login().client(),
    )
    await consumer.start()
    # A client knows the partitions only of topics it has requested, and requesting an offset does that.
    await consumer.beginning_offsets([TopicPartition(RESULTS.name, 0)])
    partitions = [TopicPartition(RESULTS.name, n) for n in sorted(consumer.partitions_for_topic(RESULTS.name) or ())]
    consumer.assign(partitions)
    await consumer.seek_to_beginning()
    seen, wall, cpu = 0, 0.0, 0.0
    try:
        while seen < records:
            batches = await consumer.getmany(timeout_ms=200, max_records=_MAX_RECORDS)
            if batches and not seen:
                wall, cpu = perf_counter(), process_time()
            seen += sum(len(batch) for batch in batches.values())
        print(json.dumps({"seconds": perf_counter() - wall, "cpu": process_time() - cpu, "events": seen}))
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
