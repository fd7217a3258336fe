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
    kafka: str, mongo: str, prefix: str = "thidua_", seen: Callable[[int], None] = lambda _: None
) -> tuple[int, list[Difference]]:
    """Recompute every board from the first event on: the records read, and every difference found.

    Where there are some, all is read once more, and those count that are still there: what came in meanwhile was not
    yet in the one or in the other.
    """
    database = Database(mongo, f"{prefix}scoring")
    store = ScoringStore(database, SystemClock())

    async def look() -> tuple[int, list[Difference]]:
        replay = Replay()
        await replay.read(read_all(kafka, topics(), ServiceSettings().kafka_login), seen)
        return replay.records, await compare(replay, store)

    try:
        records, found = await look()
        if found:
            records, again = await look()
            found = [each for each in again if each in found]
        return records, found
    finally:
        await database.close()
