"""What can be read of a body that is no report in form, so that one wrong field does not hide the others. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.contracts import intake
from shared.contracts.intake import DocumentReference, Report, ReportHead
from shared.contracts.json_values import JsonObject, JsonValue
from shared.contracts.model import Code, Kind
from shared.contracts.receipts import Problem
from shared.contracts.rows import (
    AttendanceRow,
    DisciplineRow,
    InspectionRow,
    ListedRow,
    Row,
    ScoreRow,
    TasksRow,
)
from shared.runtime.http.strict_input import validate_strictly

_HEAD: TypeAdapter[ReportHead] = TypeAdapter(ReportHead)
_DOCUMENT: TypeAdapter[DocumentReference] = TypeAdapter(DocumentReference)
_CODE: TypeAdapter[str] = TypeAdapter(Code)
_NO_PERIOD = "0000"
_MODELS: Mapping[Kind, tuple[type[Any], TypeAdapter[list[Any]]]] = {
    Kind.SCORE: (intake.ScoreReport, TypeAdapter(list[ScoreRow])),
    Kind.TASKS: (intake.TasksReport, TypeAdapter(list[TasksRow])),
    Kind.DISCIPLINE: (intake.DisciplineReport, TypeAdapter(list[DisciplineRow])),
    Kind.ATTENDANCE: (intake.AttendanceReport, TypeAdapter(list[AttendanceRow])),
    Kind.LISTED: (intake.ListedReport, TypeAdapter(list[ListedRow])),
    Kind.INSPECTION: (intake.InspectionReport, TypeAdapter(list[InspectionRow])),
}
_ROW = re.compile(r"/rows/([0-9]+)(/.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row at its position in the body. ``row`` is None if only its unit could be read."""

    position: int
    unit: str
    row: Row | None


@dataclass(frozen=True, slots=True)
class ReadableReport:
    """What could be read of a body.

    ``report`` has the head and the rows that are right in form; a field that is not has a placeholder, and is named in
    ``unreadable`` by its pointer. ``rows`` has also the rows of which only the unit is readable. ``partly_read`` is the
    number of rows with a wrong field.
    """

    report: Report
    rows: tuple[PlacedRow, ...]
    unreadable: frozenset[str]
    partly_read: int


def readable_part(body: JsonObject, problems: Sequence[Problem], kind: Kind | None) -> ReadableReport | None:
    """What can be read of a body besides its problems of form, or None if movement or obligation cannot.

    ``kind`` is the kind of the obligation, for a body whose own cannot be read. ``problems`` may be cut
    (``parsing.MAX_PROBLEMS``): what they do not name may still be wrong, and is validated here.
    """
    wrong = frozenset(problem.pointer for problem in problems)
    given_kind = body.get("kind")
    # The list of problems is cut, so that a kind it does not name may be wrong all the same.
    rows_readable = "/kind" not in wrong and isinstance(given_kind, str) and given_kind in set(Kind)
    own_kind = Kind(str(given_kind)) if rows_readable else kind
    if own_kind is None:
        return None
    head = _head(body, wrong)
    if head is None:
        return None
    if own_kind is Kind.DOCUMENT:
        report = intake.DocumentReport.model_construct(**dict(head), kind=own_kind, document=_document(body, wrong))
        return ReadableReport(report, (), wrong, 0)
    rows = _rows(body.get("rows"), wrong, own_kind if rows_readable else None)
    read = tuple(placed.row for placed in rows if placed.row is not None)
    given = body.get("rows")
    partly_read = len(given) - len(read) if isinstance(given, list) else 0
    model, _ = _MODELS[own_kind]
    return ReadableReport(model.model_construct(**dict(head), kind=own_kind, rows=read), rows, wrong, partly_read)


def _head(body: JsonObject, wrong: frozenset[str]) -> ReportHead | None:
    unreadable = {pointer.split("/")[1] for pointer in wrong}
    head = {name: body[name] for name in ReportHead.model_fields if name in body and name not in unreadable}
    try:
        return validate_strictly(_HEAD, json.dumps({"period": _NO_PERIOD, **head}))
    except ValidationError:
        return None


def _document(body: JsonObject, wrong: frozenset[str]) -> DocumentReference:
    """The document, or one issued on the first day there is, in which no later check finds anything wrong."""
    given = body.get("document")
    if isinstance(given, dict) and not any(pointer.startswith("/document") for pointer in wrong):
        # If the kind could not be read, nobody has looked at the document yet.
        with suppress(ValidationError):
            return validate_strictly(_DOCUMENT, json.dumps(given))
    return DocumentReference.model_construct(number="", issued=date.min, title="")


def _rows(given: JsonValue, wrong: frozenset[str], kind: Kind | None) -> tuple[PlacedRow, ...]:
    """The rows that can be read; without a ``kind``, their units only."""
    if not isinstance(given, list) or "/rows" in wrong:
        return ()
    matches = [match for pointer in wrong if (match := _ROW.fullmatch(pointer))]
    broken = {int(match[1]) for match in matches}
    whole = [n for n in range(len(given)) if n not in broken] if kind is not None else []
    read: dict[int, Row] = {}
    if kind is not None and whole:
        try:
            rows = validate_strictly(_MODELS[kind][1], json.dumps([given[n] for n in whole]))
            read = dict(zip(whole, rows, strict=True))
        except ValidationError:
            return ()
    placed: list[PlacedRow] = []
    for n, row in enumerate(given):
        if n in read:
            placed.append(PlacedRow(n, read[n].unit, read[n]))
        elif isinstance(row, dict) and f"/rows/{n}/unit" not in wrong and (unit := _unit(row.get("unit"))):
            placed.append(PlacedRow(n, unit, None))
    return tuple(placed)


def _unit(value: JsonValue) -> str | None:
    try:
        return _CODE.validate_python(value, strict=True)
    except ValidationError:
        return None
