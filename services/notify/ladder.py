"""The ladder of a duty: who is reminded of it on which days, up to the people an overdue duty is reported to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from shared.contracts.model import Tier
from shared.contracts.notify import Role
from shared.contracts.plan import Plan
from shared.contracts.programme import Reminders
from shared.contracts.units import UnitRegister
from shared.plans.deadlines import Stage, stage, stages
from shared.plans.duties import Duty
from shared.plans.working_days import WorkingDays

OVERDUE: Final = "L+"
"""How the name of a stage after the last permitted day begins."""


_TET_DAYS: Final = 14
"""More calendar days than any holiday has."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One reminder of a duty: its stage, and the unit and role that get it."""

    stage: Stage
    unit: str
    role: Role

    @property
    def key(self) -> str:
        """The key of its outcome. It has the day, so that an extended deadline is reminded of again.

        The agency's own reminders have no recipient in their key, because a merger may change who gets the next one.
        """
        day = self.stage.at.date().isoformat()
        return (
            f"{self.stage.name} {day}" if self.role == "agency" else f"{self.stage.name} {self.role} {self.unit} {day}"
        )


@dataclass(frozen=True, slots=True)
class Offices:
    """The units an overdue duty is reported to: the standing office, and the department it belongs to, if any."""

    office: str
    department: str | None


def offices(plan: Plan, register: UnitRegister, fallback: str) -> Offices:
    """The offices of a plan; ``fallback`` is the standing office of a plan that names none."""
    office = office_of(plan, fallback)
    unit = register.by_code.get(office)
    parent = register.by_code.get(unit.parent or "") if unit else None
    return Offices(office, parent.code if parent is not None and parent.tier is Tier.SO else None)


def office_of(plan: Plan, fallback: str) -> str:
    """The code of the standing office that sends a plan's notices; ``fallback`` if the plan names none."""
    return plan.office.unit if plan.office else fallback


def ladder(duty: Duty, plan: Plan, above: Offices, calendar: WorkingDays) -> tuple[Rung, ...]:
    """Every reminder of a duty, lanes (recipients) one after the other, each lane earliest first.

    A historical duty has none (A24). A duty that no report can end has none after its last day. Reminders that were
    due before an extension was granted are left out: the agency just got the notice of the grant.
    """
    if duty.historical or plan.reminders is None:
        return ()
    rungs = _rungs(duty.last_day, duty.by_report, duty.owner, plan.reminders, above, calendar)
    granted = duty.extended_at
    return rungs if granted is None else tuple(rung for rung in rungs if rung.stage.at > granted)


@lru_cache(maxsize=4096)
def _rungs(
    last_day: date, by_report: bool, owner: str, reminders: Reminders, above: Offices, calendar: WorkingDays
) -> tuple[Rung, ...]:
    own = stages(last_day, reminders, calendar)
    rungs = [Rung(one, owner, "agency") for one in own if by_report or not one.name.startswith(OVERDUE)]
    if (escalation := reminders.escalation) is None or not by_report:
        return tuple(rungs)

    def later_than(days: int) -> Stage:
        return stage(last_day, days + 1, reminders.at, calendar)

    if owner != above.office:
        rungs.append(Rung(later_than(escalation.head_after), owner, "head"))
    rungs.append(Rung(later_than(escalation.leaders_after), above.office, "leader"))
    if above.department not in (None, owner):
        rungs.append(Rung(later_than(escalation.leaders_after), above.department or "", "head"))
    return tuple(rungs)


def may_be_on_ladder(duty: Duty, reminders: Reminders, today: date) -> bool:
    """Whether a local day may lie on a duty's ladder or in the week after it, by a rough count of calendar days."""
    first, last = _reach(reminders)
    return -first <= (today - duty.last_day).days <= last


@lru_cache(maxsize=64)
def _reach(reminders: Reminders) -> tuple[int, int]:
    """At most how many calendar days before and after the last permitted day there may be a reminder.

    Of three calendar days one at least is worked, but for the holidays of Tết.
    """
    after, escalation = reminders.after, reminders.escalation
    latest = max(after.until, after.weekly_until or 0) if after else 0
    latest = max(latest, escalation.leaders_after + 1 if escalation else 0)
    return 3 * max(reminders.before, default=0) + _TET_DAYS, 3 * latest + _TET_DAYS


def reaches_chair(duty: Duty, reminders: Reminders, calendar: WorkingDays, today: date) -> bool:
    """Whether a duty without a complete report is late enough, on a local day, for the chair's digest."""
    if reminders.escalation is None or not duty.by_report or duty.historical:
        return False
    return stage(duty.last_day, reminders.escalation.chair_after + 1, reminders.at, calendar).at.date() <= today


def is_office_hours(now: datetime, reminders: Reminders, calendar: WorkingDays) -> bool:
    """Whether reminders may be sent at a local instant: on a working day, from the plan's time of day on."""
    return calendar.is_working_day(now.date()) and now.time() >= reminders.at


def opens_week(today: date, calendar: WorkingDays) -> bool:
    """Whether a local day is the first working day of its week (Monday to Sunday)."""
    if not calendar.is_working_day(today):
        return False
    monday = today.toordinal() - today.weekday()
    return not any(calendar.is_working_day(date.fromordinal(day)) for day in range(monday, today.toordinal()))
