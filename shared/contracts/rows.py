"""The rows of reports: one unit's figures, or one case about a unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.model import Code, Day, ReportId, StrictModel, Text, TolerantModel, strict_decimal

Count = Annotated[int, Field(ge=0, le=1_000_000)]


Score = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=6),
    *strict_decimal(
        r"^(-?0(\.0{1,6})?|(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?)$",
        {"minimum": 0, "exclusiveMaximum": 1_000_000, "multipleOf": 0.000001},
    ),
]
"""A score, with a decimal point. "-0" is 0."""


class ScoreRow(StrictModel):
    """A unit's score in the obligation's field. ``declared_rank`` is the rank that the field's owner states (A14)."""

    unit: Code
    score: Score
    declared_rank: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class TasksRow(StrictModel):
    """Tasks given by the level above: due by the as-of day, done on time, cancelled (A17)."""

    unit: Code
    due: Count
    done_on_time: Count
    cancelled: Count = 0

    @model_validator(mode="after")
    def _counts_are_consistent(self) -> Self:
        if self.cancelled > self.due or self.done_on_time > self.due - self.cancelled:
            raise ValueError("more tasks done on time or cancelled than were due")
        return self


class DisciplineRow(StrictModel):
    """Confirmed violations of administrative discipline in the period (A18)."""

    unit: Code
    violations: Count


class AttendanceRow(StrictModel):
    """Meetings a unit's leaders were invited to (A16). Supporting evidence only."""

    unit: Code
    invited: Count
    present: Count
    substitute: Count = 0
    excused: Count = 0
    unexcused: Count = 0


class ListedRow(StrictModel):
    """A unit on the list of outstanding contributors, or removed from it. Other units need no row (A40)."""

    unit: Code
    listed: bool = True
    note: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class ListedEnterprise(StrictModel):
    """An enterprise on the list of outstanding contributors, or removed from it (A47).

    It is in no register of units, so its tax code (mã số thuế) identifies it: ten digits, or thirteen for a dependent
    unit, "0100109106-001".
    """

    name: Annotated[str, Field(min_length=2, max_length=300)]
    tax_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}(-[0-9]{3})?$")]
    listed: bool = True
    note: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class InspectionRow(StrictModel):
    """The current state of an inspection, investigation or complaint about a unit (A18, L5). Days are local.

    ``case`` is its owner's number for it; a later row with the same case replaces the earlier one. While a case with
    signs of a violation is open, the unit can receive no award. Closing it without a violation lifts the hold.
    """

    unit: Code
    case: ReportId
    about: Text | None = None
    signs_of_violation: bool
    opened: Day
    closed: Day | None = None
    violation_found: bool = False

    @model_validator(mode="after")
    def _closes_after_it_opened(self) -> Self:
        if self.closed is not None and self.closed < self.opened:
            raise ValueError("closed before it was opened")
        if self.violation_found and self.closed is None:
            raise ValueError("a violation is found when the case is closed")
        return self


Row = ScoreRow | TasksRow | DisciplineRow | AttendanceRow | ListedRow | InspectionRow
"""A row of a report, of whichever kind."""


class WithdrawnRow(TolerantModel):
    """A unit, or one of its cases, whose figures were withdrawn without a replacement."""

    unit: Code
    case: ReportId | None = None
