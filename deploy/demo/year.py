"""What happens in the demo's year: who sends what, when, by which way. Pure; everything follows from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from shared.contracts.model import VIETNAM, Kind, Tier
from shared.contracts.plan import Obligation, Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.deadlines import stages
from shared.plans.duties import duties

MOVEMENT = "trach-nhiem-ky-cuong-2023"
START = datetime(2023, 4, 5, 9, 0, tzinfo=VIETNAM)
END = datetime(2024, 1, 15, 9, 0, tzinfo=VIETNAM)
_NOTE = "số liệu minh họa"


@dataclass(frozen=True, slots=True)
class Send:
    """An agency sends a report under an id of its own, over its inbox topic or over HTTP."""

    at: datetime
    agency: str
    report: str
    way: Literal["kafka", "http"]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judge:
    """The council judges those put before it."""

    at: datetime


Step = Send | Judge


@dataclass(frozen=True, slots=True)
class Year:
    """The steps of a year and the instants the clock stops at."""

    steps: tuple[Step, ...]
    instants: tuple[datetime, ...]

    def until(self, end: datetime) -> Year:
        """The year cut short at an instant (that instant included)."""
        return Year(
            tuple(step for step in self.steps if step.at <= end), tuple(at for at in self.instants if at <= end)
        )

    def since(self, begin: datetime) -> Year:
        """The year without the reminders before an instant; the steps stay."""
        steps = {step.at for step in self.steps}
        return replace(self, instants=tuple(at for at in self.instants if at >= begin or at in steps))


def _at(day: int, month: int, hour: int, minute: int = 0, second: int = 0, year: int = 2023) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)


class _Reports:
    """Writes reports with invented figures: one star a tier that leads every field, the rest around their ability."""

    def __init__(self, seed: int, plan: Plan, register: UnitRegister) -> None:
        self._random = random.Random(seed)  # noqa: S311 - invented figures, not secrets
        self._plan = plan
        self._register = register
        assert plan.movement is not None
        self._as_of = plan.movement.as_of
        self._ability: dict[str, float] = {}
        self._stars: set[str] = set()
        for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN):
            units = register.of_tier(tier, self._as_of)
            for unit in units:
                self._ability[unit.code] = min(94.0, self._random.gauss(80, 7))
            self._stars.add(self._random.choice(units).code)

    def body(
        self, obligation: str, *, tiers: Sequence[Tier] | None = None, as_of: date | None = None
    ) -> dict[str, Any]:
        """A report of an obligation about the units of the tiers (those it expects, where none are named)."""
        owed = self._plan.obligation[obligation]
        units = [u for tier in tiers or owed.expected or owed.tiers for u in self._register.of_tier(tier, self._as_of)]
        return {
            "movement": MOVEMENT,
            "obligation": owed.id,
            "period": "2023",
            "kind": owed.kind.value,
            "as_of": (as_of or owed.as_of or self._as_of).isoformat(),
            "note": _NOTE,
            "rows": [row for unit in units if (row := self._row(owed, unit))],
        }

    def _row(self, owed: Obligation, unit: Unit) -> dict[str, Any] | None:
        chance, star = self._random.random(), unit.code in self._stars
        match owed.kind:
            case Kind.SCORE:
                score = self._random.uniform(97, 99.5) if star else self._ability[unit.code] + self._random.gauss(0, 1)
                exact = Decimal(round(max(score, 0) * 100)) / 100
                return {"unit": unit.code, "score": str(exact)}
            case Kind.TASKS:
                due = self._random.randint(8, 40)
                late = 0 if star or chance < 0.7 else self._random.randint(1, 3)
                return {"unit": unit.code, "due": due, "done_on_time": due - late}
            case Kind.DISCIPLINE:
                return {"unit": unit.code, "violations": 0 if star or chance < 0.9 else 1}
            case Kind.ATTENDANCE:
                invited = self._random.randint(10, 30)
                away = self._random.randint(0, 3)
                return {"unit": unit.code, "invited": invited, "present": invited - away, "substitute": away}
            case Kind.LISTED:
                return {"unit": unit.code} if star or chance < 0.3 else None


def make_year(seed: int, plans: Iterable[Plan], register: UnitRegister) -> Year:
    """The year of 2023: early reports, one late, one returned, one corrected, one sent twice, judgements, sessions."""
    plans = list(plans)
    plan = next(p for p in plans if p.movement and p.movement.id == MOVEMENT)
    write = _Reports(seed, plan, register)
    everyone = (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN)
    attendance = write.body("OB01")
    commune = register.of_tier(Tier.XA, date(2023, 11, 30))[0].code
    wrong = {**attendance, "rows": [*attendance["rows"], {"unit": commune, "invited": 5, "present": 5}]}
    reform = write.body("OB06")
    corrected = {**reform, "rows": [_raised(row) for row in reform["rows"][-3:]], "note": f"đính chính, {_NOTE}"}
    party = write.body("OB03")
    steps: list[Step] = [
        Send(
            _at(11, 9, 10),
            "so-tttt",
            "cds-tam-tinh-8-2023",
            "kafka",
            write.body("OB07", tiers=(Tier.SO, Tier.HUYEN), as_of=date(2023, 8, 31)),
        ),
        Send(_at(1, 12, 9), "cong-an-tinh", "da06-2023", "kafka", write.body("OB08", tiers=everyone)),
        Send(_at(1, 12, 14), "vp-ubnd-tinh", "hop-2023", "http", wrong),
        Send(_at(1, 12, 15), "vp-ubnd-tinh", "hop-2023-sua", "http", attendance),
        Send(_at(1, 12, 15, 30), "vp-ubnd-tinh", "nhiem-vu-2023", "http", write.body("OB02")),
        Send(_at(2, 12, 10), "vp-tinh-uy", "hop-tinh-uy-2023", "kafka", party),
        Send(_at(2, 12, 10, 5), "vp-tinh-uy", "hop-tinh-uy-2023", "kafka", party),
        Send(_at(4, 12, 9), "vp-doan-dbqh-hdnd", "hop-hdnd-2023", "http", write.body("OB04")),
        Send(_at(4, 12, 10), "so-noi-vu", "ky-luat-2023", "kafka", write.body("OB05")),
        Send(_at(4, 12, 11), "so-noi-vu", "cchc-2023", "kafka", reform),
        Send(_at(4, 12, 23, 59, 59), "so-tttt", "cds-2023", "kafka", write.body("OB07", tiers=everyone)),
        Send(_at(7, 12, 16), "so-khdt", "noi-bat-2023", "http", write.body("OB09", tiers=(Tier.SO, Tier.HUYEN))),
        Send(_at(8, 12, 9), "so-noi-vu", "cchc-2023-dinh-chinh", "kafka", corrected),
        Judge(_at(20, 12, 9)),
    ]
    instants = {START, END, *(step.at for step in steps), *_reminders(plans)}
    return Year(tuple(steps), tuple(sorted(at for at in instants if START <= at <= END)))


def _raised(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "score": str(min(Decimal(row["score"]) + Decimal("1.25"), Decimal(96)))}


def _reminders(plans: Iterable[Plan]) -> Iterable[datetime]:
    """Every instant at which some reminder could be due."""
    for plan in plans:
        for duty in duties(plan):
            if plan.reminders is not None and not duty.historical:
                yield from (stage.at for stage in stages(duty.last_day, plan.reminders))
