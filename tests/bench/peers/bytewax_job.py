"""``python -m tests.bench.peers.bytewax_job KAFKA MONGO DATABASE TOPIC N``: Bytewax with its state recoverable."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op  # type: ignore[import-not-found]
from bytewax.connectors.kafka import KafkaSource  # type: ignore[import-not-found]
from bytewax.dataflow import Dataflow  # type: ignore[import-not-found]
from bytewax.outputs import DynamicSink, StatelessSinkPartition  # type: ignore[import-not-found]
from bytewax.recovery import RecoveryConfig, init_db_dir  # type: ignore[import-not-found]
from bytewax.testing import run_main  # type: ignore[import-not-found]

from tests.bench.peers.job import Boards, Change, Clock, read

_AT_ONCE = 2000


class _Writer(StatelessSinkPartition):  # type: ignore[misc]
    def __init__(self, boards: Boards, clock: Clock) -> None:
        self._boards, self._clock = boards, clock

    def write_batch(self, items: list[tuple[str, Change | None]]) -> None:
        """Write the figures, with one write for each board."""
        self._boards.write(change for _, change in items if change is not None)
        self._clock.written(len(items))


class _Sink(DynamicSink):  # type: ignore[misc]
    def __init__(self, boards: Boards, clock: Clock) -> None:
        self._parts = boards, clock

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Writer:
        """Create the only writer."""
        return _Writer(*self._parts)


def main(kafka: str, mongo: str, database: str, topic: str, records: int) -> None:
    """Run until all records are written."""
    config: dict[str, str] = {"auto.offset.reset": "earliest"}
    if user := os.environ.get("THIDUA_KAFKA_USER"):
        config |= {
            "security.protocol": "sasl_plaintext",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": os.environ["THIDUA_KAFKA_PASSWORD"],
        }
    clock, boards = Clock(records), Boards(mongo, database)

    def changes(message: Any) -> list[tuple[str, Change]]:
        clock.read()
        return [(change.board, change) for change in read(message.value)]

    def newest(state: dict[str, Any] | None, change: Change) -> tuple[dict[str, Any], Change | None]:
        orders = state if state is not None else {}
        if orders.get(change.unit, []) >= change.order:
            return orders, None
        orders[change.unit] = change.order
        return orders, change

    flow = Dataflow("bench")
    source = KafkaSource([kafka], [topic], tail=True, add_config=config, batch_size=_AT_ONCE)
    figures = op.flat_map("changes", op.input("figures", flow, source), changes)
    op.output("boards", op.stateful_map("newest", figures, newest), _Sink(boards, clock))
    kept = Path(tempfile.mkdtemp())
    init_db_dir(kept, 1)
    run_main(flow, epoch_interval=timedelta(seconds=1), recovery_config=RecoveryConfig(kept))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))  # type: ignore[call-arg,arg-type]
