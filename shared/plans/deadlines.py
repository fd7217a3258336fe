"""Due instants, working days and reminder stages. Days are local (Vietnam); instants are aware. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from shared.contracts.model import VIETNAM
from shared.contracts.programme import Reminders

_DAY = timedelta(days=1)


def due_instant(last_day: date) -> datetime:
    """The first instant that is late: 00:00 in Vietnam on the day after the last permitted day (A1)."""
    return datetime.combine(last_day + _DAY, time.min, VIETNAM)


def is_timely(received_at: datetime, last_day: date) -> bool:
    """Whether an instant lies before the end of the last permitted local day (A1)."""
    return received_at < due_instant(last_day)


def is_working_day(day: date) -> bool:
    """Whether a day is Monday to Friday. Public holidays are not supported yet."""
    return day.weekday() < 5


def working_day_on_or_before(day: date) -> date:
    """The day itself, or the last working day before it. Only reminders use it: a due date never shifts (A1)."""
    while not is_working_day(day):
        day -= _DAY
    return day


def shift_working_days(day: date, by: int) -> date:
    """The working day that is ``by`` working days after ``day``, or before it if ``by`` is negative."""
    step = _DAY if by > 0 else -_DAY
    for _ in range(abs(by)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def working_days_between(day: date, last_day: date) -> int:
    """The number of working days after ``day``, up to and including ``last_day``; 0 if ``day`` is not before it."""
    following = (day + timedelta(days=n) for n in range(1, (last_day - day).days + 1))
    return sum(map(is_working_day, following))


@dataclass(frozen=True, slots=True, order=True)
class Stage:
    """One reminder of one duty: its instant, and its name, ``L-14`` to ``L-0``, ``L+1`` and later."""

    at: datetime
    name: str


@lru_cache(maxsize=1024)
def stages(last_day: date, reminders: Reminders) -> tuple[Stage, ...]:
    """The reminders of a duty whose last permitted day is ``last_day``, earliest first.

    They are counted in working days from the last working day on or before ``last_day``, up to the plan's last
    reminder of an overdue duty.
    """
    anchor = working_day_on_or_before(last_day)
    offsets = [-days for days in sorted(reminders.before, reverse=True)]
    if reminders.after is not None:
        offsets += range(reminders.after.first, reminders.after.until + 1, reminders.after.every)
    days = [(offset, shift_working_days(anchor, offset)) for offset in offsets]
    return tuple(
        Stage(datetime.combine(day, reminders.at, VIETNAM), f"L+{offset}" if offset > 0 else f"L-{-offset}")
        for offset, day in days
    )
