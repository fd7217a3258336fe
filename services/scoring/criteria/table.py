"""Every kind of criterion by the name its rules have in a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria import active, discipline, judgement, listed, rank, tasks
from services.scoring.criteria.kind import CriterionKind
from shared.contracts.awards import Rule
from shared.contracts.fast_models import Finding
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

CRITERIA: Final[Mapping[str, CriterionKind[Any]]] = {
    "rank": rank,
    "all_tasks_on_time": tasks,
    "no_violation": discipline,
    "listed": listed,
    "judgement": judgement,
    "active": active,
}
"""By the ``rule`` field of a plan's rule."""

_NO_FEED: frozenset[Reason] = frozenset({"no_feed"})
FOR_THE_COUNCIL: Final = _NO_FEED.union(*(kind.FOR_THE_COUNCIL for kind in CRITERIA.values()))
"""Reasons a criterion is MISSING that no further report will change; the council may judge it (A41)."""


def subjects_of(rule: Rule) -> tuple[str, ...]:
    """The subjects of the figures a rule reads; none if nothing is reported for it."""
    return CRITERIA[rule.rule].subjects(rule)


def evaluator_of(rule: Rule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """A function that evaluates a rule for one unit of the figures' tier, judgements left out."""
    return CRITERIA[rule.rule].evaluator(rule, figures)
