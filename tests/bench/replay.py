"""Ratios of operations that people wait for: ``verify``, the page of an agenda, ``thidua evaluate``."""

from __future__ import annotations

import csv
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from deploy.evaluate.results import RESULTS as COLUMNS
from deploy.evaluate.run import evaluate
from deploy.evaluate.units import UNITS as UNIT_COLUMNS
from services.intake.access.key_store import digest
from shared.contracts.ids import derived
from shared.contracts.intake import PlanPublished
from shared.contracts.model import VIETNAM, Kind, Tier
from shared.contracts.scoring import AwardLists, EligibilitySummarised, EligibilitySummary
from shared.contracts.topics import ELIGIBILITY, PLANS
from tests.bench.filling import write
from tests.bench.load import Load, Message, world
from tests.bench.paths import raw
from tests.bench.ratio import Ratio, Stopwatch, Took
from tests.bench.stage import SideFailed, Stage
from tests.support.movement import register, s1, units
from tests.support.provinces import THAI_BINH

_DAY = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
_PAGE = "/phien/thai-binh/38-kh-hdtdkt-2023/P4"
_CALLS = 20
_DESK = {"Authorization": "Bearer desk"}

_scored: dict[tuple[int, Load], str] = {}


async def verified(stage: Stage) -> Took:
    """The time of ``verify`` after scoring has handled the load. Raises ``SideFailed`` if it finds a difference."""
    load = Load(stage.figures)
    kafka = await stage.kafka(load)
    if (id(stage), load) not in _scored:
        prefix = _scored[id(stage), load] = stage.fresh()
        async with stage.service("scoring", kafka, prefix) as scoring:
            await scoring.handled(load.records)
    result = await stage.child("tests.bench.verifying", kafka, await stage.mongo(), _scored[id(stage), load])
    if result["differences"]:
        raise SideFailed(
            f"verify finds {len(result['differences'])} differences, the first: {result['differences'][0]}"
        )
    return Took(result["seconds"], result["events"], result["cpu"])


def _council() -> list[Message]:
    """The events behind a full agenda: every unit is a candidate for its tier's certificate."""
    here = world()
    assert here.plan.movement is not None
    awards = [award for award in here.plan.awards if award.id.startswith("B")]
    lists = [AwardLists(award=award.id, candidates=tuple(units(award.tier)), for_judgement=()) for award in awards]
    key = f"{here.key}/summary"
    summary = EligibilitySummarised(
        id=derived("summary", key),
        source="thidua/scoring",
        time=_DAY,
        subject=key,
        data=EligibilitySummary(movement=here.plan.movement.id, version=1, plan=here.plan.ref, awards=tuple(lists)),
    )
    plan = PlanPublished(id=derived("plan", s1().key), source="thidua/intake", time=_DAY, subject=s1().key, data=s1())
    return [
        *here.references(),
        (PLANS.name, s1().key.encode(), plan.encode()),
        (ELIGIBILITY.name, key.encode(), summary.encode()),
    ]


def _called(path: str) -> Any:
    async def side(stage: Stage) -> Took:
        kafka, prefix = await stage.kafka(None), stage.fresh()
        await write(kafka, _council(), stage.login)
        settings = {"THIDUA_CLOCK": "driven", "THIDUA_CLOCK_START": _DAY.isoformat()}
        settings["THIDUA_DESK_KEY_SHA256"] = digest("desk")
        async with stage.service("council", kafka, prefix, env=settings) as council:
            await council.assigned()
            await council.rested()
            await council.post("/clock", {"now": _DAY.isoformat()})
            await council.rested()
            await council.text(path, _DESK)
            watch = Stopwatch()
            with watch.running():
                for _ in range(_CALLS):
                    size = len(await council.text(path, _DESK))
        await stage.forget(prefix, "council")
        return Took(watch.seconds, _CALLS, facts={"bytes": size})

    return side


@cache
def _files(folder: Path) -> tuple[Path, Path]:
    """The units and one round of the load's figures, as files."""
    units_file, results_file = folder / "units.csv", folder / "results.csv"
    registered = register()
    with units_file.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, UNIT_COLUMNS, restval="")
        lines.writeheader()
        for unit in registered.units:
            if unit.tier in ("so", "huyen", "xa", "dvsn"):
                lines.writerow({"unit": unit.code, "name": unit.name, "tier": unit.tier, "parent": unit.parent or ""})
    here = world()
    with results_file.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, COLUMNS, restval="")
        lines.writeheader()
        for n, slot in enumerate(here.slots):
            obligation = here.plan.obligation[slot.obligation]
            kind = obligation.kind or Kind.DOCUMENT
            figure: dict[Kind, dict[str, object]] = {
                Kind.SCORE: {"field": obligation.field, "score": f"{50 + n % 50}.25", "scale": 100},
                Kind.TASKS: {"due": 12, "done_on_time": 12 - (n % 9 == 0), "cancelled": 0},
                Kind.DISCIPLINE: {"violations": int(n % 23 == 0), "open_inspections": 0},
            }
            lines.writerow(
                {
                    "kind": kind.value,
                    "unit": slot.unit,
                    "as_of": "2023-11-30",
                    "version": 1,
                    "reported_by": slot.by,
                    "received_at": "2023-12-04T08:00:00+07:00",
                    **figure[kind],
                }
            )
    return units_file, results_file


async def _evaluated(stage: Stage) -> Took:
    units_file, results_file = _files(stage.folder)
    watch = Stopwatch()
    with watch.running():
        evaluate(THAI_BINH, units_file, results_file)
    return watch.took()


async def _read(stage: Stage) -> Took:
    """The time to read every cell of the same files with the standard library."""
    watch = Stopwatch()
    with watch.running():
        for path in _files(stage.folder):
            with path.open(encoding="utf-8", newline="") as file:
                list(csv.DictReader(file))
    return watch.took()


RATIOS = (
    Ratio(
        "verify", "results replayed and compared by `verify` / raw getmany of the same records", verified, raw(), reps=3
    ),
    Ratio(
        "agenda-page",
        f"the page of an agenda that names {sum(len(units(t)) for t in (Tier.SO, Tier.HUYEN, Tier.XA))} units "
        "/ a route of the same service that touches nothing",
        _called(_PAGE),
        _called("/livez"),
        "<=",
        reps=3,
    ),
    Ratio(
        "evaluate",
        "`thidua evaluate` over 308 units and 1,540 figures / reading the cells of the same files",
        _evaluated,
        _read,
        "<=",
        pure=True,
    ),
)
