"""Who may report what about whom, and which units a report must cover: deny by default."""

from __future__ import annotations

from datetime import date

from shared.contracts.model import Tier
from shared.contracts.plan import Obligation, Plan
from shared.contracts.units import UnitRegister


def may_report(plan: Plan, agency: str, obligation: str, tier: Tier) -> bool:
    """Whether an agency may report figures of an obligation about units of a tier (S0 VI)."""
    found = plan.obligation.get(obligation)
    return found is not None and found.reporter == agency and found.takes(tier)


def counted_to(plan: Plan, obligation: Obligation) -> date | None:
    """The inclusive day an obligation's final figures are counted to; None where the source gives none (A3, A33)."""
    return obligation.as_of or (plan.movement.as_of if plan.movement and obligation.as_of_inferred else None)


def expected_units(obligation: Obligation, register: UnitRegister, on: date) -> frozenset[str]:
    """The units a complete report covers: all of the expected tiers that exist on a day."""
    return frozenset(unit.code for tier in obligation.expected for unit in register.of_tier(tier, on))


def has_feed(plan: Plan, subject: str, tier: Tier) -> bool:
    """Whether some agency is obliged to report a subject about a tier (DOMAIN.md 1.5)."""
    return any(o.subject == subject and tier in o.tiers for o in plan.obligations)
