"""What agencies write to the door, and what intake says about it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, Field, JsonValue, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from shared.contracts.model import (
    PAGE_SIZE,
    Code,
    Event,
    Id,
    Kind,
    Period,
    PlanRef,
    ReportId,
    StrictModel,
    Text,
    Tier,
    TolerantModel,
)
from shared.contracts.obligations import filed_under
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister

MAX_ROWS = 2000
"""Units in one report at most."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]


_SCORES: Final[dict[str, Decimal]] = {}
_MOST_SCORES, _LONGEST_SCORE = 20_000, 12


def _read_before(written: Any, read: ValidatorFunctionWrapHandler) -> Decimal:
    """A score, read once: the same ones come again and again."""
    known = _SCORES.get(written) if type(written) is str else None
    if known is None:
        known = read(written)
        if type(written) is str and len(written) <= _LONGEST_SCORE and len(_SCORES) < _MOST_SCORES:
            _SCORES[written] = known
    return known


class ScoreRow(StrictModel):
    """A unit's score in the obligation's field. ``declared_rank`` is the owner's own rank, kept beside ours (A14)."""

    unit: Code
    score: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6), WrapValidator(_read_before)]
    declared_rank: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class TasksRow(StrictModel):
    """Tasks given by the level above: due by the as-of, done on time, cancelled (A17)."""

    unit: Code
    due: Count
    done_on_time: Count
    cancelled: Count = 0

    @model_validator(mode="after")
    def _counts_can_be(self) -> Self:
        if self.cancelled > self.due or self.done_on_time > self.due - self.cancelled:
            raise ValueError("more tasks done on time or cancelled than were due")
        return self


class DisciplineRow(StrictModel):
    """Confirmed violations of administrative discipline in the period (A18)."""

    unit: Code
    violations: Count


class AttendanceRow(StrictModel):
    """Meetings a unit's leaders were called to (A16). Supporting evidence only."""

    unit: Code
    invited: Count
    present: Count
    substitute: Count = 0
    excused: Count = 0
    unexcused: Count = 0


class ListedRow(StrictModel):
    """A unit on the list of outstanding contributors, or taken off it again. Others need no row (A40)."""

    unit: Code
    listed: bool = True
    note: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class InspectionRow(StrictModel):
    """An inspection, investigation or complaint about a unit, as it stands (A18, L5).

    ``case`` is what its owner calls it; the same case again replaces what was said of it. While it is open with
    signs of violation, nothing may be given to the unit. Closed without finding, it is released.
    """

    unit: Code
    case: ReportId
    about: Text | None = None
    signs_of_violation: bool
    opened: date
    closed: date | None = None
    violation_found: bool = False

    @model_validator(mode="after")
    def _closes_after_it_opened(self) -> Self:
        if self.closed is not None and self.closed < self.opened:
            raise ValueError("closed before it was opened")
        if self.violation_found and self.closed is None:
            raise ValueError("a violation is found when the case is closed")
        return self


class DocumentNamed(StrictModel):
    """The document an agency hands in: a plan of its own, a review. It holds no figures."""

    number: Text
    issued: date
    title: Text


Row = ScoreRow | TasksRow | DisciplineRow | AttendanceRow | ListedRow | InspectionRow


class _Report(StrictModel):
    """What every report says of itself. ``as_of`` is the inclusive day its figures are counted to.

    ``complete_tiers`` are the tiers the reporter declares complete: a unit of them that no version
    covers has no figure (A39).
    """

    movement: Code
    obligation: Id
    period: Period
    as_of: date | None = None
    complete_tiers: tuple[Tier, ...] = ()
    note: Text | None = None


class ScoreReport(_Report):
    """Scores in the obligation's field."""

    kind: Literal[Kind.SCORE]
    rows: Annotated[tuple[ScoreRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class TasksReport(_Report):
    """Tasks done on time."""

    kind: Literal[Kind.TASKS]
    rows: Annotated[tuple[TasksRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class DisciplineReport(_Report):
    """Confirmed violations."""

    kind: Literal[Kind.DISCIPLINE]
    rows: Annotated[tuple[DisciplineRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class AttendanceReport(_Report):
    """Attendance at meetings."""

    kind: Literal[Kind.ATTENDANCE]
    rows: Annotated[tuple[AttendanceRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class ListedReport(_Report):
    """Outstanding contributors; a list may be empty."""

    kind: Literal[Kind.LISTED]
    rows: Annotated[tuple[ListedRow, ...], Field(max_length=MAX_ROWS)]


class InspectionReport(_Report):
    """Cases opened and closed, under the obligation to report discipline."""

    kind: Literal[Kind.INSPECTION]
    rows: Annotated[tuple[InspectionRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class DocumentReport(_Report):
    """A document without figures."""

    kind: Literal[Kind.DOCUMENT]
    document: DocumentNamed


Report = Annotated[
    ScoreReport | TasksReport | DisciplineReport | AttendanceReport | ListedReport | InspectionReport | DocumentReport,
    Field(discriminator="kind"),
]
"""A report: one obligation, one kind of figure, many units; or one document."""


def rows_of(report: Report) -> tuple[Row, ...]:
    """A report's rows, whatever their kind."""
    return () if isinstance(report, DocumentReport) else report.rows


class ReportSubmitted(Event):
    """An agency reports. ``id`` is the agency's own id of the report: sent again, it is the same report."""

    id: ReportId
    type: Literal["report.submitted"] = "report.submitted"
    data: Report


class ReportReceived(Event):
    """``report.submitted`` as the door reads it: not validated yet, so that each error can be answered."""

    id: ReportId
    type: Literal["report.submitted"] = "report.submitted"
    data: dict[str, JsonValue]


class WithdrawnRow(TolerantModel):
    """A unit, or one of its cases, about which nothing is reported any more."""

    unit: Code
    case: ReportId | None = None


class Replacement(TolerantModel):
    """Which taking back made figures be said anew, and from when they count.

    ``version`` is the taking back's own in the ledger, ``receipt`` its receipt. ``counts_from`` is when the figures
    they replace were received, so that what came after those still counts.
    """

    receipt: str
    version: int
    by: str
    at: AwareDatetime
    reason: Text
    counts_from: AwareDatetime


class Results(TolerantModel):
    """The figures of one report version about one page of one tier's units; always the full figures.

    ``final`` is false for an interim report, whose as-of is before the plan's (A2). ``complete`` says the
    reporter declared the tier complete (A39).

    With ``instead`` the figures stand in place of those of a report that was taken back: everything else describes
    the report whose figures hold again. Where none does it describes the one taken back, and ``withdrawn`` are its
    figures that are no more. ``undeclared``: without it the tier does not stand declared complete any longer.
    """

    plan: PlanRef
    register_version: int
    movement: Code
    obligation: Id
    reported_by: Code
    receipt: str
    report: ReportId
    period: str
    version: int
    kind: Kind
    field: Code | None
    tier: Tier
    page: int
    as_of: date | None
    final: bool
    complete: bool
    received_at: AwareDatetime
    rows: Annotated[tuple[Row, ...], Field(max_length=PAGE_SIZE)]
    withdrawn: Annotated[tuple[WithdrawnRow, ...], Field(max_length=PAGE_SIZE)] = ()
    undeclared: bool = False
    instead: Replacement | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        """What decides between figures about the same thing: the higher counts, whichever was heard first."""
        if self.instead is not None:
            return self.instead.counts_from, self.instead.version
        return self.received_at, self.version

    @property
    def subject(self) -> str:
        """What the figures are filed under; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.obligation)


class ResultsReported(Event):
    """An accepted report's figures."""

    type: Literal["results.reported"] = "results.reported"
    data: Results


class PlanPublished(Event):
    """A version of a plan is in force."""

    type: Literal["plan.published"] = "plan.published"
    data: Plan


class UnitsPublished(Event):
    """A version of the register of units is in force."""

    type: Literal["units.published"] = "units.published"
    data: UnitRegister
