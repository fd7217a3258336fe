"""The duties of a plan: what must be reported or done, by which agency, for which period, by when. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import account_of, reporters


@dataclass(frozen=True, slots=True)
class Duty:
    """Something an agency must do by the end of ``last_day`` (a local day).

    ``account`` is the role or agency that the duty belongs to, ``owner`` the unit that is reminded of it today: a
    merger changes the owner, not the account. ``by_report`` duties end with a complete report; the council's tasks
    have no report yet, so their reminders stop at the last day. ``historical`` duties ended before the plan was
    issued: they have no reminders and are never overdue (A24). ``extended_from`` is the plan's own last day if an
    extension was granted, at the instant ``extended_at``.
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
        """This duty with an extension granted at an instant, to a local day; unchanged if that day is not later."""
        if until <= self.last_day:
            return self
        return replace(self, last_day=until, extended_from=self.last_day, extended_at=at, historical=False)


class DuePeriod(NamedTuple):
    """A period an obligation is reported for, and its last permitted local day; None if the source gives no date."""

    period: str
    last_day: date | None


def due_periods(plan: Plan, obligation: Obligation) -> list[DuePeriod]:
    """The periods an obligation is reported for, in order.

    An obligation without a date has one: the first year of the plan's movement. The plan must have a movement.
    """
    assert plan.movement is not None
    dated = [DuePeriod(due.period, due.last_day) for due in obligation.dues(plan.choices.due_day)]
    return dated or [DuePeriod(str(plan.movement.period.first.year), None)]


def duty_id(obligation: Obligation, period: str) -> str:
    """The id of the duty to report an obligation for a period; it names the period if there are several."""
    return f"{obligation.id}-{period}" if obligation.yearly else obligation.id


def duties(plan: Plan, register: UnitRegister, on: date) -> list[Duty]:
    """Every dated duty of a plan on a local day: its obligations, then its tasks, in the plan's order.

    Obligations that are not reported through intake (such as a conference) have no reminders, because the system
    cannot see that they are fulfilled.
    """
    issued = plan.source.issued
    keeps_history = plan.choices.past_windows == "historical"
    due = [
        Duty(
            id=duty_id(o, period),
            account=account_of(o, agency),
            owner=agency,
            what=o.what,
            last_day=last_day,
            by_report=True,
            historical=keeps_history and last_day < issued,
            cite=o.cite,
        )
        for o in plan.obligations
        if o.kind and not o.optional
        for period, last_day in due_periods(plan, o)
        if last_day is not None
        for agency in reporters(plan, o, register, on)
    ]
    for task in plan.tasks:
        last_day = task.day or task.window.last
        historical = keeps_history and last_day < issued
        due.append(Duty(task.id, task.lead, task.lead, task.name, last_day, False, historical, task.cite))
    return due
