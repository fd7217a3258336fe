"""Checks that somebody is reminded of what a plan sets a day for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from shared.contracts.plan import Path, Plan
from shared.plans.checks.context import CheckContext
from shared.plans.checks.problem import Problem
from shared.wording import plan_checks

_DAY = timedelta(days=1)


def reminders(context: CheckContext) -> Iterator[Problem]:
    """A plan with duties of which nobody would be reminded: it has no reminders, or its duties all ended before it."""
    plan = context.plan
    last_days = list(_last_days(plan))
    if not last_days:
        return
    if plan.reminders is None or (not plan.reminders.before and plan.reminders.after is None):
        path: Path = ("reminders",) if plan.reminders is not None else last_days[0][0]
        yield context.problem(path, "no_reminders", plan_checks.NO_REMINDERS, "warning", row=last_days[0][0])
    latest = max(day for _, day in last_days)
    ended = plan.movement is not None and plan.source.issued > plan.movement.period.last  # an error of its own
    if plan.choices.past_windows == "historical" and latest < plan.source.issued and not ended:
        detail = plan_checks.issued_after_every_due(plan.source.issued, latest)
        yield context.problem(("source", "issued"), "nobody_reminded", detail, "warning")


def _last_days(plan: Plan) -> Iterator[tuple[Path, date]]:
    """The last permitted days of what the plan has reminders for (``shared.plans.duties``), with the rows."""
    for i, obligation in enumerate(plan.obligations):
        if obligation.kind and not obligation.optional and (obligation.reporter or obligation.each):
            for due in obligation.dues(plan.choices.due_day):
                yield ("obligations", i), due.last_day
    for i, task in enumerate(plan.tasks):
        yield ("tasks", i), task.day or task.window.last


def days_without_holder(context: CheckContext) -> Iterator[Problem]:
    """Days between two holders of a role, on which no unit may report or is reminded."""
    for i, role in enumerate(context.plan.roles):
        tenures = sorted(enumerate(role.held), key=lambda item: item[1].first or date.min)
        for (_, before), (j, after) in pairwise(tenures):
            if before.last and after.first and after.first - before.last > _DAY:
                detail = plan_checks.nobody_holds(before.last + _DAY, after.first - _DAY)
                yield context.problem(("roles", i, "held", j), "nobody_holds", detail, "warning")
