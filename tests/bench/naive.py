"""A simple first version of scoring: one message at a time, pydantic, an upsert, then the board is ranked again.

It does less than scoring: it publishes nothing, evaluates no award and has no audit chain.
``python -m tests.bench.naive KAFKA MONGO DATABASE WARM N`` prints the wall-clock and CPU seconds of ``N`` records after
the first ``WARM`` ones.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter, process_time
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import DuplicateKeyError

from shared.contracts.intake import ResultsReported
from shared.contracts.topics import RESULTS
from tests.bench.filling import own_login


async def main(kafka: str, mongo: str, database: str, warm: int, records: int) -> None:
    """Handle the messages and print the measured time after the last one."""
    client: Any = AsyncIOMotorClient(mongo, w="majority", journal=True, tz_aware=True)
    figures, boards = client[database]["figures"], client[database]["boards"]
    await figures.create_index([("board", 1)])
    broker = KafkaBroker(kafka, security=own_login().security(), logger=None)
    done = asyncio.Event()
    seen, began = 0, (0.0, 0.0)

    @broker.subscriber(RESULTS.name, group_id="naive", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR)
    async def consume(event: ResultsReported) -> None:
        nonlocal seen, began
        if seen == warm:
            began = perf_counter(), process_time()
        results = event.data
        board = f"{event.subject}/{results.subject}/{results.tier}"
        for row in results.rows:
            figure = {**row.model_dump(mode="json"), "board": board, "version": results.version, "final": results.final}
            try:
                await figures.update_one(
                    {"_id": f"{board}/{row.unit}", "version": {"$lt": results.version}}, {"$set": figure}, upsert=True
                )
            except DuplicateKeyError:
                continue  # a newer figure is stored already
        if results.field is not None:
            rows = await figures.find({"board": board}).to_list(None)
            rows.sort(key=lambda row: (-float(row["score"]), row["unit"]))
            ranking: list[dict[str, Any]] = []
            for place, row in enumerate(rows, start=1):
                tied = ranking and ranking[-1]["score"] == row["score"]
                ranking.append(
                    {"unit": row["unit"], "score": row["score"], "rank": ranking[-1]["rank"] if tied else place}
                )
            await boards.replace_one({"_id": board}, {"_id": board, "ranking": ranking}, upsert=True)
        seen += 1
        if seen == warm + records:
            print(
                json.dumps({"seconds": perf_counter() - began[0], "cpu": process_time() - began[1], "events": records}),
                flush=True,
            )
            done.set()

    async with broker:
        await broker.start()
        await done.wait()
    client.close()


if __name__ == "__main__":
    _, kafka, mongo, database, warm, records = sys.argv
    asyncio.run(main(kafka, mongo, database, int(warm), int(records)))
