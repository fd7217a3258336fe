"""Obligations of a plan: who reports what about which units, by when; with the roles and dates they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from shared.contracts.model import (
    LEFT_OUT_IF_EMPTY,
    Basis,
    Cite,
    Code,
    Id,
    Kind,
    PlanDay,
    StrictModel,
    Text,
    Tier,
)
from shared.contracts.periods import PlanPeriod, ReportPeriod, parse_period, periods_between

_DAY = timedelta(days=1)


class Window(StrictModel):
    """A span of local calendar days, inclusive at both ends."""

    first: PlanDay
    last: PlanDay

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"the window ends ({self.last}) before it begins ({self.first})")
        return self

    def overlaps(self, other: Window) -> bool:
        """Whether the two windows share a day."""
        return self.first <= other.last and other.first <= self.last


class Tenure(StrictModel):
    """A unit's tenure of a role, from ``first`` to ``last`` (local days, inclusive; None is open)."""

    unit: Code
    first: PlanDay | None = None
    last: PlanDay | None = None

    def covers(self, day: date) -> bool:
        """Whether the unit holds the role on a local day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def overlaps(self, other: Tenure) -> bool:
        """Whether the two tenures share a day."""
        ends_first = self.last is not None and other.first is not None and self.last < other.first
        begins_after = other.last is not None and self.first is not None and other.last < self.first
        return not (ends_first or begins_after)


class Role(StrictModel):
    """A reporting role of a plan. A merger moves the role to a successor, and the obligations with it (L10)."""

    id: Code
    name: Text
    held: Annotated[tuple[Tenure, ...], Field(min_length=1)]
    cite: Cite

    def holder(self, on: date) -> str | None:
        """The code of the unit that holds the role on a local day; None if no unit does."""
        return next((tenure.unit for tenure in self.held if tenure.covers(on)), None)


class Yearly(StrictModel):
    """Due before the same day of every year, such as "trước ngày 10/12" from 2023 to 2030."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    first: Annotated[int, Field(ge=2000, le=2100)]
    last: Annotated[int, Field(ge=2000, le=2100)]

    @model_validator(mode="after")
    def _is_a_day_of_years_in_order(self) -> Self:
        date(2023, self.month, self.day)
        if self.last < self.first:
            raise ValueError(f"the years end ({self.last}) before they begin ({self.first})")
        return self


class Periodic(StrictModel):
    """Due for every half-year, quarter, month or school year from ``first`` to ``last``, both named by their period.

    The report of a period is due before day ``day`` of the month ``months_after`` months after the period's last month:
    with 0 the last month itself ("trước ngày 15 của tháng cuối quý"), with 1 the month after.
    """

    every: Literal["half_year", "quarter", "month", "school_year"]
    day: Annotated[int, Field(ge=1, le=31)]
    months_after: Annotated[int, Field(ge=0, le=6)] = 1
    first: PlanPeriod
    last: PlanPeriod

    def dues(self) -> Iterator[tuple[ReportPeriod, date]]:
        """Every period with the local day before which its report is due."""
        for period in periods_between(parse_period(self.first), parse_period(self.last)):
            month = period.last_day.month - 1 + self.months_after
            yield period, date(period.last_day.year + month // 12, month % 12 + 1, self.day)

    @model_validator(mode="after")
    def _has_periods_in_order(self) -> Self:
        first, last = parse_period(self.first), parse_period(self.last)
        for period in (first, last):
            if period.kind != self.every:
                raise ValueError(f"{period} is no period of every {self.every}")
        if last < first:
            raise ValueError(f"the periods end ({last}) before they begin ({first})")
        assert all(self.dues())
        return self


class Due(NamedTuple):
    """One due date of an obligation: the report's period ("2023", "2023-H1") and the last permitted local day."""

    period: str
    last_day: date


def filed_under(kind: Kind, field: str | None, obligation: str) -> str:
    """The subject figures belong to: the field of a score; the obligation for attendance, which three offices
    report in parallel (OB01, OB03, OB04); the kind otherwise.
    """
    return field or (obligation if kind is Kind.ATTENDANCE else kind.value)


class Obligation(StrictModel):
    """An obligation to report: by whom, about which units, up to which day, due when, sent to whom.

    ``reporter`` is a role of the plan; ``each`` are tiers of which every unit reports for itself. With neither, the
    source names no unit of the register, and ``others`` describes whom it means. ``tiers`` are the subjects the
    source lists; if ``tiers_listed`` is false, the list is not closed and other tiers are accepted too (A43).
    ``locks_after`` is the number of days after the last permitted day for which late reports are still accepted;
    None accepts them for ever, since no source closes anything. ``under_reporter`` restricts the subjects to units
    whose parent is the reporter. ``expected`` are the tiers of which a complete report covers every unit.

    An obligation is due before a day (``before``, exclusive: A1), within a window, before a day of each year, or for
    each half-year, quarter, month or school year (``periodic``). With none of the four, the source gives no date and
    there are no reminders. ``period`` names the period of an obligation that is due once, where it is not the year of
    the due date ("6 tháng đầu năm 2023" is ``2023-H1``). A ``kind`` of None means that no report
    comes through intake (for example a conference). ``optional`` obligations, ``not_in_seed``, prove a criterion if
    they are fulfilled, and bind no agency (A12).

    ``purpose`` says what the report is for, in the source's words. ``inferred`` names the fields that the source does
    not state although it states the obligation: whom a complete report covers (A46), or who receives it.
    """

    id: Id
    reporter: Code | None = None
    each: tuple[Tier, ...] = ()
    others: Text | None = None
    what: Text
    kind: Kind | None
    field: Code | None = None
    tiers: tuple[Tier, ...] = ()
    tiers_listed: bool = True
    under_reporter: bool = False
    expected: tuple[Tier, ...] = ()
    as_of: PlanDay | None = None
    as_of_inferred: bool = False
    before: PlanDay | None = None
    window: Window | None = None
    yearly: Yearly | None = None
    periodic: Annotated[Periodic | None, LEFT_OUT_IF_EMPTY] = None
    period: Annotated[PlanPeriod | None, LEFT_OUT_IF_EMPTY] = None
    locks_after: Annotated[int, Field(ge=0, le=366)] | None = None
    recipients: tuple[Text, ...] = ()
    optional: bool = False
    not_in_seed: bool = False
    basis: Basis = "printed"
    note: Text | None = None
    purpose: Annotated[Text | None, LEFT_OUT_IF_EMPTY] = None
    inferred: Annotated[tuple[Literal["expected", "recipients"], ...], LEFT_OUT_IF_EMPTY] = ()
    cite: Cite

    @property
    def subject(self) -> str:
        """The subject its figures belong to; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.id) if self.kind else self.id

    @property
    def recurs(self) -> bool:
        """Whether it is due for several periods, each a duty of its own."""
        return self.yearly is not None or self.periodic is not None

    @property
    def infers_as_of(self) -> bool:
        """Whether the as-of day of its figures is the movement's because the source states none (A3)."""
        return self.as_of is None and self.as_of_inferred

    def duty(self, period: str) -> str:
        """The id of the duty to report for a period; it names the period if there are several."""
        return f"{self.id}-{period}" if self.recurs else self.id

    def dues(self, due_day: str = "exclusive") -> Iterator[Due]:
        """Every due date, in order; none if the source gives no date. ``due_day`` is decision A1."""
        offset = _DAY if due_day == "exclusive" else timedelta(0)
        if self.before is not None:
            yield Due(self.period or str(self.before.year), self.before - offset)
        elif self.window is not None:
            yield Due(self.period or str(self.window.last.year), self.window.last)
        elif self.yearly is not None:
            for year in range(self.yearly.first, self.yearly.last + 1):
                yield Due(str(year), date(year, self.yearly.month, self.yearly.day) - offset)
        elif self.periodic is not None:
            for period, before in self.periodic.dues():
                yield Due(str(period), before - offset)

    def last_day(self, period: str, due_day: str = "exclusive") -> date | None:
        """The last permitted local day of a period's report; None if the period has no due date."""
        return next((due.last_day for due in self.dues(due_day) if due.period == period), None)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.kind is Kind.SCORE) != (self.field is not None):
            raise ValueError(f"{self.id}: a field is named exactly when the kind is score")
        if unlisted := set(self.expected) - set(self.tiers):
            raise ValueError(f"{self.id}: expects tiers that are not its subjects: {sorted(unlisted)}")
        if sum(due is not None for due in (self.before, self.window, self.yearly, self.periodic)) > 1:
            raise ValueError(f"{self.id}: due before a day, within a window, yearly or periodic, not several of them")
        if self.period is not None and self.recurs:
            raise ValueError(f"{self.id}: has one period, and recurs")
        if self.periodic is not None and (self.as_of is not None or self.as_of_inferred):
            raise ValueError(f"{self.id}: counted to one day, and due for several periods")
        if self.reporter is not None and self.each:
            raise ValueError(f"{self.id}: a role reports, or each unit of a tier, not both")
        if self.as_of and self.before and self.as_of >= self.before:
            raise ValueError(f"{self.id}: counted to {self.as_of}, which is not before it is due ({self.before})")
        return self
