"""Whose figures about whom are counted, by the plan and register they name; worked out once for all that are alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from shared.contracts.hot import PlanRef, Results
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import concerns, is_reporter, takes, takes_kind

_MOST_REMEMBERED: Final = 10_000


def reportable(plan: Plan, register: UnitRegister, results: Results, day: date) -> frozenset[str] | str:
    """The units such figures may be about when received on a day of the province, or why none of them is counted."""
    obligation, who = plan.obligation.get(results.obligation), results.reported_by
    if obligation is None or not is_reporter(plan, obligation, register, who, day):
        return f"{who} may not report {results.obligation} on {day.isoformat()}"
    if not takes(plan, obligation, results.tier):
        return f"{results.obligation} is not about {results.tier.value}"
    if not takes_kind(obligation, results.kind) or results.field not in (obligation.field, None):
        return f"{results.obligation} is not about {results.subject}"
    of_tier = (unit for unit in register.units if unit.tier is results.tier)
    return frozenset(unit.code for unit in of_tier if concerns(plan, obligation, who, unit))


class Admission:
    """Says which figures may be counted. ``plan`` and ``register`` give those an event names, or raise ``KeyError``."""

    def __init__(self, plan: Callable[[PlanRef], Plan], register: Callable[[str, int], UnitRegister]) -> None:
        self._plan, self._register = plan, register
        self._days: dict[datetime, date] = {}
        self._reportable: dict[tuple[object, ...], frozenset[str] | str] = {}

    def breach(self, results: Results) -> str | None:
        """Why these figures may not be counted, by the plan and register they name; None where they may."""
        day = self._days.get(results.received_at) or self._day(results.received_at)
        named, about = (results.plan, results.register_version), (results.tier, results.kind, results.field)
        alike = (named, results.obligation, results.reported_by, about, day)
        units = self._reportable.get(alike)
        if units is None:
            units = self._remember(alike, results, day)
        if isinstance(units, str):
            return units
        for row in (*results.rows, *results.withdrawn):
            if row.unit not in units:
                return f"{results.reported_by} may not report {results.obligation} about {row.unit}"
        return None

    def _day(self, received_at: datetime) -> date:
        if len(self._days) >= _MOST_REMEMBERED:
            self._days.clear()
        day = self._days[received_at] = local(received_at).date()
        return day

    def _remember(self, alike: tuple[object, ...], results: Results, day: date) -> frozenset[str] | str:
        if len(self._reportable) >= _MOST_REMEMBERED:
            self._reportable.clear()
        plan, register = self._plan(results.plan), self._register(results.plan.province, results.register_version)
        units = self._reportable[alike] = reportable(plan, register, results, day)
        return units
