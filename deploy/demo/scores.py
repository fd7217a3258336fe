"""Invented figures for the demo's year: reports of every obligation, all following from the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import counted_day

NOTE = "số liệu minh họa"


class Figures:
    """Writes reports with invented figures: one star a tier that leads every field, the rest around their ability."""

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
        """The unit of a tier that leads every field."""
        return self._star[tier]

    def body(
        self, obligation: str, *, tiers: Sequence[Tier] | None = None, as_of: date | None = None
    ) -> dict[str, Any]:
        """A report of an obligation about the units of the tiers (those it expects, where none are named)."""
        owed = self._plan.obligation[obligation]
        units = [u for tier in tiers or owed.expected or owed.tiers for u in self._register.of_tier(tier, self._as_of)]
        return {
            "movement": self._plan.movement.id if self._plan.movement else "",
            "obligation": owed.id,
            "period": "2023",
            "kind": owed.kind.value if owed.kind else "",
            "as_of": (as_of or owed.as_of or self._as_of).isoformat(),
            "note": NOTE,
            "rows": [row for unit in units if (row := self._row(owed, unit))],
        }

    def _row(self, owed: Obligation, unit: Unit) -> dict[str, Any] | None:
        chance, star = self._random.random(), unit.code == self._star[unit.tier]
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
            case _:
                raise ValueError(f"{owed.id} asks for no figures")
