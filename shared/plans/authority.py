"""Who may report what about whom on which day, and which units a report must cover: deny by default."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from shared.contracts.awards import Award, Scope
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister


def reporters(plan: Plan, obligation: Obligation, register: UnitRegister, on: date) -> tuple[str, ...]:
    """The agencies that owe an obligation on a local day: the role's holder, or every unit of its tiers."""
    if obligation.reporter is not None:
        holder = plan.role[obligation.reporter].holder(on)
        return (holder,) if holder else ()
    return tuple(unit.code for tier in obligation.each for unit in register.of_tier(tier, on))


def is_reporter(plan: Plan, obligation: Obligation, register: UnitRegister, agency: str, on: date) -> bool:
    """Whether an agency is one of those who report an obligation on a local day."""
    if obligation.reporter is not None:
        return plan.role[obligation.reporter].holder(on) == agency
    unit = register.by_code.get(agency)
    return unit is not None and unit.tier in obligation.each and unit.exists_on(on)


def account_of(obligation: Obligation, agency: str) -> str:
    """Who owes: the role, whoever holds it, so that a merger moves what is owed and what is in; else the agency."""
    return obligation.reporter or agency


def owner_of(plan: Plan, obligation: Obligation, account: str, on: date) -> str | None:
    """The agency that owes for an account on a local day; None where nobody holds the role."""
    return account if obligation.reporter is None else plan.role[obligation.reporter].holder(on)


def takes(plan: Plan, obligation: Obligation, tier: Tier) -> bool:
    """Whether figures about units of a tier may be in an obligation's report (S0 VI; A43)."""
    open_list = not obligation.tiers_listed and plan.choices.unlisted_tiers == "accept"
    return tier in obligation.tiers or (open_list and tier is not Tier.KHAC)


def concerns(plan: Plan, obligation: Obligation, agency: str, unit: Unit) -> bool:
    """Whether an agency's report under an obligation may have figures about a unit."""
    return takes(plan, obligation, unit.tier) and (not obligation.under_reporter or unit.parent == agency)


def takes_kind(obligation: Obligation, kind: Kind) -> bool:
    """Whether a report of a kind comes under an obligation: cases are opened and closed by who reports discipline."""
    return kind is obligation.kind or (kind is Kind.INSPECTION and obligation.kind is Kind.DISCIPLINE)


def counted_to(plan: Plan, obligation: Obligation) -> date | None:
    """The last day an obligation's final figures are counted to; None where the source gives none (A2, A3, A33)."""
    day = obligation.as_of
    if day is None and obligation.as_of_inferred and plan.movement and plan.choices.undated_as_of == "inherit":
        day = plan.movement.as_of
    return _day(plan, day)


def counted_day(plan: Plan) -> date:
    """The last day a ranked movement's figures are counted to. Raises ``ValueError`` where it has none."""
    day = _day(plan, plan.movement.as_of if plan.movement else None)
    if day is None:
        raise ValueError(f"{plan.key} has no day its figures are counted to")
    return day


def _day(plan: Plan, named: date | None) -> date | None:
    """The last day of "tính đến ngày D": D itself (A2)."""
    return named - timedelta(days=1) if named and plan.choices.as_of_day == "exclusive" else named


def ranked_units(plan: Plan, register: UnitRegister, tier: Tier) -> tuple[Unit, ...]:
    """The units of a tier that are ranked: those that exist on the as-of, less those left out (A10)."""
    left_out = plan.choices.unranked
    return tuple(unit for unit in register.of_tier(tier, counted_day(plan)) if unit.code not in left_out)


def expected_units(plan: Plan, obligation: Obligation, register: UnitRegister, on: date, agency: str) -> frozenset[str]:
    """The units a complete report covers: all of the expected tiers that exist on a day, less those left out (A10)."""
    return frozenset(
        unit.code
        for tier in obligation.expected
        for unit in register.of_tier(tier, on)
        if unit.code not in plan.choices.unranked and (not obligation.under_reporter or unit.parent == agency)
    )


def feeds(plan: Plan, subject: str, tier: Tier) -> Iterator[Obligation]:
    """The obligations under which some agency must report a subject about a tier (DOMAIN.md 1.5)."""
    return (o for o in plan.obligations if o.kind and o.subject == subject and tier in o.tiers and not o.optional)


def has_feed(plan: Plan, subject: str, tier: Tier) -> bool:
    """Whether some agency is obliged to report a subject about a tier."""
    return next(feeds(plan, subject, tier), None) is not None


def under_reporter(plan: Plan, subject: str, tier: Tier) -> bool:
    """Whether all that may report a subject about a tier report only about units under themselves (A12)."""
    may = [o for o in plan.obligations if o.kind and o.subject == subject and takes(plan, o, tier)]
    return bool(may) and all(o.under_reporter for o in may)


def within_parent(plan: Plan, award: Award) -> bool:
    """Whether units are ranked among those of their own district for an award (A8)."""
    return award.scope is Scope.PARENT and plan.choices.certificate_scope == "parent"
