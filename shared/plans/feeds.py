"""Which criteria of which awards nobody has to report about, read off a plan alone (DOMAIN.md 1.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from shared.contracts.awards import (
    ActiveRule,
    Award,
    DisciplineRule,
    JudgementRule,
    ListedRule,
    RankRule,
    Rule,
    TasksRule,
)
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.plans.authority import feeds, takes

Reason = Literal["judgement", "not_obliged", "not_stated"]
"""Why nothing has to come: the council judges it; no agency must report it; the list of subjects is not closed
and does not name the tier."""


@dataclass(frozen=True, slots=True)
class MissingFeed:
    """A criterion of an award that cannot be judged for a tier because no agency is obliged to report about it.

    ``could`` is the obligation that may prove it all the same (an optional one, or one whose list of subjects is
    not closed); None where there is none. ``cite`` is where the source sets the criterion.
    """

    award: str
    criterion: str
    tier: Tier
    reason: Reason
    could: str | None
    cite: str


def missing_feeds(plan: Plan) -> list[MissingFeed]:
    """Every criterion without a feed, in the plan's order of awards and rules."""
    found = (missing_feed(plan, award, rule) for award in plan.awards for rule in award.rules)
    return [each for each in found if each is not None]


def missing_feed(plan: Plan, award: Award, rule: Rule) -> MissingFeed | None:
    """That nobody has to report what one rule of an award asks; None where somebody has to, or the register knows."""
    subject = subject_of(rule)
    if isinstance(rule, ActiveRule) or (subject and any(map(_binds, feeds(plan, subject, award.tier)))):
        return None
    could = next(_possible(plan, subject, award.tier), None) if subject else None
    reason: Reason = "judgement" if subject is None else "not_stated" if could and _binds(could) else "not_obliged"
    return MissingFeed(award.id, rule.criterion, award.tier, reason, could.id if could else None, rule.cite)


def subject_of(rule: Rule) -> str | None:
    """What the figures that prove a rule are filed under; None where no figure proves it."""
    match rule:
        case RankRule():
            return rule.field
        case TasksRule():
            return Kind.TASKS.value
        case DisciplineRule():
            return Kind.DISCIPLINE.value
        case ListedRule():
            return Kind.LISTED.value
        case JudgementRule() | ActiveRule():
            return None
    assert_never(rule)


def _binds(obligation: Obligation) -> bool:
    """Whether the source obliges an agency that is in the register."""
    known = obligation.reporter is not None or bool(obligation.each)
    return known and not (obligation.optional or obligation.not_in_seed)


def _possible(plan: Plan, subject: str, tier: Tier) -> Iterator[Obligation]:
    """Obligations that may prove it though none must: what the source asks for first, then what it does not."""
    may = [o for o in plan.obligations if o.kind and o.subject == subject and takes(plan, o, tier)]
    yield from sorted(may, key=lambda o: not _binds(o))
