"""The calendar of working days beside what the `holidays` package computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version

from shared.plans.working_days import WorkingDays

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A day on which the calendar and the package disagree; each text says off or worked, and why."""

    day: date
    calendar: str
    package: str


@dataclass(frozen=True, slots=True)
class ProposedDay:
    """A row for the calendar's file, as the package computes it."""

    day: date
    is_worked: bool
    why: str

    def as_yaml(self) -> str:
        """The row as it stands in the file, marked provisional."""
        status = "worked" if self.is_worked else "off"
        source = f"gói holidays {version('holidays')}"
        return f'  - {{day: {self.day}, is: "{status}", why: "{self.why}", source: "{source}", provisional: true}}'


def proposed(year: int) -> Iterator[ProposedDay]:
    """The days of a year that differ from the week, by the package, in order.

    Raises ``ModuleNotFoundError`` if the package is not installed: only the extra ``dev`` has it.
    """
    import holidays

    computed = holidays.country_holidays("VN", years=year, language="vi")
    day, last = date(year, 1, 1), date(year, 12, 31)
    while day <= last:
        is_worked = computed.is_working_day(day)
        if is_worked != (day.weekday() < _SATURDAY):
            yield ProposedDay(day, is_worked, "làm bù ngày nghỉ hoán đổi" if is_worked else str(computed[day]))
        day += timedelta(days=1)


def differences(calendar: WorkingDays) -> list[Difference]:
    """Every day of the calendar's years on which it and the package disagree, in order. Raises as ``proposed``."""
    differing = []
    years = sorted({day.year for day in calendar.rows})
    package = {row.day: row for year in years for row in proposed(year)}
    for day in sorted({*calendar.rows, *package}):
        ours, theirs = calendar.rows.get(day), package.get(day)
        if ours is None or theirs is None:
            differing.append(
                Difference(
                    day,
                    _described(ours.status == "worked", ours.why) if ours else _usual(day),
                    _described(theirs.is_worked, theirs.why) if theirs else _usual(day),
                )
            )
    return differing


def _described(is_worked: bool, why: str) -> str:
    return f"{'làm việc' if is_worked else 'nghỉ'} ({why})"


def _usual(day: date) -> str:
    return "làm việc" if day.weekday() < _SATURDAY else "nghỉ cuối tuần"
