"""Who reports what about whom, by when: roles, dates and obligations of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from shared.contracts.model import Basis, Cite, Code, Id, Kind, StrictModel, Text, Tier

_DAY = timedelta(days=1)


class Window(StrictModel):
    """A span of local calendar days, both ends included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"the window ends ({self.last}) before it begins ({self.first})")
        return self

    def overlaps(self, other: Window) -> bool:
        """Whether some day lies in both."""
        return self.first <= other.last and other.first <= self.last


class Tenure(StrictModel):
    """A unit that holds a role, from ``first`` to ``last`` (local days, both included; None is open)."""

    unit: Code
    first: date | None = None
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the unit holds the role on a day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def overlaps(self, other: Tenure) -> bool:
        """Whether two tenures share a day."""
        ends_first = self.last is not None and other.first is not None and self.last < other.first
        begins_after = other.last is not None and self.first is not None and other.last < self.first
        return not (ends_first or begins_after)


class Role(StrictModel):
    """What reports under a plan, whoever holds it: a merger moves the role, and with it the obligations (L10)."""

    id: Code
    name: Text
    held: Annotated[tuple[Tenure, ...], Field(min_length=1)]
    cite: Cite

    def holder(self, on: date) -> str | None:
        """Who holds the role on a local day; None where nobody does."""
        return next((tenure.unit for tenure in self.held if tenure.covers(on)), None)


class Yearly(StrictModel):
    """Due before the same day of every year: "trước ngày 10/12", 2023 to 2030."""

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


class Due(NamedTuple):
    """One time an obligation is due: the report's period ("2023") and the last permitted local day."""

    period: str
    last_day: date


def filed_under(kind: Kind, field: str | None, obligation: str) -> str:
    """What figures are filed under: the field of a score; the obligation for attendance, which three offices
    report beside each other (OB01, OB03, OB04); else the kind.
    """
    return field or (obligation if kind is Kind.ATTENDANCE else kind.value)


class Obligation(StrictModel):
    """Who reports what about whom, counted to when, due when, sent to whom.

    ``reporter`` is a role of the plan; ``each`` are tiers every unit of which reports for itself; with neither,
    the source names nobody the register holds, and ``others`` says whom it means. ``tiers`` are the subjects the
    source lists; with ``tiers_listed`` false the list is not closed and other tiers are accepted too (A43).
    ``locks_after`` is how many days after the last permitted one its reports are still taken, late; None is for ever:
    no source closes anything.
    ``under_reporter`` narrows the subjects to units whose parent reports. ``expected`` are the tiers whose every
    unit must be covered before the report is complete.

    Due before a day (``before``, exclusive: A1), within a window, or before a day of each year; with none of the
    three the source gives no date, and nobody is reminded. A kind of None says nothing comes through the door
    (a conference, a plan of one's own). ``optional`` obligations, ``not_in_seed``, prove a criterion where they
    are fulfilled and are owed by nobody (A12).
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
    as_of: date | None = None
    as_of_inferred: bool = False
    before: date | None = None
    window: Window | None = None
    yearly: Yearly | None = None
    locks_after: Annotated[int, Field(ge=0, le=366)] | None = None
    recipients: tuple[Text, ...] = ()
    optional: bool = False
    not_in_seed: bool = False
    basis: Basis = "printed"
    note: Text | None = None
    cite: Cite

    @property
    def subject(self) -> str:
        """What its figures are filed under; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.id) if self.kind else self.id

    def dues(self, due_day: str = "exclusive") -> Iterator[Due]:
        """Every time it is due, in order; none where the source gives no date. ``due_day`` is decision A1."""
        back = _DAY if due_day == "exclusive" else timedelta(0)
        if self.before is not None:
            yield Due(str(self.before.year), self.before - back)
        elif self.window is not None:
            yield Due(str(self.window.last.year), self.window.last)
        elif self.yearly is not None:
            for year in range(self.yearly.first, self.yearly.last + 1):
                yield Due(str(year), date(year, self.yearly.month, self.yearly.day) - back)

    def last_day(self, period: str, due_day: str = "exclusive") -> date | None:
        """The last permitted local day of a period's report; None where it has none."""
        return next((due.last_day for due in self.dues(due_day) if due.period == period), None)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.kind is Kind.SCORE) != (self.field is not None):
            raise ValueError(f"{self.id}: a field is named exactly when the kind is score")
        if lost := set(self.expected) - set(self.tiers):
            raise ValueError(f"{self.id}: expects tiers that are not its subjects: {sorted(lost)}")
        if sum(each is not None for each in (self.before, self.window, self.yearly)) > 1:
            raise ValueError(f"{self.id}: due before a day, within a window or yearly, not several of them")
        if self.reporter is not None and self.each:
            raise ValueError(f"{self.id}: a role reports, or each unit of a tier, not both")
        if self.as_of and self.before and self.as_of >= self.before:
            raise ValueError(f"{self.id}: counted to {self.as_of}, which is not before it is due ({self.before})")
        return self
