"""Whom a decision about an award concerns, and whether the rules let that unit have it now: pure."""

from __future__ import annotations

from datetime import date

from services.council.state import DecisionContext, nominee_name
from shared.contracts.awards import Award, NominatedAward
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.units import Unit
from shared.plans.criteria import active
from shared.wording.unit_names import full_name


def award_of(plan: Plan, award: str) -> Award | NominatedAward | None:
    """The award with this id, ranked or nominated; None if the movement has none."""
    return plan.award.get(award) or plan.nominated_award.get(award)


def nomination_of(context: DecisionContext, award: str, subject: str) -> Nomination | None:
    """The nomination a decision is about. None for a ranked award, whose subject is always a unit."""
    is_nominated = award in context.plan.nominated_award
    return context.nominations.get(award, {}).get(subject) if is_nominated else None


def unit_of(context: DecisionContext, award: str, subject: str) -> Unit | None:
    """The unit a decision is about: the nominee of a nominated award, otherwise the decision's subject."""
    nomination = nomination_of(context, award, subject)
    return context.register.by_code.get(nomination.subject if nomination else subject)


def subject_name(context: DecisionContext, award: str, subject: str) -> str:
    """The name of the unit or nominee to show to people."""
    if nomination := nomination_of(context, award, subject):
        return nominee_name(nomination, context.register)
    unit = unit_of(context, award, subject)
    return full_name(context.register, unit.code) if unit else f"“{subject}”"


def is_on_hold(context: DecisionContext, unit: Unit) -> bool:
    """Whether an open case forbids every award of the unit (A18)."""
    return unit.code in context.computed.held and context.plan.choices.open_inspection == "hold"


def is_dissolved(plan: Plan, award: Award | NominatedAward, unit: Unit, day: date) -> bool:
    """Whether a unit no longer exists on a local day, and the award is only for units that do (L7).

    A ranked award requires this if it has such a rule. A nominated award has no rules, so it follows the plan's
    ranked awards: it requires this if any of them does.
    """
    awards = [award] if isinstance(award, Award) else plan.awards
    return any(active.is_required_by(ranked) for ranked in awards) and not unit.exists_on(day)
