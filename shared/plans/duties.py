"""Who owes what by when, read off a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import account_of, reporters


@dataclass(frozen=True, slots=True)
class Duty:
    """Something an agency must do by the end of ``last_day`` (a local day).

    ``account`` is the role or agency that owes it, ``owner`` the unit that is reminded of it today: a merger moves
    the owner, not the account. ``by_report`` duties end with a complete report; the council's tasks have no report
    yet and are only reminded of beforehand. ``historical`` duties ended before the plan was issued: no reminder,
    never overdue (A24). ``extended_from`` is the plan's last day where more time was granted, at ``extended_at``.
    """

    id: str
    account: str
    owner: str
    what: str
    last_day: date
    by_report: bool
    historical: bool
    cite: str
    extended_from: date | None = None
    extended_at: datetime | None = None

    def extended(self, until: date, at: datetime) -> Duty:
        """With more time granted at an instant, until a local day; reminded of toward that day from then on."""
        if until <= self.last_day:
            return self
        return replace(self, last_day=until, extended_from=self.last_day, extended_at=at, historical=False)


def duty_id(obligation: Obligation, period: str) -> str:
    """The duty to report an obligation for a period; the period is named where there are several."""
    return f"{obligation.id}-{period}" if obligation.yearly else obligation.id


def duties(plan: Plan, register: UnitRegister, on: date) -> list[Duty]:
    """Every dated duty of a plan as it stands on a local day: its obligations and its tasks, in the plan's order.

    What comes through no door (a conference, a plan of one's own) cannot be seen to be done, so nobody is reminded.
    """
    issued, choices = plan.source.issued, plan.choices
    keeps_history = choices.past_windows == "historical"
    owed = [
        Duty(
            id=duty_id(o, due.period),
            account=account_of(o, agency),
            owner=agency,
            what=o.what,
            last_day=due.last_day,
            by_report=True,
            historical=keeps_history and due.last_day < issued,
            cite=o.cite,
        )
        for o in plan.obligations
        if o.kind and not o.optional
        for due in o.dues(choices.due_day)
        for agency in reporters(plan, o, register, on)
    ]
    for task in plan.tasks:
        last_day = task.day or task.window.last
        historical = keeps_history and last_day < issued
        owed.append(Duty(task.id, task.lead, task.lead, task.name, last_day, False, historical, task.cite))
    return owed
