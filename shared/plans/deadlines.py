"""When things are due and when to remind of them. Days are the province's; instants are aware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from shared.contracts.model import VIETNAM
from shared.contracts.programme import Reminders

_DAY = timedelta(days=1)


def due_instant(last_day: date) -> datetime:
    """The first instant that is late: 00:00 in Vietnam of the day after the last permitted one (A1)."""
    return datetime.combine(last_day + _DAY, time.min, VIETNAM)


def is_timely(received_at: datetime, last_day: date) -> bool:
    """Whether something received at an instant came by the end of the last permitted local day (A1)."""
    return received_at < due_instant(last_day)


def is_working_day(day: date) -> bool:
    """Monday to Friday. Public holidays are not known yet."""
    return day.weekday() < 5


def working_day_on_or_before(day: date) -> date:
    """The day itself, or the last working day before it; a due date itself is never shifted (A1)."""
    while not is_working_day(day):
        day -= _DAY
    return day


def shift_working_days(day: date, by: int) -> date:
    """The working day ``by`` working days after a working day (before it where negative)."""
    step = _DAY if by > 0 else -_DAY
    for _ in range(abs(by)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def working_days_between(day: date, last_day: date) -> int:
    """Working days after ``day`` up to and including ``last_day``; 0 on or after it."""
    days = (day + timedelta(days=n) for n in range(1, (last_day - day).days + 1))
    return sum(is_working_day(each) for each in days)


@dataclass(frozen=True, slots=True, order=True)
class Stage:
    """One reminder of one duty: the instant it is due and its name, ``L-14`` to ``L-0`` and ``L+1`` on."""

    at: datetime
    name: str


@lru_cache(maxsize=1024)
def stages(last_day: date, reminders: Reminders) -> tuple[Stage, ...]:
    """The reminders of a duty whose last permitted day is ``last_day``, earliest first.

    Counted in working days from the last working day on or before ``last_day``; those after it run to the
    plan's end of chasing.
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
