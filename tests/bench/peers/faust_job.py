"""``python -m tests.bench.peers.faust_job KAFKA MONGO DATABASE TOPIC N``: faust-streaming with a table."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from typing import Any

import faust  # type: ignore[import-not-found]

from tests.bench.peers.job import Boards, Change, Clock, read

_AT_ONCE, _WITHIN_SECONDS = 2000, 0.05


def main(kafka: str, mongo: str, database: str, topic: str, records: int) -> None:
    """Run until all records are written."""
    user = os.environ.get("THIDUA_KAFKA_USER")
    login = (
        faust.SASLCredentials(username=user, password=os.environ["THIDUA_KAFKA_PASSWORD"], mechanism="SCRAM-SHA-512")
        if user
        else None
    )
    app = faust.App(
        database,
        broker=f"kafka://{kafka}",
        broker_credentials=login,
        store="memory://",
        topic_partitions=4,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
    )
    clock, boards = Clock(records), Boards(mongo, database)
    orders = app.Table("orders", partitions=4, use_partitioner=True)

    @app.agent(app.topic(topic, value_serializer="raw", key_serializer="raw", partitions=4))  # type: ignore[untyped-decorator]
    async def consume(stream: Any) -> None:
        async for batch in stream.take(_AT_ONCE, within=_WITHIN_SECONDS):
            clock.read()
            dirty: dict[str, dict[str, Any]] = {}
            fresh: list[Change] = []
            for change in (change for value in batch for change in read(value)):
                unit_orders = dirty.setdefault(change.board, orders.get(change.board) or {})
                if unit_orders.get(change.unit, []) < change.order:
                    unit_orders[change.unit] = change.order
                    fresh.append(change)
            await asyncio.to_thread(boards.write, fresh)
            for board, unit_orders in dirty.items():
                orders[board] = unit_orders
            clock.written(len(batch))

    worker = faust.Worker(app, loglevel="ERROR")
    worker.execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))  # type: ignore[call-arg,arg-type]
