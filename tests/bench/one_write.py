"""``python -m tests.bench.one_write KAFKA MONGO DATABASE N READY``: a loop of getmany and one write per batch."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from motor.motor_asyncio import AsyncIOMotorClient

from shared.contracts.topics import RESULTS
from tests.bench.filling import own_login


async def main(kafka: str, mongo: str, database: str, records: int, ready: Path) -> None:
    """Print when each record was written."""
    client: Any = AsyncIOMotorClient(mongo, w="majority", journal=True, tz_aware=True)
    kept = client[database]["kept"]
    await kept.insert_one({"_id": "last"})
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **own_login().client(),
    )
    await consumer.start()
    try:
        await consumer.beginning_offsets([TopicPartition(RESULTS.name, 0)])
        partitions = consumer.partitions_for_topic(RESULTS.name) or ()
        consumer.assign([TopicPartition(RESULTS.name, n) for n in sorted(partitions)])
        await consumer.seek_to_beginning()
        ready.touch()  # noqa: ASYNC240 - no other task is running
        readable: list[float] = []
        while len(readable) < records:
            batches = await consumer.getmany(timeout_ms=200, max_records=2000)
            if last := [batch[-1].value for batch in batches.values() if batch]:
                await kept.replace_one({"_id": "last"}, {"_id": "last", "value": last[-1]})
                readable += [time.monotonic()] * sum(len(batch) for batch in batches.values())
        print(json.dumps({"readable": readable}))
    finally:
        await consumer.stop()
        client.close()


if __name__ == "__main__":
    _, kafka, mongo, database, records, ready = sys.argv
    asyncio.run(main(kafka, mongo, database, int(records), Path(ready)))
