"""Figures as scoring reads, keeps and says them: the published contract in the form that is fast to handle.

What ``intake.ResultsReported`` and the models of ``scoring`` say is the contract; the same names stand here for the
same things, as structs that are decoded and encoded some ten times as fast; ``hot_reading`` says how they come about.
What is read has no field but the contract's: one that is not known is for the contract to weigh.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from shared.contracts.ids import derived
from shared.contracts.model import PAGE_SIZE, Kind, Tier, Verdict
from shared.contracts.obligations import filed_under
from shared.contracts.scoring import Reason

Aware = Annotated[datetime, Meta(tz=True)]
_Count = Annotated[int, Meta(ge=0, le=1_000_000)]
_Rank = Annotated[int, Meta(ge=1, le=1_000_000)]


class PlanRef(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Which version of which province's plan something was judged by."""

    province: str
    id: str
    version: int


class _Row(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True, tag_field="is"):
    unit: str

    @property
    def key(self) -> str:
        """What the row is filed under on its page: its unit; a case beside the others of its unit."""
        return self.unit


class ScoreRow(_Row, frozen=True, gc=False, tag="score", rename={"written": "score"}):
    """A unit's score, as its reporter wrote it."""

    written: str
    declared_rank: _Rank | None = None

    @property
    def score(self) -> Decimal:
        """The score, exactly."""
        return Decimal(self.written)


class TasksRow(_Row, frozen=True, gc=False, tag="tasks"):
    """Tasks due, done on time, cancelled."""

    due: _Count
    done_on_time: _Count
    cancelled: _Count = 0


class DisciplineRow(_Row, frozen=True, gc=False, tag="discipline"):
    """Confirmed violations."""

    violations: _Count


class AttendanceRow(_Row, frozen=True, gc=False, tag="attendance"):
    """Meetings a unit's leaders were called to."""

    invited: _Count
    present: _Count
    substitute: _Count = 0
    excused: _Count = 0
    unexcused: _Count = 0


class ListedRow(_Row, frozen=True, gc=False, tag="listed"):
    """Whether a unit is on the list of outstanding contributors."""

    listed: bool = True
    note: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class InspectionRow(_Row, frozen=True, gc=False, tag="inspection"):
    """A case about a unit as it stands."""

    case: str
    signs_of_violation: bool
    opened: date
    about: str | None = None
    closed: date | None = None
    violation_found: bool = False

    @property
    def key(self) -> str:
        """A case is filed beside the others of its unit."""
        return f"{self.unit}#{derived(self.case)}"


class WithdrawnRow(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A unit, or one of its cases, about which nothing is reported any more."""

    unit: str
    case: str | None = None

    @property
    def key(self) -> str:
        """What the row it takes back is filed under."""
        return self.unit if self.case is None else f"{self.unit}#{derived(self.case)}"


Row = ScoreRow | TasksRow | DisciplineRow | AttendanceRow | ListedRow | InspectionRow


class Replacement(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Which taking back made figures be said anew, and from when they count; see ``intake.Replacement``."""

    receipt: str
    version: int
    by: str
    at: Aware
    reason: str
    counts_from: Aware


class _Results(Struct, gc=False, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """The figures of one report version about one page of one tier; see ``intake.Results``."""

    kind: ClassVar[Kind]

    plan: PlanRef
    register_version: int
    movement: str
    obligation: str
    reported_by: str
    receipt: str
    report: str
    period: str
    version: int
    field: str | None
    tier: Tier
    page: int
    as_of: date | None
    final: bool
    complete: bool
    received_at: Aware
    withdrawn: Annotated[tuple[WithdrawnRow, ...], Meta(max_length=PAGE_SIZE)] = ()
    undeclared: bool = False
    instead: Replacement | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        """What decides between figures about the same thing: the higher counts, whichever was heard first."""
        instead = self.instead
        return (self.received_at, self.version) if instead is None else (instead.counts_from, instead.version)

    @property
    def subject(self) -> str:
        """What the figures are filed under; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.obligation)


class Scores(_Results, gc=False, kw_only=True, tag="score"):
    """Scores in a field."""

    kind: ClassVar[Kind] = Kind.SCORE
    rows: Annotated[tuple[ScoreRow, ...], Meta(max_length=PAGE_SIZE)]


class Tasks(_Results, gc=False, kw_only=True, tag="tasks"):
    """Tasks done on time."""

    kind: ClassVar[Kind] = Kind.TASKS
    rows: Annotated[tuple[TasksRow, ...], Meta(max_length=PAGE_SIZE)]


class Discipline(_Results, gc=False, kw_only=True, tag="discipline"):
    """Confirmed violations."""

    kind: ClassVar[Kind] = Kind.DISCIPLINE
    rows: Annotated[tuple[DisciplineRow, ...], Meta(max_length=PAGE_SIZE)]


class Attendance(_Results, gc=False, kw_only=True, tag="attendance"):
    """Attendance at meetings."""

    kind: ClassVar[Kind] = Kind.ATTENDANCE
    rows: Annotated[tuple[AttendanceRow, ...], Meta(max_length=PAGE_SIZE)]


class Listed(_Results, gc=False, kw_only=True, tag="listed"):
    """Outstanding contributors."""

    kind: ClassVar[Kind] = Kind.LISTED
    rows: Annotated[tuple[ListedRow, ...], Meta(max_length=PAGE_SIZE)]


class Inspections(_Results, gc=False, kw_only=True, tag="inspection"):
    """Cases opened and closed."""

    kind: ClassVar[Kind] = Kind.INSPECTION
    rows: Annotated[tuple[InspectionRow, ...], Meta(max_length=PAGE_SIZE)]


Results = Scores | Tasks | Discipline | Attendance | Listed | Inspections


class ResultsReported(Struct, gc=False, forbid_unknown_fields=True):
    """An accepted report's figures."""

    id: str
    type: Literal["results.reported"]
    source: str
    time: Aware
    subject: str
    data: Results
    specversion: Literal["1.0"] = "1.0"


class Evidence(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a verdict rests on; see ``scoring.Evidence``."""

    event: str
    version: int
    at: Aware
    by: str
    report: str | None = None
    receipt: str | None = None
    obligation: str | None = None
    as_of: date | None = None
    note: str | None = None
    counts_from: Aware | None = None

    @property
    def order(self) -> datetime:
        """Since when what rests on it counts."""
        return self.counts_from or self.at


class Finding(Struct, frozen=True, gc=False, omit_defaults=True):
    """One criterion's verdict for one unit; see ``scoring.Finding``."""

    criterion: str
    verdict: Verdict
    reason: Reason
    rank: int | None = None
    limit: int | None = None
    count: int | None = None
    declared: int | None = None
    cases: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    cite: str = ""


class Eligible(Struct, frozen=True, gc=False):
    """One unit's verdict for an award, with every criterion."""

    unit: str
    verdict: Verdict
    findings: tuple[Finding, ...]


class Standing(Struct, frozen=True, gc=False):
    """One unit's score on a board, from which report version, and whether it is final."""

    unit: str
    score: str
    version: int
    receipt: str
    as_of: date | None
    final: bool
