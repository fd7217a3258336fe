"""The expected list of a plan: who owes what for which period, whoever is asked when (0033). Pure.

Who owes a duty is read from the register and the roles on one day, the first day of the reminders, and not every day.
A unit dissolved later stays on the list, and its successor is reminded; a unit made later is not added.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.programme import Task
from shared.contracts.units import UnitRegister
from shared.plans.authority import account_of, due_periods, owner_of, reporters
from shared.plans.working_days import WorkingDays, viet_nam
from shared.wording.formats import ky

State = Literal["open", "historical", "no date"]
"""Whether a duty is chased, ended before the plan was issued (A24), or has no date in the source."""


class Expected(NamedTuple):
    """A row of the list: one duty of one account for one period. Days are local.

    ``account`` is the role or agency that the duty belongs to, ``expected_from`` the unit that owed it on the day the
    list was fixed, ``reminded`` the unit that is reminded of it today; None if no unit of the register is. A row
    without an account is owed by those whom ``others`` describes, none of whom is in the register. ``obligation`` and
    ``period`` are None for a task.
    ``by_report`` duties end with a report; of the others the system cannot see that they are fulfilled.
    """

    duty: str
    account: str | None
    expected_from: str | None
    reminded: str | None
    others: str | None
    obligation: str | None
    period: str | None
    what: str
    by_report: bool
    last_day: date | None
    state: State
    cite: str


def expected_list(
    plan: Plan, register: UnitRegister, on: date, period: str | None = None, calendar: WorkingDays | None = None
) -> list[Expected]:
    """Every row of a plan in the plan's order, its obligations first, then its tasks; of one period if it is given.

    ``on`` is the day on which somebody is reminded; it changes ``reminded`` alone. Optional obligations bind nobody and
    are no rows (A12). ``calendar`` is that of the reminders; by default the one of this release.
    """
    obligations = (o for o in plan.obligations if not o.optional)
    rows = [row for o in obligations for row in _of_obligation(plan, o, register, on, period, calendar or viet_nam())]
    return rows if period is not None else [*rows, *(_of_task(plan, task, register, on) for task in plan.tasks)]


def fixing_day(plan: Plan, last_day: date | None, calendar: WorkingDays) -> date:
    """The local day on which it is read who owes a duty: the first day of its reminders.

    Without reminders it is the last permitted day. Nobody is reminded before the plan is issued, so it is the day of
    issue if that is later and the duty was still open then. Without a date it is the movement's as-of day or last day.
    """
    if last_day is None:
        assert plan.movement is not None
        return plan.movement.as_of or plan.movement.period.last
    ahead = max(plan.reminders.before, default=None) if plan.reminders is not None else None
    first = last_day if ahead is None else calendar.shift(calendar.on_or_before(last_day), -ahead)
    return min(max(first, plan.source.issued), last_day)


def current_unit(register: UnitRegister, code: str, on: date) -> str | None:
    """The unit that a unit's duties have passed to by a local day: itself until it is dissolved, then its successor.

    Of several successors it is the first in the register that still exists. None if none does.
    """
    codes = [code]
    for candidate in codes:  # grows while it is read
        unit = register.by_code.get(candidate)
        if unit is None or unit.valid_to is None or on < unit.valid_to:
            return candidate
        codes += (successor for successor in register.successors(candidate) if successor not in codes)
    return None


def _of_obligation(
    plan: Plan, obligation: Obligation, register: UnitRegister, on: date, wanted: str | None, calendar: WorkingDays
) -> Iterator[Expected]:
    for period, last_day in due_periods(plan, obligation):
        if wanted not in (None, period):
            continue
        duty, state = obligation.duty(period), _state(plan, last_day)
        what = f"{obligation.what}, {ky(period)}" if obligation.periodic else obligation.what
        for account, expected_from, reminded in _accounts(plan, obligation, register, on, last_day, calendar):
            yield Expected(
                duty=duty,
                account=account,
                expected_from=expected_from,
                reminded=reminded,
                others=obligation.others if account is None else None,
                obligation=obligation.id,
                period=period,
                what=what,
                by_report=obligation.kind is not None,
                last_day=last_day,
                state=state,
                cite=obligation.cite,
            )


def _accounts(
    plan: Plan, obligation: Obligation, register: UnitRegister, on: date, last_day: date | None, calendar: WorkingDays
) -> Iterator[tuple[str | None, str | None, str | None]]:
    """The accounts that owe a duty, each with the unit that owed it then and the unit that is reminded today."""
    agencies = reporters(plan, obligation, register, fixing_day(plan, last_day, calendar))
    if obligation.reporter is not None:
        now = owner_of(plan, obligation, obligation.reporter, on)
        yield obligation.reporter, next(iter(agencies), now), now
    for agency in agencies if obligation.each else ():
        yield account_of(obligation, agency), agency, current_unit(register, agency, on)
    if obligation.others is not None or (obligation.reporter is None and not obligation.each):
        yield None, None, None


def _of_task(plan: Plan, task: Task, register: UnitRegister, on: date) -> Expected:
    """A task of the council's list, owed by its lead alone; if the lead is printed as partner too, once (A26)."""
    last_day = task.day or task.window.last
    return Expected(
        duty=task.id,
        account=task.lead,
        expected_from=task.lead,
        reminded=current_unit(register, task.lead, on),
        others=None,
        obligation=None,
        period=None,
        what=task.name,
        by_report=False,
        last_day=last_day,
        state=_state(plan, last_day),
        cite=task.cite,
    )


def _state(plan: Plan, last_day: date | None) -> State:
    if last_day is None:
        return "no date"
    is_past = plan.choices.past_windows == "historical" and last_day < plan.source.issued
    return "historical" if is_past else "open"
