"""The precondition of every speed measurement: no wrong row after a crash and duplicate records.

scoring is killed in the middle of a load and started again, and the first records of the load are published again. Then
every board must equal a plain recomputation from the last figure of each unit, and ``verify`` must find no difference.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import Any

from services.intake.access.key_store import digest
from tests.bench.filling import write
from tests.bench.load import Load, Message
from tests.bench.stage import Stage

_FIGURES = 12_000
_AGAIN = 3_000
_DESK = {"Authorization": "Bearer desk"}


async def wrong_rows(stage: Stage) -> list[str]:
    """A description of every wrong row; empty if all are right."""
    load = Load(_FIGURES, "figures")
    kafka, prefix = await stage.kafka(load), stage.fresh()
    first = await stage.start("scoring", kafka, prefix)
    try:

        async def half_way() -> bool:
            return any(stamp.what == "committed" and stamp.seen >= load.records // 3 for stamp in first.stamps())

        await first.until(half_way, "coming half way")
    finally:
        await first.stop(signal.SIGKILL)
    await write(kafka, islice(load.results(), _AGAIN), stage.login)
    async with stage.service("scoring", kafka, prefix, env={"THIDUA_DESK_KEY_SHA256": digest("desk")}) as scoring:
        await scoring.handled(load.records + _AGAIN)
        province = load.worlds[0].key
        expected = boards(load.results())
        actual = {
            board: _rows(await scoring.get(f"/v1/{province}/standings/{board[0]}/{board[1]}", _DESK))
            for board in expected
        }
    wrong = [
        f"{'/'.join(board)}, {unit}: {actual[board].get(unit)}, not {expected[board].get(unit)}"
        for board in expected
        for unit in sorted({*actual[board], *expected[board]})
        if actual[board].get(unit) != expected[board].get(unit)
    ]
    report = await stage.child("tests.bench.verifying", kafka, await stage.mongo(), prefix)
    if report["events"] < load.records + _AGAIN:
        wrong.append(f"verify read {report['events']} records of {load.records + _AGAIN}")
    await stage.forget(prefix)
    await stage.leave(load)
    return wrong + [str(difference) for difference in report["differences"]]


def _rows(view: Any) -> dict[str, tuple[int, Decimal]]:
    return {place["unit"]: (place["rank"], Decimal(place["score"])) for place in view["places"]}


def boards(messages: Iterable[Message]) -> dict[tuple[str, str], dict[str, tuple[int, Decimal]]]:
    """Rank and score of every unit by board, from the last figure of each unit; ties share the better rank."""
    last: dict[tuple[str, str, str], tuple[str, int, Decimal]] = {}
    for _, _, value in messages:
        data = json.loads(value)["data"]
        if data["field"] is None:
            continue
        for row in data["rows"]:
            about = data["field"], data["tier"], row["unit"]
            figure = data["received_at"], data["version"], Decimal(row["score"])
            last[about] = max(last.get(about, figure), figure)
    actual: dict[tuple[str, str], dict[str, tuple[int, Decimal]]] = {}
    for field, tier, unit in last:
        score = last[field, tier, unit][2]
        above = sum(1 for (f, t, _), figure in last.items() if (f, t) == (field, tier) and figure[2] > score)
        actual.setdefault((field, tier), {})[unit] = (above + 1, score)
    return actual
