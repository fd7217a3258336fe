"""The unit is on the list of outstanding contributors (A40)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria.kind import finding_of, without_figure
from shared.contracts.awards import ListedRule
from shared.contracts.fast_models import Finding, ListedRow
from shared.contracts.model import Kind, Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

_SUBJECT = Kind.LISTED.value

FOR_THE_COUNCIL: Final[frozenset[Reason]] = frozenset({"not_listed"})


def subjects(rule: ListedRule) -> tuple[str, ...]:
    """The rows of the list."""
    return (_SUBJECT,)


def evaluator(rule: ListedRule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """The criterion passes for a listed unit. A unit without a row is not listed once the list is complete."""
    return partial(_evaluate, rule, figures)


def _evaluate(rule: ListedRule, figures: AwardFigures, unit: Unit) -> Finding:
    figure, declared = figures.figure(_SUBJECT, unit), figures.declared.get(_SUBJECT)
    if figure is None or type(figure.value) is not ListedRow:
        if declared:
            return _not_listed(rule, figures, declared)
        return without_figure(rule, _SUBJECT, unit, figures)
    if not figure.final:
        return finding_of(rule, Verdict.MISSING, "interim", events=(figure.event,))
    if figure.value.listed:
        return finding_of(rule, Verdict.PASS, "listed", events=(figure.event,))
    return _not_listed(rule, figures, figure.event)


def _not_listed(rule: ListedRule, figures: AwardFigures, event: str) -> Finding:
    verdict = Verdict.FAIL if figures.choices.not_listed == "fail" else Verdict.MISSING
    return finding_of(rule, verdict, "not_listed", events=(event,))
