"""Every task due by the as-of and not cancelled was done on time (A17)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria.kind import finding_of, without_figure
from shared.contracts.awards import TasksRule
from shared.contracts.fast_models import Finding, TasksRow
from shared.contracts.model import Kind, Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

_SUBJECT = Kind.TASKS.value

FOR_THE_COUNCIL: Final[frozenset[Reason]] = frozenset({"nothing_due"})


def subjects(rule: TasksRule) -> tuple[str, ...]:
    """The counts of tasks."""
    return (_SUBJECT,)


def evaluator(rule: TasksRule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """The criterion passes if no task is late."""
    return partial(_evaluate, rule, figures)


def _evaluate(rule: TasksRule, figures: AwardFigures, unit: Unit) -> Finding:
    figure = figures.figure(_SUBJECT, unit)
    if figure is None or type(figure.value) is not TasksRow:
        return without_figure(rule, _SUBJECT, unit, figures, figures.declared.get(_SUBJECT))
    tasks, events = figure.value, (figure.event,)
    if not figure.final:
        return finding_of(rule, Verdict.MISSING, "interim", events=events)
    due = tasks.due - tasks.cancelled
    if not due:
        verdict = Verdict.PASS if figures.choices.nothing_due == "pass" else Verdict.MISSING
        return finding_of(rule, verdict, "nothing_due", events=events)
    if late := due - tasks.done_on_time:
        return finding_of(rule, Verdict.FAIL, "tasks_late", count=late, events=events)
    return Finding(rule.criterion, Verdict.PASS, "tasks_on_time", count=due, events=events, cite=rule.cite)
