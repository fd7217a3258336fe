"""`verify` against a running stack."""

from __future__ import annotations

from collections.abc import Callable

from services.scoring.store import ScoringStore
from services.scoring.verify import Difference, Replay, compare, topics
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database
from shared.runtime.settings import ServiceSettings


async def verify(
    kafka: str, mongo: str, prefix: str = "thidua_", on_progress: Callable[[int], None] = lambda _: None
) -> tuple[int, list[Difference]]:
    """Recompute every board from the first event; returns the number of records read, and every difference.

    If there are differences, everything is read a second time and only those found again count: an event that arrived
    during the first reading may have been in only one of the two sides. Raises ``KafkaError`` if no broker answers.
    """
    database = Database(mongo, f"{prefix}scoring")
    store = ScoringStore(database, SystemClock())

    async def replay_and_compare() -> tuple[int, list[Difference]]:
        replay = Replay()
        await replay.read(read_all(kafka, topics(), ServiceSettings().kafka_login), on_progress)
        return replay.records, await compare(replay, store)

    try:
        records, differences = await replay_and_compare()
        if differences:
            records, second = await replay_and_compare()
            differences = [difference for difference in second if difference in differences]
        return records, differences
    finally:
        await database.close()
