"""Invented figures for the demo's year: reports for every obligation, derived from the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from deploy.demo.steps import ReportBody, ReportRow
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import counted_day

NOTE = "số liệu minh họa"


class Figures:
    """Makes reports with invented figures. One star per tier leads every field; other units score around their ability.

    The figures depend on the seed and on the order of the calls.
    """

    def __init__(self, seed: int, plan: Plan, register: UnitRegister) -> None:
        self._random = random.Random(seed)  # noqa: S311 - invented figures, not secrets
        self._plan = plan
        self._register = register
        self._as_of = counted_day(plan)
        self._ability: dict[str, float] = {}
        self._star: dict[Tier, str] = {}
        for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN):
            units = register.of_tier(tier, self._as_of)
            for unit in units:
                self._ability[unit.code] = min(94.0, self._random.gauss(80, 7))
            self._star[tier] = self._random.choice(units).code

    def star(self, tier: Tier) -> str:
        """The code of the unit that leads every field of a tier."""
        return self._star[tier]

    def body(self, obligation_id: str, *, tiers: Sequence[Tier] | None = None, as_of: date | None = None) -> ReportBody:
        """The body of a report about the units of the tiers, by default those the obligation expects."""
        obligation = self._plan.obligation[obligation_id]
        tiers = tiers or obligation.expected or obligation.tiers
        units = [unit for tier in tiers for unit in self._register.of_tier(tier, self._as_of)]
        return {
            "movement": self._plan.movement.id if self._plan.movement else "",
            "obligation": obligation.id,
            "period": "2023",
            "kind": obligation.kind.value if obligation.kind else "",
            "as_of": (as_of or obligation.as_of or self._as_of).isoformat(),
            "note": NOTE,
            "rows": [row for unit in units if (row := self._row(obligation, unit))],
        }

    def _row(self, obligation: Obligation, unit: Unit) -> ReportRow | None:
        chance, star = self._random.random(), unit.code == self._star[unit.tier]
        match obligation.kind:
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
            case _:
                raise ValueError(f"{obligation.id} asks for no figures")
