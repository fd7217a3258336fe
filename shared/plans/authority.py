"""Reporting authority: which agency may report what about which units, and which units a report must cover.

Deny by default. Days are local; all functions are pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from shared.contracts.awards import Award, Scope
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister


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
    """The obligations under which an agency must report a subject about a tier (DOMAIN.md 1.5)."""
    return (o for o in plan.obligations if o.kind and o.subject == subject and tier in o.tiers and not o.optional)


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
