"""Working days in Viet Nam, from ``calendar/viet-nam.yaml``. Days are local.

A day that the file does not name is worked from Monday to Friday. The file says why each other day is off or worked and
which document says so (Bộ luật Lao động 2019, Điều 112; the swaps the Prime Minister agrees to each year).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import Field, model_validator

from shared.contracts.model import Day, StrictModel, Text

_DAY = timedelta(days=1)
_SATURDAY = 5

FILE: Final = Path(str(files("shared.plans"))) / "calendar" / "viet-nam.yaml"
"""The calendar that ships with this release."""

WARNING_DAYS: Final = 60
"""The next year's days have to be entered when the last decreed day is less than this number of days away."""


class CalendarDay(StrictModel):
    """A day that differs from the week: off from Monday to Friday, or worked at a weekend.

    ``provisional``: no document decides it yet.
    """

    day: Day
    status: Annotated[Literal["off", "worked"], Field(alias="is")]
    why: Text
    source: Text
    provisional: bool = False

    @model_validator(mode="after")
    def _differs_from_the_week(self) -> Self:
        if (self.day.weekday() >= _SATURDAY) != (self.status == "worked"):
            raise ValueError(f"{self.day} is {self.status} anyway")
        return self


class CalendarFile(StrictModel):
    """A calendar as it is stored. Days after ``decreed_until`` are provisional, whatever their row says."""

    decreed_until: Day
    days: tuple[CalendarDay, ...]

    @model_validator(mode="after")
    def _names_each_day_once_and_in_order(self) -> Self:
        days = [row.day for row in self.days]
        if days != sorted(set(days)):
            raise ValueError("the days are not in order, or one is named twice")
        return self


@dataclass(frozen=True, eq=False, slots=True)
class WorkingDays:
    """Which days are worked. Equal only to itself, so that results computed from it can be cached."""

    rows: dict[date, CalendarDay]
    decreed_until: date

    @classmethod
    def of(cls, stored: CalendarFile) -> WorkingDays:
        """The calendar in a file."""
        return cls({row.day: row for row in stored.days}, stored.decreed_until)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on a day."""
        row = self.rows.get(day)
        return row.status == "worked" if row is not None else day.weekday() < _SATURDAY

    def is_provisional(self, day: date) -> bool:
        """Whether no document decides yet if a day is worked."""
        row = self.rows.get(day)
        return day > self.decreed_until or (row is not None and row.provisional)

    def days_left(self, today: date) -> int:
        """The number of days from ``today`` to the last decreed day; negative after it."""
        return (self.decreed_until - today).days

    def on_or_before(self, day: date) -> date:
        """The day itself, or the last working day before it. A due date itself never shifts (A1)."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def shift(self, day: date, by: int) -> date:
        """The working day that is ``by`` working days after ``day``, or before it if ``by`` is negative."""
        step = _DAY if by > 0 else -_DAY
        for _ in range(abs(by)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def between(self, day: date, last_day: date) -> int:
        """The number of working days after ``day``, up to and including ``last_day``; 0 if ``day`` is not before it."""
        following = (day + timedelta(days=n) for n in range(1, (last_day - day).days + 1))
        return sum(map(self.is_working_day, following))


def read_calendar(path: Path) -> WorkingDays:
    """The calendar in a file. Raises ``pydantic.ValidationError`` and ``yaml.YAMLError``."""
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return WorkingDays.of(CalendarFile.model_validate(rows))


@cache
def viet_nam() -> WorkingDays:
    """The calendar that ships with this release, read once."""
    return read_calendar(FILE)
