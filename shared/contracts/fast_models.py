"""The figures that scoring reads, stores and publishes, as msgspec structs that are fast to decode and encode.

``intake.ResultsReported`` and the models of ``scoring`` are the contract. The structs here have the same names and
fields and are about ten times as fast; ``fast_decoder`` makes them. Decoded structs forbid unknown fields, so that an
event with a newer field goes through the contract's models.

tests/contracts/test_fast_decoder.py proves that both read the same, tests/stores/test_scoring_publishes.py that what
is published follows the contract.
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
    """A reference to one version of a province's plan."""

    province: str
    id: str
    version: int


class _Row(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True, tag_field="is"):
    unit: str

    @property
    def key(self) -> str:
        """The row's key on its page: the unit's code. A case has a key of its own; see ``InspectionRow``."""
        return self.unit


class ScoreRow(_Row, frozen=True, gc=False, tag="score", rename={"written": "score"}):
    """A unit's score. ``written`` is the text in the event, and may have trailing zeros."""

    written: str
    declared_rank: _Rank | None = None

    @property
    def score(self) -> Decimal:
        """The exact score."""
        return Decimal(self.written)


class TasksRow(_Row, frozen=True, gc=False, tag="tasks"):
    """A unit's counts of tasks: due, done on time, cancelled."""

    due: _Count
    done_on_time: _Count
    cancelled: _Count = 0


class DisciplineRow(_Row, frozen=True, gc=False, tag="discipline"):
    """A unit's number of confirmed violations."""

    violations: _Count


class AttendanceRow(_Row, frozen=True, gc=False, tag="attendance"):
    """Meetings a unit's leaders were invited to, and how they were attended."""

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
    """The current state of an inspection or complaint about a unit. Days are local."""

    case: str
    signs_of_violation: bool
    opened: date
    about: str | None = None
    closed: date | None = None
    violation_found: bool = False

    @property
    def key(self) -> str:
        """The key of the case on its page: a unit may have several cases."""
        return f"{self.unit}#{derived(self.case)}"


class WithdrawnRow(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A unit, or one of its cases, whose figures were withdrawn without a replacement."""

    unit: str
    case: str | None = None

    @property
    def key(self) -> str:
        """The key of the withdrawn row on its page."""
        return self.unit if self.case is None else f"{self.unit}#{derived(self.case)}"


Row = ScoreRow | TasksRow | DisciplineRow | AttendanceRow | ListedRow | InspectionRow


class Replacement(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The withdrawal that caused figures to be published again, and since when they count.

    See ``intake.Replacement``.
    """

    receipt: str
    version: int
    by: str
    at: Aware
    reason: str
    counts_from: Aware


class _Results(Struct, gc=False, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """The figures of one report version about one page of one tier; see ``intake.Results``. Instants are aware."""

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
    interim_period: bool = False
    instead: Replacement | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        """Orders figures about the same key: the higher one counts, in whatever order they are consumed."""
        instead = self.instead
        return (self.received_at, self.version) if instead is None else (instead.counts_from, instead.version)

    @property
    def subject(self) -> str:
        """The subject the figures belong to; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.obligation)


class Scores(_Results, gc=False, kw_only=True, tag="score"):
    """Scores in a field."""

    kind: ClassVar[Kind] = Kind.SCORE
    rows: Annotated[tuple[ScoreRow, ...], Meta(max_length=PAGE_SIZE)]


class Tasks(_Results, gc=False, kw_only=True, tag="tasks"):
    """Tasks due and done on time."""

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
    """The list of outstanding contributors."""

    kind: ClassVar[Kind] = Kind.LISTED
    rows: Annotated[tuple[ListedRow, ...], Meta(max_length=PAGE_SIZE)]


class Inspections(_Results, gc=False, kw_only=True, tag="inspection"):
    """Cases opened and closed."""

    kind: ClassVar[Kind] = Kind.INSPECTION
    rows: Annotated[tuple[InspectionRow, ...], Meta(max_length=PAGE_SIZE)]


Results = Scores | Tasks | Discipline | Attendance | Listed | Inspections


class ResultsReported(Struct, gc=False, forbid_unknown_fields=True):
    """The event that publishes an accepted report's figures."""

    id: str
    type: Literal["results.reported"]
    source: str
    time: Aware
    subject: str
    data: Results
    specversion: Literal["1.0"] = "1.0"


class Evidence(Struct, frozen=True, gc=False, omit_defaults=True):
    """The evidence for a verdict; see ``scoring.Evidence``."""

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
    restored_at: Aware | None = None

    @property
    def order(self) -> datetime:
        """The instant since which the evidence counts."""
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
    also_read: tuple[str, ...] = ()


class Eligible(Struct, frozen=True, gc=False):
    """One unit's verdict for an award, with a finding for every criterion."""

    unit: str
    verdict: Verdict
    findings: tuple[Finding, ...]


class Standing(Struct, frozen=True, gc=False):
    """One unit's score on a board, the report version it comes from, and whether it is final."""

    unit: str
    score: str
    version: int
    receipt: str
    as_of: date | None
    final: bool
