"""Who owes what by when, read off a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shared.contracts.plan import Plan


@dataclass(frozen=True, slots=True)
class Duty:
    """Something an agency must do by the end of ``last_day`` (a local day).

    ``by_report`` duties end with a complete report; the council's tasks have no report yet and are only
    reminded of beforehand. ``historical`` duties ended before the plan was issued: no reminder, never overdue (A24).
    """

    id: str
    owner: str
    what: str
    last_day: date
    by_report: bool
    historical: bool
    cite: str


def duties(plan: Plan) -> list[Duty]:
    """Every dated duty of a plan: its obligations and its tasks, in the plan's order."""
    issued = plan.source.issued
    owed = [
        Duty(o.id, o.reporter, o.what, o.before - timedelta(days=1), True, o.before <= issued, o.cite)
        for o in plan.obligations
    ]
    for task in plan.tasks:
        last_day = task.day or task.window.last
        owed.append(Duty(task.id, task.lead, task.name, last_day, False, last_day < issued, task.cite))
    return owed
