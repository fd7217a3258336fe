"""A limit on confirmed violations in the period, and no open case with signs of one (A18)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria.kind import finding_of, having_read, without_figure
from services.scoring.figures import INSPECTION, Figure
from shared.contracts.awards import DisciplineRule
from shared.contracts.fast_models import DisciplineRow, Finding, InspectionRow
from shared.contracts.model import Kind, Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

_SUBJECT = Kind.DISCIPLINE.value

FOR_THE_COUNCIL: Final[frozenset[Reason]] = frozenset()


def subjects(rule: DisciplineRule) -> tuple[str, ...]:
    """The counts of violations, and the inspections and complaints."""
    return (_SUBJECT, INSPECTION)


def evaluator(rule: DisciplineRule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """A violation fails the criterion. Otherwise an open case with signs of one holds it, also without a report."""
    return partial(_evaluate, rule, figures)


def _evaluate(rule: DisciplineRule, figures: AwardFigures, unit: Unit) -> Finding:
    """The finding for a unit, which names also the count and the cases that others hide, and withdrawn cases."""
    finding = _finding(rule, figures, unit)
    cases, withdrawn = figures.cases.get(unit.code, ()), figures.withdrawn_cases.get(unit.code, ())
    if not cases and not withdrawn:
        return finding
    figure = figures.figure(_SUBJECT, unit)
    return having_read(finding, *([figure.event] if figure else []), *_events_of(cases), *withdrawn)


def _finding(rule: DisciplineRule, figures: AwardFigures, unit: Unit) -> Finding:
    """The finding for a unit (A18, L5).

    Open cases are listed whatever the verdict, because no award may be given while a case is open.
    """
    figure = figures.figure(_SUBJECT, unit)
    events: tuple[str, ...] = (figure.event,) if figure else ()
    violations = figure.value.violations if figure and type(figure.value) is DisciplineRow else 0
    violates = figure is not None and figure.final and violations > rule.at_most
    cases = figures.cases.get(unit.code, ())
    if cases:
        confirmed, pending = _confirmed(cases), _pending(cases)
        if figures.choices.open_inspection == "ignore":
            pending = []
        open_cases = _names(pending)
        if violates:
            return finding_of(rule, Verdict.FAIL, "violation", cases=open_cases, count=violations, events=events)
        if len(confirmed) > rule.at_most:
            return finding_of(
                rule,
                Verdict.FAIL,
                "inspection_found",
                cases=open_cases,
                count=len(confirmed),
                found=_names(confirmed),
                events=_events_of(confirmed),
            )
        if pending:
            verdict = Verdict.HOLD if figures.choices.open_inspection == "hold" else Verdict.FAIL
            count, events = len(pending), _events_of(pending)
            return finding_of(rule, verdict, "inspection_open", cases=open_cases, count=count, events=events)
        events = (*events, *_events_of(cases))
    if figure is None:
        return without_figure(rule, _SUBJECT, unit, figures)  # a declaration is no evidence for this criterion
    if not figure.final:
        return finding_of(rule, Verdict.MISSING, "interim", events=(figure.event,))
    if violates:
        return finding_of(rule, Verdict.FAIL, "violation", count=violations, events=events)
    return Finding(
        rule.criterion, Verdict.PASS, "no_violation", count=violations or None, events=events, cite=rule.cite
    )


def _confirmed(cases: Iterable[Figure]) -> list[Figure]:
    """The cases closed with a violation."""
    return [case for case in cases if isinstance(row := case.value, InspectionRow) and row.violation_found]


def _pending(cases: Iterable[Figure]) -> list[Figure]:
    """The open cases with signs of a violation."""
    return [
        case
        for case in cases
        if isinstance(row := case.value, InspectionRow) and row.signs_of_violation and row.closed is None
    ]


def _names(cases: Iterable[Figure]) -> tuple[str, ...]:
    return tuple(case.value.case for case in cases if isinstance(case.value, InspectionRow))


def _events_of(cases: Iterable[Figure]) -> tuple[str, ...]:
    """For every case the event that opened it and the last event about it; one event if they are the same."""
    pairs = ((case.since[1] if case.since else case.event, case.event) for case in cases)
    return tuple(event for pair in pairs for event in dict.fromkeys(pair))
