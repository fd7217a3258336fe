"""`verify` against a running stack."""

from __future__ import annotations

from collections.abc import Callable

from services.scoring.store import ScoringStore
from services.scoring.verify import Difference, Replay, compare, topics
from shared.runtime.clock import SystemClock
from shared.runtime.mongo import Database
from shared.runtime.replay import read_all
from shared.runtime.settings import ServiceSettings


async def verify(
    kafka: str, mongo: str, prefix: str = "thidua_", seen: Callable[[int], None] = lambda _: None
) -> tuple[int, list[Difference]]:
    """Recompute every board from the first event on: the records read, and every difference found."""
    replay = Replay()
    await replay.read(read_all(kafka, topics(), ServiceSettings().kafka_login), seen)
    database = Database(mongo, f"{prefix}scoring")
    try:
        return replay.records, await compare(replay, ScoringStore(database, SystemClock()))
    finally:
        await database.close()
