"""How figures are read where speed counts, and where the contract has to look first.

``read`` takes a part of what the contract takes and reads it the same; a test holds the two equal. What it leaves
is read, and its faults are told, by the contract, and goes on by ``of``: what is wrong, what is written in another way
than intake writes it, and everything with a field this release does not know. In one thing they differ: an instant
finer than a microsecond, which nobody here says, is rounded here and cut off by the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, Literal, get_type_hints
from uuid import uuid4

from msgspec import DecodeError, Meta, Struct, ValidationError
from msgspec.json import Decoder

from shared.contracts import intake
from shared.contracts.hot import (
    AttendanceRow,
    Aware,
    DisciplineRow,
    Head,
    InspectionRow,
    Instead,
    ListedRow,
    PlanRef,
    Results,
    ResultsReported,
    Row,
    ScoreRow,
    TasksRow,
    WithdrawnRow,
)
from shared.contracts.model import PAGE_SIZE, Kind, Tier
from shared.contracts.obligations import filed_under

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_REPORT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,126}")
_SCORE: Final = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?")
_MOST_REMEMBERED: Final = 100_000
_MOST_HEADS: Final = 5_000


class _Remembered(set[str]):
    """Texts that were found right before; they come again and again."""

    def __init__(self, right: Callable[[str], object]) -> None:
        super().__init__()
        self._right = right

    def has(self, text: str) -> bool:
        """Whether a text is right."""
        if text in self:
            return True
        if not self._right(text):
            return False
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self.add(text)
        return True


class _Written(Struct, gc=False, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """The figures as they are written."""

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
    instead: Instead | None = None


class _Scores(_Written, gc=False, kw_only=True, tag="score"):
    rows: Annotated[tuple[ScoreRow, ...], Meta(max_length=PAGE_SIZE)]


class _Tasks(_Written, gc=False, kw_only=True, tag="tasks"):
    rows: Annotated[tuple[TasksRow, ...], Meta(max_length=PAGE_SIZE)]


class _Discipline(_Written, gc=False, kw_only=True, tag="discipline"):
    rows: Annotated[tuple[DisciplineRow, ...], Meta(max_length=PAGE_SIZE)]


class _Attendance(_Written, gc=False, kw_only=True, tag="attendance"):
    rows: Annotated[tuple[AttendanceRow, ...], Meta(max_length=PAGE_SIZE)]


class _Listed(_Written, gc=False, kw_only=True, tag="listed"):
    rows: Annotated[tuple[ListedRow, ...], Meta(max_length=PAGE_SIZE)]


class _Inspections(_Written, gc=False, kw_only=True, tag="inspection"):
    rows: Annotated[tuple[InspectionRow, ...], Meta(max_length=PAGE_SIZE)]


class _Event(Struct, gc=False, forbid_unknown_fields=True):
    id: str
    type: Literal["results.reported"]
    source: str
    time: Aware
    subject: str
    data: _Scores | _Tasks | _Discipline | _Attendance | _Listed | _Inspections
    specversion: Literal["1.0"] = "1.0"


_codes, _ids = _Remembered(_CODE.fullmatch), _Remembered(_ID.fullmatch)
_reports, _scores = _Remembered(_REPORT.fullmatch), _Remembered(_SCORE.fullmatch)
_decode: Final = Decoder(_Event).decode
_kinds: Final[dict[type[_Written], Kind]] = {
    struct: Kind(str(struct.__struct_config__.tag))
    for struct in (_Scores, _Tasks, _Discipline, _Attendance, _Listed, _Inspections)
}
_rows_of: Final[dict[Kind, Callable[[bytes], tuple[Row, ...]]]] = {
    kind: Decoder(get_type_hints(struct, include_extras=True)["rows"]).decode for struct, kind in _kinds.items()
}
_BEGIN: Final = b'{"specversion":"1.0","id":"'
_ROWS: Final = b',"rows":'
_END: Final = b',"withdrawn":[],"undeclared":false,"instead":null}}'
_heads: Final[dict[bytes, Head]] = {}
_last: Final = [b""]
_ANOTHER: Final = uuid4().hex
"""An id no record has."""


def read(value: bytes) -> ResultsReported | None:
    """The event in a record, or None where the contract has to look at it.

    Our own records begin with the id and end with the rows. What stands between is the same text in all records of
    one report; where it comes a second time it is read once for all.
    """
    if value.startswith(_BEGIN) and value.endswith(_END):
        id_ends, rows_begin = value.find(b'"', len(_BEGIN)), value.find(_ROWS)
        between = value[id_ends:rows_begin]
        head = _heads.get(between)
        if head is None and between == _last[0]:
            head = _learn(between)
        if head is not None:
            return _read(value[len(_BEGIN) : id_ends], head, value[rows_begin + len(_ROWS) : -len(_END)])
        _last[0] = between
    event = _whole(value)
    return event if event is None else ResultsReported(event.id, _results(event.data, _head(event.data)))


def _read(written_id: bytes, head: Head, written_rows: bytes) -> ResultsReported | None:
    event_id = written_id.decode("ascii", "replace")
    try:
        rows = _rows_of[head.kind](written_rows)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return ResultsReported(event_id, Results(head, rows)) if _ID.fullmatch(event_id) and _all_fit(rows) else None


def _learn(between: bytes) -> Head | None:
    """What a text between id and rows says; None where it does not say all but these, alone and rightly.

    It is read with another id and without rows. So what it says does not hang on the record it came with, and whatever
    id and rows are put there are those of the event.
    """
    event = _whole(b"".join((_BEGIN, _ANOTHER.encode(), between, _ROWS, b"[]", _END)))
    if event is None or event.id != _ANOTHER:
        return None
    if len(_heads) >= _MOST_HEADS:
        _heads.clear()
    head = _heads[between] = _head(event.data)
    return head


def _whole(value: bytes) -> _Event | None:
    try:
        event = _decode(value)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    data, codes = event.data, _codes.has
    right = (
        _ID.fullmatch(event.id)
        and codes(data.movement)
        and codes(data.reported_by)
        and (data.field is None or codes(data.field))
        and _ids.has(data.obligation)
        and _reports.has(data.report)
        and _all_fit(data.rows)
        and (not (data.withdrawn or data.instead) or _taking_back_is_right(data))
    )
    return event if right else None


def _head(data: _Written) -> Head:
    kind, instead = _kinds[type(data)], data.instead
    order = (instead.counts_from, instead.version) if instead else (data.received_at, data.version)
    return Head(
        kind=kind,
        plan=data.plan,
        register_version=data.register_version,
        movement=data.movement,
        obligation=data.obligation,
        reported_by=data.reported_by,
        receipt=data.receipt,
        report=data.report,
        period=data.period,
        version=data.version,
        field=data.field,
        tier=data.tier,
        page=data.page,
        as_of=data.as_of,
        final=data.final,
        complete=data.complete,
        received_at=data.received_at,
        undeclared=data.undeclared,
        instead=instead,
        subject=filed_under(kind, data.field, data.obligation),
        order=order,
    )


def _results(data: Any, head: Head) -> Results:
    return Results(head, data.rows, data.withdrawn)


def _all_fit(rows: tuple[Row, ...]) -> bool:
    for row in rows:
        if type(row) is ScoreRow:  # by far the most
            if (row.unit not in _codes or row.written not in _scores) and not _fits(row):
                return False
        elif not _fits(row):
            return False
    return True


def _fits(row: Row) -> bool:
    if not _codes.has(row.unit):
        return False
    if isinstance(row, ScoreRow):
        return _scores.has(row.written)
    if isinstance(row, TasksRow):
        return row.done_on_time <= row.due - row.cancelled
    if isinstance(row, InspectionRow):
        return _case_is_right(row)
    return True


def _case_is_right(row: InspectionRow) -> bool:
    told = row.about is None or (row.about == row.about.strip() and 0 < len(row.about) <= 2000)
    ended = row.closed is not None and row.closed >= row.opened
    return told and _reports.has(row.case) and (ended if row.closed else not row.violation_found)


def _taking_back_is_right(data: _Written) -> bool:
    why = data.instead.reason if data.instead else "-"
    named = all(_codes.has(row.unit) and (row.case is None or _reports.has(row.case)) for row in data.withdrawn)
    return named and why == why.strip() and 0 < len(why) <= 2000


def of(event: intake.ResultsReported) -> ResultsReported:
    """What the contract has read. Raises ``ValueError`` where the figures are not of the kind the event says."""
    try:
        read = _decode(event.encode())
    except (ValidationError, DecodeError) as error:
        raise ValueError(f"the figures are not those of a report of kind {event.data.kind.value}: {error}") from error
    return ResultsReported(read.id, _results(read.data, _head(read.data)))
