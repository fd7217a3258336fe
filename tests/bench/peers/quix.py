"""``python -m tests.bench.peers.quix KAFKA MONGO DATABASE TOPIC N``: Quix Streams with its state in RocksDB."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from quixstreams import Application  # type: ignore[import-not-found]
from quixstreams.kafka.configuration import ConnectionConfig  # type: ignore[import-not-found]
from quixstreams.sinks.base import BatchingSink, SinkBatch  # type: ignore[import-not-found]

from tests.bench.peers.job import Boards, Change, Clock, read

_AT_ONCE = 5_000


class _Sink(BatchingSink):  # type: ignore[misc]
    def __init__(self, boards: Boards, clock: Clock) -> None:
        super().__init__()
        self._boards, self._clock = boards, clock

    def write(self, batch: SinkBatch) -> None:
        """Write the figures, with one write for each board."""
        changes = [item.value for item in batch]
        self._boards.write(changes)
        self._clock.written(len(changes))


def main(kafka: str, mongo: str, database: str, topic: str, records: int) -> None:
    """Run until all records are written."""
    user = os.environ.get("THIDUA_KAFKA_USER")
    address: Any = kafka
    if user:
        address = ConnectionConfig(
            bootstrap_servers=kafka,
            security_protocol="sasl_plaintext",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=user,
            sasl_password=os.environ["THIDUA_KAFKA_PASSWORD"],
        )
    clock = Clock(records)
    app = Application(
        broker_address=address,
        consumer_group=database,
        auto_offset_reset="earliest",
        state_dir=tempfile.mkdtemp(),
        loglevel="WARNING",
        commit_every=_AT_ONCE,
    )

    def changes(value: bytes) -> list[Change]:
        clock.read()
        return read(value)

    def newest(change: Change, state: Any) -> bool:
        about = f"{change.board}/{change.unit}"
        previous = state.get(about)
        if previous is not None and previous >= change.order:
            return False
        state.set(about, change.order)
        return True

    figures = app.dataframe(app.topic(topic, value_deserializer="bytes"))
    figures = figures.apply(changes, expand=True).filter(newest, stateful=True)
    figures.sink(_Sink(Boards(mongo, database), clock))
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))  # type: ignore[call-arg,arg-type]
