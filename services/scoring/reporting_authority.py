"""Whose figures about whom are counted, by the plan and register they name; worked out once for all that are alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from shared.contracts.fast_models import PlanRef, Results
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import accepts_kind, accepts_tier, concerns, is_reporter

_MOST_REMEMBERED: Final = 10_000


def refusal(plan: Plan, register: UnitRegister, results: Results) -> str | None:
    """Why no such figures are counted, whichever unit they are about; None where those of some may be."""
    obligation, who = plan.obligation.get(results.obligation), results.reported_by
    day = local(results.received_at).date()
    if obligation is None or not is_reporter(plan, obligation, register, who, day):
        return f"{who} may not report {results.obligation} on {day.isoformat()}"
    if not accepts_tier(plan, obligation, results.tier):
        return f"{results.obligation} is not about {results.tier.value}"
    if not accepts_kind(obligation, results.kind) or results.field not in (obligation.field, None):
        return f"{results.obligation} is not about {results.subject}"
    return None


class _Units(dict[str, bool]):
    """Whether figures that are alike may be about a unit; found out when a unit first comes up."""

    def __init__(self, plan: Plan, register: UnitRegister, results: Results) -> None:
        super().__init__()
        self._plan, self._register, self._who = plan, register, results.reported_by
        self._obligation, self._tier = plan.obligation[results.obligation], results.tier

    def __missing__(self, code: str) -> bool:
        unit = self._register.by_code.get(code)
        if unit is None:
            return False
        may = self[code] = unit.tier is self._tier and concerns(self._plan, self._obligation, self._who, unit)
        return may


class ReportingAuthority:
    """Says which figures may be counted. ``plan`` and ``register`` give those an event names, or raise ``KeyError``."""

    def __init__(self, plan: Callable[[PlanRef], Plan], register: Callable[[str, int], UnitRegister]) -> None:
        self._plan, self._register = plan, register
        self._days: dict[tuple[int, int], date] = {}
        self._alike: dict[tuple[object, ...], _Units | str] = {}
        self._units: dict[tuple[object, ...], _Units] = {}

    def violation(self, results: Results) -> str | None:
        """Why these figures may not be counted, by the plan and register they name; None where they may."""
        named, about = (results.plan, results.register_version), (results.tier, results.kind, results.field)
        alike = (named, results.obligation, results.reported_by, about, self._day(results.received_at))
        units = self._alike.get(alike)
        if units is None:
            units = self._weigh(alike, results)
        if isinstance(units, str):
            return units
        for row in results.rows:
            if not units[row.unit]:
                return _not_about(results, row.unit)
        return next((_not_about(results, row.unit) for row in results.withdrawn if not units[row.unit]), None)

    def _day(self, received_at: datetime) -> date:
        """The province's day of an instant; all instants of an hour of UTC have the same."""
        if received_at.tzinfo is not UTC:
            return local(received_at).date()
        hour = (received_at.toordinal(), received_at.hour)
        day = self._days.get(hour)
        if day is None:
            if len(self._days) >= _MOST_REMEMBERED:
                self._days.clear()
            day = self._days[hour] = local(received_at).date()
        return day

    def _weigh(self, alike: tuple[object, ...], results: Results) -> _Units | str:
        if len(self._alike) >= _MOST_REMEMBERED:
            self._alike.clear()
            self._units.clear()
        plan, register = self._plan(results.plan), self._register(results.plan.province, results.register_version)
        if reason := refusal(plan, register, results):
            self._alike[alike] = reason
            return reason
        named = (results.plan, results.register_version, results.obligation, results.reported_by, results.tier)
        units = self._alike[alike] = self._units.setdefault(named, _Units(plan, register, results))
        return units


def _not_about(results: Results, unit: str) -> str:
    return f"{results.reported_by} may not report {results.obligation} about {unit}"
