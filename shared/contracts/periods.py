"""Reporting periods: years, half-years, quarters, months and school years, as canonical strings.

``2023``, ``2023-H1``, ``2023-Q4``, ``2023-11``, ``2022-2023``. Days are local.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, StringConstraints

from shared.contracts.model import FIRST_YEAR, LAST_YEAR

Period = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-(H[12]|Q[1-4]|[0-9]{2}|[0-9]{4}))?$")]
"""The period a report covers: a year ("2023"), a half-year ("2023-H1"), a quarter ("2023-Q4"), a month ("2023-11") or a
school year ("2022-2023").
"""

PeriodKind = Literal["year", "half_year", "quarter", "month", "school_year"]

PERIODS_A_YEAR: Final[dict[PeriodKind, int]] = {
    "year": 1,
    "half_year": 2,
    "quarter": 4,
    "month": 12,
    "school_year": 1,
}

_FORM: Final = re.compile(r"(?P<year>[0-9]{4})(-(H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")
_SCHOOL_YEAR: Final = re.compile(r"([0-9]{4})-([0-9]{4})")
_SCHOOL_FIRST: Final = (9, 1)
_SCHOOL_LAST: Final = (5, 31)


class ReportPeriod(NamedTuple):
    """A period: its kind, its year (a school year's first), and its number in that year, from 1."""

    kind: PeriodKind
    year: int
    number: int = 1

    def __str__(self) -> str:
        """The canonical string, as reports and events carry it."""
        match self.kind:
            case "year":
                return f"{self.year:04}"
            case "school_year":
                return f"{self.year:04}-{self.year + 1:04}"
            case "month":
                return f"{self.year:04}-{self.number:02}"
            case _:
                return f"{self.year:04}-{'H' if self.kind == 'half_year' else 'Q'}{self.number}"

    @property
    def first_day(self) -> date:
        """The first local day. A school year begins on 01/9 (the sources state no day)."""
        if self.kind == "school_year":
            return date(self.year, *_SCHOOL_FIRST)
        months = 12 // PERIODS_A_YEAR[self.kind]
        return date(self.year, months * (self.number - 1) + 1, 1)

    @property
    def last_day(self) -> date:
        """The last local day. A school year ends on 31/5 (the sources state no day)."""
        if self.kind == "school_year":
            return date(self.year + 1, *_SCHOOL_LAST)
        month = 12 // PERIODS_A_YEAR[self.kind] * self.number
        return date(self.year, month, monthrange(self.year, month)[1])

    @property
    def next(self) -> ReportPeriod:
        """The period of the same kind that follows."""
        if self.number < PERIODS_A_YEAR[self.kind]:
            return self._replace(number=self.number + 1)
        return self._replace(year=self.year + 1, number=1)


@lru_cache(maxsize=1024)
def parse_period(written: str) -> ReportPeriod:
    """The period of a canonical string. Raises ``ValueError`` with a sentence for any other text."""
    if (school_year := _SCHOOL_YEAR.fullmatch(written)) and int(school_year[2]) == int(school_year[1]) + 1:
        return ReportPeriod("school_year", int(school_year[1]))
    match = _FORM.fullmatch(written)
    if match is None or match["year"] == "0000":
        raise ValueError(f"{written!r} is no period (2023, 2023-H1, 2023-Q4, 2023-11, 2022-2023)")
    year = int(match["year"])
    if match["half"]:
        return ReportPeriod("half_year", year, int(match["half"]))
    if match["quarter"]:
        return ReportPeriod("quarter", year, int(match["quarter"]))
    return ReportPeriod("month", year, int(match["month"])) if match["month"] else ReportPeriod("year", year)


def _exists(written: str) -> str:
    if not FIRST_YEAR <= parse_period(written).year <= LAST_YEAR:
        raise ValueError(f"{written!r} is no period of the years {FIRST_YEAR} to {LAST_YEAR}")
    return written


PlanPeriod = Annotated[Period, AfterValidator(_exists)]
"""A period that a plan names: besides the form, it must exist ("2023-13" does not)."""


def periods_between(first: ReportPeriod, last: ReportPeriod) -> Iterator[ReportPeriod]:
    """The periods of one kind from the first to the last, both included. Raises ``ValueError`` for two kinds."""
    if first.kind != last.kind:
        raise ValueError(f"{first} and {last} are periods of two kinds")
    while first <= last:
        yield first
        first = first.next


def period_of_days(first: date, last: date) -> ReportPeriod | None:
    """The period that some days make up: a month, quarter, half-year or year exactly, or within a school year.

    None for any other days. A school year is recognised by the turn of the year within it, because its days vary.
    """
    for kind, number_of in PERIODS_A_YEAR.items():
        if kind != "school_year":
            period = ReportPeriod(kind, first.year, (first.month - 1) * number_of // 12 + 1)
            if (period.first_day, period.last_day) == (first, last):
                return period
    if last.year == first.year + 1 and first.month >= 8 and last.month <= 8:
        return ReportPeriod("school_year", first.year)
    return None
