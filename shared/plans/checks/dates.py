"""Checks of a plan's days that its model accepts: impossible orders, as-of days that differ, far-off years. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from shared.contracts.model import Kind
from shared.contracts.obligations import Obligation
from shared.contracts.periods import parse_period
from shared.contracts.plan import Path, Plan
from shared.plans.authority import can_decide
from shared.plans.checks.context import CheckContext
from shared.plans.checks.problem import Problem
from shared.wording import plan_checks

FIGURES = frozenset({Kind.SCORE, Kind.TASKS, Kind.DISCIPLINE, Kind.LISTED})
"""The kinds of report whose figures decide awards."""

_FAR = timedelta(days=366)


def obligations_out_of_order(context: CheckContext) -> Iterator[Problem]:
    """Obligations whose figures are counted to a day after the last permitted one, or outside their own period."""
    for i, obligation in enumerate(context.plan.obligations):
        as_of, window = obligation.as_of, obligation.window
        if as_of and window and as_of > window.last:
            detail = plan_checks.as_of_after_due(as_of, window.last)
            yield context.problem(("obligations", i, "as_of"), "dates_out_of_order", detail)
        if as_of and obligation.period:
            period = parse_period(obligation.period)
            is_inside = period.first_day <= as_of <= period.last_day
            if not is_inside and period.kind != "school_year":  # whose days the sources do not state
                detail = plan_checks.as_of_outside_period(as_of, obligation.period)
                yield context.problem(("obligations", i, "as_of"), "dates_out_of_order", detail)


def movement_out_of_order(context: CheckContext) -> Iterator[Problem]:
    """The days of the movement and of its document."""
    plan = context.plan
    if plan.movement is None:
        return
    period, as_of, decided_by = plan.movement.period, plan.movement.as_of, plan.movement.decided_by
    if plan.source.issued > period.last:
        detail = plan_checks.issued_after_movement(plan.source.issued, period)
        yield context.problem(("source", "issued"), "dates_out_of_order", detail)
    if as_of is not None and not period.first <= as_of <= period.last:
        detail = plan_checks.as_of_outside(as_of, period)
        yield context.problem(("movement", "as_of"), "dates_out_of_order", detail)
    if as_of is not None and decided_by is not None and decided_by < as_of:
        detail = plan_checks.decided_before_as_of(decided_by, as_of)
        yield context.problem(("movement", "decided_by"), "dates_out_of_order", detail)


def as_of_days(context: CheckContext) -> Iterator[Problem]:
    """Obligations counted to another day than the movement: their figures prove nothing in it.

    If this is so for every obligation that awards depend on, the movement's own day is the error. Figures of an interim
    period prove nothing anyway (0032).
    """
    plan = context.plan
    if plan.movement is None:
        return
    period, as_of = plan.movement.period, plan.movement.as_of
    dated = [(i, o, o.as_of) for i, o in enumerate(plan.obligations) if o.as_of is not None]
    inside = [(i, o, day) for i, o, day in dated if period.first <= day <= period.last]
    for i, _, day in dated:
        if not period.first <= day <= period.last:
            detail = plan_checks.as_of_outside(day, period)
            yield context.problem(("obligations", i, "as_of"), "dates_out_of_order", detail)
    if as_of is None or not period.first <= as_of <= period.last:
        return
    deciding = [(o, day) for _, o, day in inside if o.kind in FIGURES and not o.optional and can_decide(plan, o)]
    if plan.awards and deciding and all(day != as_of for _, day in deciding):
        detail = plan_checks.no_obligation_counted_to(as_of, [(o.id, day) for o, day in deciding])
        yield context.problem(("movement", "as_of"), "as_of_differs", detail)
        return
    for i, obligation, day in inside:
        if day != as_of and can_decide(plan, obligation):
            detail = plan_checks.as_of_differs(day, as_of)
            yield context.problem(("obligations", i, "as_of"), "as_of_differs", detail, "warning")


def far_dates(context: CheckContext) -> Iterator[Problem]:
    """Days more than a year before or after the movement (without one: the day of issue), as a mistyped year makes."""
    plan = context.plan
    span = (plan.movement.period.first, plan.movement.period.last) if plan.movement else (plan.source.issued,) * 2
    for path, day in _days(plan):
        if span[0] - day > _FAR or day - span[1] > _FAR:
            yield context.problem(path, "far_date", plan_checks.far_date(day, span, plan.movement is None), "warning")


def _days(plan: Plan) -> Iterator[tuple[Path, date]]:
    """The days by which something must be done, the days of the sessions, and the day of issue."""
    yield ("source", "issued"), plan.source.issued
    if plan.movement is not None and plan.movement.decided_by is not None:
        yield ("movement", "decided_by"), plan.movement.decided_by
    for i, obligation in enumerate(plan.obligations):
        yield from ((("obligations", i, *path), day) for path, day in _due_days(obligation))
    for i, session in enumerate(plan.sessions):
        yield ("sessions", i, "window", "last"), session.window.last
    for i, task in enumerate(plan.tasks):
        yield ("tasks", i, "day" if task.day else "window"), task.day or task.window.last


def _due_days(obligation: Obligation) -> Iterator[tuple[Path, date]]:
    if obligation.before is not None:
        yield ("before",), obligation.before
    if obligation.window is not None:
        yield ("window", "last"), obligation.window.last
    if (yearly := obligation.yearly) is not None:
        yield ("yearly", "first"), date(yearly.first, yearly.month, yearly.day)
        yield ("yearly", "last"), date(yearly.last, yearly.month, yearly.day)
    if obligation.periodic is not None:
        days = [before for _, before in obligation.periodic.dues()]
        yield ("periodic", "first"), days[0]
        yield ("periodic", "last"), days[-1]
