"""Reports as agencies submit them, and the figures, plans and units that intake publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue

from shared.contracts.ids import derived
from shared.contracts.model import (
    LEFT_OUT_IF_EMPTY,
    PAGE_SIZE,
    Code,
    Day,
    Event,
    Id,
    Kind,
    Number,
    PlanRef,
    ReportId,
    StrictModel,
    Text,
    Tier,
    TolerantModel,
)
from shared.contracts.obligations import filed_under
from shared.contracts.periods import Period
from shared.contracts.plan import Plan
from shared.contracts.plan_form import is_readable_by_first_releases
from shared.contracts.rows import (
    AttendanceRow,
    DisciplineRow,
    InspectionRow,
    ListedEnterprise,
    ListedRow,
    Row,
    ScoreRow,
    TasksRow,
    WithdrawnRow,
)
from shared.contracts.units import UnitRegister

MAX_ROWS = 2000
"""The maximum number of rows in one report."""


class DocumentReference(StrictModel):
    """A document that an agency submits, such as its own plan or a review. It holds no figures."""

    number: Text
    issued: Day
    title: Text


class ReportHead(StrictModel):
    """The fields every report has. ``as_of`` is the local day up to which its figures are counted, inclusive.

    ``number`` and ``date`` are those of the paper that the report is (A45); one paper may answer several obligations.
    Without a number the report has the id of its inbox event, or that of the HTTP header ``Idempotency-Key``.

    ``complete_tiers`` are the tiers the reporter declares complete: a unit of such a tier that no version covers has
    no figure (A39).
    """

    movement: Code
    obligation: Id
    period: Period
    number: Number | None = None
    date: Day | None = None
    as_of: Day | None = None
    complete_tiers: tuple[Tier, ...] = ()
    note: Text | None = None


class ScoreReport(ReportHead):
    """Scores of units in the obligation's field."""

    kind: Literal[Kind.SCORE]
    rows: Annotated[tuple[ScoreRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class TasksReport(ReportHead):
    """Tasks due and done on time."""

    kind: Literal[Kind.TASKS]
    rows: Annotated[tuple[TasksRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class DisciplineReport(ReportHead):
    """Confirmed violations."""

    kind: Literal[Kind.DISCIPLINE]
    rows: Annotated[tuple[DisciplineRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class AttendanceReport(ReportHead):
    """Attendance at meetings."""

    kind: Literal[Kind.ATTENDANCE]
    rows: Annotated[tuple[AttendanceRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class ListedReport(ReportHead):
    """The list of outstanding contributors: units of the register, and enterprises (A47). It may be empty."""

    kind: Literal[Kind.LISTED]
    rows: Annotated[tuple[ListedRow, ...], Field(max_length=MAX_ROWS)]
    enterprises: Annotated[tuple[ListedEnterprise, ...], Field(max_length=MAX_ROWS), LEFT_OUT_IF_EMPTY] = ()


class InspectionReport(ReportHead):
    """Cases opened and closed, under the obligation to report discipline."""

    kind: Literal[Kind.INSPECTION]
    rows: Annotated[tuple[InspectionRow, ...], Field(min_length=1, max_length=MAX_ROWS)]


class DocumentReport(ReportHead):
    """A document without figures."""

    kind: Literal[Kind.DOCUMENT]
    document: DocumentReference


Report = Annotated[
    ScoreReport | TasksReport | DisciplineReport | AttendanceReport | ListedReport | InspectionReport | DocumentReport,
    Field(discriminator="kind"),
]
"""A report: one obligation, one kind of figure, many units; or one document."""


def rows_of(report: Report) -> tuple[Row, ...]:
    """A report's rows, of whichever kind; empty for a document."""
    return () if isinstance(report, DocumentReport) else report.rows


def enterprises_of(report: Report) -> tuple[ListedEnterprise, ...]:
    """The enterprises on a list; empty for any other report."""
    return report.enterprises if isinstance(report, ListedReport) else ()


class ReportSubmitted(Event):
    """An agency submitted a report. ``id`` is the event's own; it is the report's number where ``data`` has none.

    The answer has this id as its key.
    """

    id: ReportId
    type: Literal["report.submitted"] = "report.submitted"
    data: Report


class ReportReceived(Event):
    """``report.submitted`` as intake reads it: the report is not validated yet, so every error can be answered."""

    id: ReportId
    type: Literal["report.submitted"] = "report.submitted"
    data: dict[str, JsonValue]


class Replacement(TolerantModel):
    """The withdrawal that caused figures to be published again, and since when they count. Instants are UTC.

    ``version`` is the withdrawal's own version in the ledger, ``receipt`` its receipt. ``counts_from`` is the instant
    at which the withdrawn figures were received, so that figures received after those still take precedence.
    """

    receipt: str
    version: int
    by: str
    at: AwareDatetime
    reason: Text
    counts_from: AwareDatetime


class Results(TolerantModel):
    """The complete figures of one report version about one page of one tier's units. Instants are UTC.

    ``final`` is false for an interim report, whose as-of day is before the plan's (A2). ``complete`` is true if the
    reporter declared the tier complete (A39).

    With ``instead``, the figures replace those of a withdrawn report, and all other fields describe the report whose
    figures are valid again. If there is no such report, they describe the withdrawn one, and ``withdrawn`` lists the
    figures that no longer exist. ``undeclared``: the withdrawal ended the declaration that the tier is complete.

    ``enterprises`` of a list are in events of their own without rows; no award follows from them.

    ``interim_period`` marks figures of another period than the one that decides, such as a half-year: they stand beside
    those of the deciding period, never in their place.
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
    as_of: Day | None
    final: bool
    complete: bool
    received_at: AwareDatetime
    rows: Annotated[tuple[Row, ...], Field(max_length=PAGE_SIZE)]
    withdrawn: Annotated[tuple[WithdrawnRow, ...], Field(max_length=PAGE_SIZE)] = ()
    undeclared: bool = False
    enterprises: Annotated[tuple[ListedEnterprise, ...], Field(max_length=PAGE_SIZE), LEFT_OUT_IF_EMPTY] = ()
    interim_period: Annotated[bool, LEFT_OUT_IF_EMPTY] = False
    instead: Replacement | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        """Orders figures about the same key: the higher one counts, in whatever order they are consumed."""
        if self.instead is not None:
            return self.instead.counts_from, self.instead.version
        return self.received_at, self.version

    @property
    def subject(self) -> str:
        """The subject the figures belong to; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.obligation)


class ResultsReported(Event):
    """The event that publishes an accepted report's figures."""

    type: Literal["results.reported"] = "results.reported"
    data: Results


class PlanEvent(Event):
    """A version of a plan came into force. Consumers handle both types alike."""

    data: Plan


class PlanPublished(PlanEvent):
    """A version of a plan came into force."""

    type: Literal["plan.published"] = "plan.published"


class PlanPublishedV2(PlanEvent):
    """A version of a plan came into force that the releases 0.1.0 and 0.2.0 cannot read. They skip this type."""

    type: Literal["plan.published.v2"] = "plan.published.v2"


def plan_published(plan: Plan, source: str, time: datetime) -> PlanEvent:
    """The event of a plan, of the type that every release that can read the plan knows. ``time`` is an instant."""
    event = PlanPublished if is_readable_by_first_releases(plan) else PlanPublishedV2
    return event(id=derived("plan", plan.key), source=source, time=time, subject=plan.key, data=plan)


class UnitsPublished(Event):
    """A version of the register of units came into force."""

    type: Literal["units.published"] = "units.published"
    data: UnitRegister
