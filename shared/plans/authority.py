"""Reporting authority: which agency may report what about which units, and which units a report must cover.

Deny by default. Days are local; all functions are pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from shared.contracts.awards import Award, Scope
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.periods import parse_period, period_of_days
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister


class DuePeriod(NamedTuple):
    """A period an obligation is reported for, and its last permitted local day; None if the source gives no date."""

    period: str
    last_day: date | None


def due_periods(plan: Plan, obligation: Obligation) -> list[DuePeriod]:
    """The periods an obligation is reported for, in order.

    An obligation without a date has one: the one it names, or the first year of the plan's movement. The plan must have
    a movement.
    """
    assert plan.movement is not None
    dated = [DuePeriod(due.period, due.last_day) for due in obligation.dues(plan.choices.due_day)]
    return dated or [DuePeriod(obligation.period or str(plan.movement.period.first.year), None)]


def current_period(plan: Plan, obligation: Obligation, today: date) -> str:
    """The period to report on a local day: the first that has not ended or is still due, otherwise the last."""
    periods = due_periods(plan, obligation)
    ahead = (p for p, last_day in periods if today <= max(parse_period(p).last_day, last_day or today))
    return next(ahead, periods[-1].period)


def deciding_period(plan: Plan) -> str:
    """The movement's own period, whose figures decide boards and awards (0032). The plan must have a movement.

    It is the month, quarter, half-year, year or school year that the movement lasts, otherwise the year of its as-of
    day, or of its first day.
    """
    assert plan.movement is not None
    lasts = plan.movement.period
    if (own := period_of_days(lasts.first, lasts.last)) is not None:
        return str(own)
    return str((plan.movement.as_of or lasts.first).year)


def decides(plan: Plan, obligation: Obligation, period: str) -> bool:
    """Whether the figures of a period decide boards and awards; those of any other period are interim (0032).

    An obligation that is due once and names no period is about the movement, whatever the year of its due date.
    """
    return not _names_periods(obligation) or period == deciding_period(plan)


def _names_periods(obligation: Obligation) -> bool:
    """Whether an obligation names its period or has several."""
    recurs_yearly = obligation.yearly is not None and obligation.yearly.first < obligation.yearly.last
    return recurs_yearly or obligation.periodic is not None or obligation.period is not None


def can_decide(plan: Plan, obligation: Obligation) -> bool:
    """Whether an obligation is reported for the period that decides, as far as the plan could be read."""
    if plan.movement is None or not _names_periods(obligation):
        return True
    return any(decides(plan, obligation, due.period) for due in due_periods(plan, obligation))


def interim_end(plan: Plan, obligation: Obligation, period: str) -> date | None:
    """The last local day of an interim period of an obligation; None for the deciding period and for any other text."""
    if decides(plan, obligation, period) or all(due.period != period for due in due_periods(plan, obligation)):
        return None
    return parse_period(period).last_day


def reporters(plan: Plan, obligation: Obligation, register: UnitRegister, on: date) -> tuple[str, ...]:
    """The agencies that must report an obligation on a local day: the role's holder, or every unit of its tiers."""
    if obligation.reporter is not None:
        holder = plan.role[obligation.reporter].holder(on)
        return (holder,) if holder else ()
    return tuple(unit.code for tier in obligation.each for unit in register.of_tier(tier, on))


def is_reporter(plan: Plan, obligation: Obligation, register: UnitRegister, agency: str, on: date) -> bool:
    """Whether an agency is a reporter of an obligation on a local day."""
    if obligation.reporter is not None:
        return plan.role[obligation.reporter].holder(on) == agency
    unit = register.by_code.get(agency)
    return unit is not None and unit.tier in obligation.each and unit.exists_on(on)


def account_of(obligation: Obligation, agency: str) -> str:
    """The account that an obligation's reports belong to: the role, or the agency if each agency reports for itself.

    The account of a role is independent of its holder, so that a merger moves the duties and the accepted reports.
    """
    return obligation.reporter or agency


def owner_of(plan: Plan, obligation: Obligation, account: str, on: date) -> str | None:
    """The agency that must report for an account on a local day; None if no unit holds the role."""
    return account if obligation.reporter is None else plan.role[obligation.reporter].holder(on)


def accepts_tier(plan: Plan, obligation: Obligation, tier: Tier) -> bool:
    """Whether an obligation's report may have figures about units of a tier (S0 VI; A43)."""
    open_list = not obligation.tiers_listed and plan.choices.unlisted_tiers == "accept"
    return tier in obligation.tiers or (open_list and tier is not Tier.KHAC)


def concerns(plan: Plan, obligation: Obligation, agency: str, unit: Unit) -> bool:
    """Whether an agency's report under an obligation may have figures about a unit."""
    return accepts_tier(plan, obligation, unit.tier) and (not obligation.under_reporter or unit.parent == agency)


def accepts_kind(obligation: Obligation, kind: Kind) -> bool:
    """Whether an obligation accepts reports of a kind. Cases are reported under the obligation to report discipline."""
    return kind is obligation.kind or (kind is Kind.INSPECTION and obligation.kind is Kind.DISCIPLINE)


def counted_to(plan: Plan, obligation: Obligation) -> date | None:
    """The last day up to which an obligation's final figures are counted; None if not given (A2, A3, A33)."""
    day = obligation.as_of
    if obligation.infers_as_of and plan.movement and plan.choices.undated_as_of == "inherit":
        day = plan.movement.as_of
    return _day(plan, day)


def counted_day(plan: Plan) -> date:
    """The last day up to which a ranked movement's figures are counted. Raises ``ValueError`` if it has none."""
    day = _day(plan, plan.movement.as_of if plan.movement else None)
    if day is None:
        raise ValueError(f"{plan.key} has no as-of day")
    return day


def _day(plan: Plan, as_of: date | None) -> date | None:
    """The last day that "tính đến ngày D" includes: D, or the day before if the plan's A2 is ``exclusive``."""
    return as_of - timedelta(days=1) if as_of and plan.choices.as_of_day == "exclusive" else as_of


def ranked_units(plan: Plan, register: UnitRegister, tier: Tier) -> tuple[Unit, ...]:
    """The ranked units of a tier: those that exist on the as-of day, except the unranked ones (A10)."""
    unranked = plan.choices.unranked
    return tuple(unit for unit in register.of_tier(tier, counted_day(plan)) if unit.code not in unranked)


def expected_units(plan: Plan, obligation: Obligation, register: UnitRegister, on: date, agency: str) -> frozenset[str]:
    """The codes of the units a complete report covers: those of the expected tiers on a day, except unranked (A10)."""
    return frozenset(
        unit.code
        for tier in obligation.expected
        for unit in register.of_tier(tier, on)
        if unit.code not in plan.choices.unranked and (not obligation.under_reporter or unit.parent == agency)
    )


def feeds(plan: Plan, subject: str, tier: Tier) -> Iterator[Obligation]:
    """The obligations under which an agency must report a subject about a tier (DOMAIN.md 1.5).

    Those of interim periods alone are none: their figures prove nothing.
    """
    about = (o for o in plan.obligations if o.kind and o.subject == subject and tier in o.tiers and not o.optional)
    return (o for o in about if can_decide(plan, o))


def has_feed(plan: Plan, subject: str, tier: Tier) -> bool:
    """Whether any agency must report a subject about a tier."""
    return next(feeds(plan, subject, tier), None) is not None


def under_reporter(plan: Plan, subject: str, tier: Tier) -> bool:
    """Whether every agency that may report a subject about a tier reports only about its own units (A12)."""
    obligations = [o for o in plan.obligations if o.kind and o.subject == subject and accepts_tier(plan, o, tier)]
    return bool(obligations) and all(o.under_reporter for o in obligations)


def within_parent(plan: Plan, award: Award) -> bool:
    """Whether an award ranks each unit among the units of its own district (A8)."""
    return award.scope is Scope.PARENT and plan.choices.certificate_scope == "parent"
