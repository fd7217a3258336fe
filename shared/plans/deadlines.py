"""Due instants and reminder stages. Days are local (Vietnam); instants are aware. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from shared.contracts.model import VIETNAM
from shared.contracts.programme import Reminders
from shared.plans.working_days import WorkingDays

_DAY = timedelta(days=1)
_WEEK = 5
"""A week, in working days."""


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
    offsets = [-days for days in sorted(reminders.before, reverse=True)]
    if (after := reminders.after) is not None:
        offsets += range(after.first, after.until + 1, after.every)
        offsets += range(after.until + _WEEK, (after.weekly_until or 0) + 1, _WEEK)
    return tuple(stage(last_day, offset, reminders.at, calendar) for offset in offsets)


def stage(last_day: date, offset: int, at: time, calendar: WorkingDays) -> Stage:
    """The reminder that is due ``offset`` working days after the last permitted day, or before it if negative."""
    day = calendar.shift(calendar.on_or_before(last_day), offset)
    return Stage(datetime.combine(day, at, VIETNAM), f"L+{offset}" if offset > 0 else f"L-{-offset}")
