"""Missing feeds: criteria of awards that no agency must report on, as a plan alone shows (DOMAIN.md 1.5). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.contracts.awards import Award, Rule
from shared.contracts.model import Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.plans.authority import accepts_tier, can_decide, feeds
from shared.plans.criteria.kind import Figures, NoFigures
from shared.plans.criteria.table import feed_of

Reason = Literal["judgement", "not_obliged", "not_stated"]
"""Why there is no feed: the council judges the criterion, no agency must report on it, or the only obligation's list of
subjects is not closed and does not name the tier."""


@dataclass(frozen=True, slots=True)
class MissingFeed:
    """A criterion of an award that figures cannot prove for a tier, because no agency must report on it.

    ``could`` is an obligation that may still prove it (an optional one, or one whose list of subjects is not closed),
    or None. ``cite`` is where the source states the criterion.
    """

    award: str
    criterion: str
    tier: Tier
    reason: Reason
    could: str | None
    cite: str


def missing_feeds(plan: Plan) -> list[MissingFeed]:
    """Every criterion without a feed, in the plan's order of awards and rules."""
    missing_by_rule = (missing_feed(plan, award, rule) for award in plan.awards for rule in award.rules)
    return [missing for missing in missing_by_rule if missing is not None]


def missing_feed(plan: Plan, award: Award, rule: Rule) -> MissingFeed | None:
    """The missing feed of one rule of an award; None if an agency must report on it or the register proves it."""
    match feed_of(rule):
        case NoFigures.REGISTER:
            return None
        case NoFigures.COUNCIL:
            return MissingFeed(award.id, rule.criterion, award.tier, "judgement", None, rule.cite)
        case Figures(subject):
            if any(map(_binds, feeds(plan, subject, award.tier))):
                return None
            could = next(_possible(plan, subject, award.tier), None)
            reason: Reason = "not_stated" if could and _binds(could) else "not_obliged"
            return MissingFeed(award.id, rule.criterion, award.tier, reason, could.id if could else None, rule.cite)


def _binds(obligation: Obligation) -> bool:
    """Whether the obligation binds an agency of the register."""
    has_reporter = obligation.reporter is not None or bool(obligation.each)
    return has_reporter and not (obligation.optional or obligation.not_in_seed)


def _possible(plan: Plan, subject: str, tier: Tier) -> Iterator[Obligation]:
    """The obligations under which a subject may be reported about a tier: binding ones first, then the others."""
    about = (o for o in plan.obligations if o.kind and o.subject == subject and accepts_tier(plan, o, tier))
    obligations = [o for o in about if can_decide(plan, o)]
    yield from sorted(obligations, key=lambda o: not _binds(o))
