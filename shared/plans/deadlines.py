"""Due instants and reminder stages. Days are local (Vietnam); instants are aware. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from shared.contracts.model import VIETNAM
from shared.contracts.programme import Reminders
from shared.plans.working_days import WorkingDays

_DAY = timedelta(days=1)


def due_instant(last_day: date) -> datetime:
    """The first instant that is late: 00:00 in Vietnam on the day after the last permitted day (A1)."""
    return datetime.combine(last_day + _DAY, time.min, VIETNAM)


def is_timely(received_at: datetime, last_day: date) -> bool:
    """Whether an instant lies before the end of the last permitted local day (A1)."""
    return received_at < due_instant(last_day)


@dataclass(frozen=True, slots=True, order=True)
class Stage:
    """One reminder of one duty: its instant, and its name, ``L-14`` to ``L-0``, ``L+1`` and later."""

    at: datetime
    name: str


@lru_cache(maxsize=1024)
def stages(last_day: date, reminders: Reminders, calendar: WorkingDays) -> tuple[Stage, ...]:
    """The reminders of a duty whose last permitted day is ``last_day``, earliest first.

    They are counted in working days from the last working day on or before ``last_day``, up to the plan's last
    reminder of an overdue duty.
    """
    anchor = calendar.on_or_before(last_day)
    offsets = [-days for days in sorted(reminders.before, reverse=True)]
    if reminders.after is not None:
        offsets += range(reminders.after.first, reminders.after.until + 1, reminders.after.every)
    days = [(offset, calendar.shift(anchor, offset)) for offset in offsets]
    return tuple(
        Stage(datetime.combine(day, reminders.at, VIETNAM), f"L+{offset}" if offset > 0 else f"L-{-offset}")
        for offset, day in days
    )
