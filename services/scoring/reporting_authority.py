"""Which agency's figures about which units count, by the plan and register an event names. Answers are cached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final

from shared.caching import Cache
from shared.contracts.fast_models import PlanRef, Results
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import accepts_kind, accepts_tier, concerns, is_reporter

_MAX_CACHED: Final = 10_000


def obligation_violation(plan: Plan, register: UnitRegister, results: Results) -> str | None:
    """Why such figures never count, whichever unit they are about; None if they may count for some unit."""
    obligation, agency = plan.obligation.get(results.obligation), results.reported_by
    day = local(results.received_at).date()
    if obligation is None or not is_reporter(plan, obligation, register, agency, day):
        return f"{agency} may not report {results.obligation} on {day.isoformat()}"
    if not accepts_tier(plan, obligation, results.tier):
        return f"{results.obligation} is not about {results.tier.value}"
    if not accepts_kind(obligation, results.kind) or results.field not in (obligation.field, None):
        return f"{results.obligation} is not about {results.subject}"
    return None


class _AllowedUnits(dict[str, bool]):
    """Whether figures with the same plan, obligation, agency and tier may be about a unit; computed on first use."""

    def __init__(self, plan: Plan, register: UnitRegister, results: Results) -> None:
        super().__init__()
        self._plan, self._register, self._agency = plan, register, results.reported_by
        self._obligation, self._tier = plan.obligation[results.obligation], results.tier

    def __missing__(self, code: str) -> bool:
        unit = self._register.by_code.get(code)
        if unit is None:
            return False
        allowed = self[code] = unit.tier is self._tier and concerns(self._plan, self._obligation, self._agency, unit)
        return allowed


class ReportingAuthority:
    """Checks whether figures may be counted.

    ``plan`` and ``register`` return the plan and register an event names, or raise ``KeyError``.
    """

    def __init__(self, plan: Callable[[PlanRef], Plan], register: Callable[[str, int], UnitRegister]) -> None:
        self._plan, self._register = plan, register
        self._answers = Cache[tuple[object, ...], _AllowedUnits | str](_MAX_CACHED)
        self._units = Cache[tuple[object, ...], _AllowedUnits](_MAX_CACHED)

    def violation(self, results: Results) -> str | None:
        """Why these figures may not be counted, by the plan and register they name; None if they may."""
        named, about = (results.plan, results.register_version), (results.tier, results.kind, results.field)
        key = (named, results.obligation, results.reported_by, about, _day_of(results.received_at))
        units = self._answers.get(key)
        if units is None:
            units = self._compute(key, results)
        if isinstance(units, str):
            return units
        for row in results.rows:
            if not units[row.unit]:
                return _not_about(results, row.unit)
        return next((_not_about(results, row.unit) for row in results.withdrawn if not units[row.unit]), None)

    def _compute(self, key: tuple[object, ...], results: Results) -> _AllowedUnits | str:
        plan, register = self._plan(results.plan), self._register(results.plan.province, results.register_version)
        if reason := obligation_violation(plan, register, results):
            self._answers.keep(key, reason)
            return reason
        named = (results.plan, results.register_version, results.obligation, results.reported_by, results.tier)
        units = self._units.get(named)
        if units is None:
            units = self._units.keep(named, _AllowedUnits(plan, register, results))
        self._answers.keep(key, units)
        return units


def _day_of(instant: datetime) -> date:
    """The province's day of an instant."""
    if instant.tzinfo is not UTC:
        return local(instant).date()
    return _day_of_hour(instant.toordinal(), instant.hour)


@lru_cache(maxsize=_MAX_CACHED)
def _day_of_hour(ordinal: int, hour: int) -> date:
    """The province's day of an hour of UTC, within which the day does not change."""
    return local(datetime.combine(date.fromordinal(ordinal), time(hour), UTC)).date()


def _not_about(results: Results, unit: str) -> str:
    return f"{results.reported_by} may not report {results.obligation} about {unit}"
