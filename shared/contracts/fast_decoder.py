"""Decodes results events on the fast path, and converts those that only the contract's models can read.

``decode`` accepts a subset of what the contract accepts and yields equal values. It leaves the rest to the contract:
invalid events, events written in another way than intake writes them, and events with a field this release does not
know. The contract reports what is wrong with them, and ``from_contract`` converts the valid ones. One difference
remains: an instant finer than a microsecond, which no service publishes, is rounded here and truncated by the contract.

tests/contracts/test_fast_decoder.py proves all of this.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder

from shared.caching import Cache
from shared.contracts import intake
from shared.contracts.fast_models import InspectionRow, Results, ResultsReported, Row, ScoreRow, TasksRow

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_REPORT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,126}")
_SCORE: Final = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?")
_MAX_REMEMBERED: Final = 100_000


class _ValidTexts(Cache[str, None]):
    """Texts that passed a check before; the same ones recur in most events."""

    def __init__(self, check: Callable[[str], object]) -> None:
        super().__init__(_MAX_REMEMBERED)
        self._check = check

    def accepts(self, text: str) -> bool:
        """Whether a text passes the check."""
        if text in self:
            return True
        if not self._check(text):
            return False
        self.keep(text, None)
        return True


_codes, _ids = _ValidTexts(_CODE.fullmatch), _ValidTexts(_ID.fullmatch)
_reports, _scores = _ValidTexts(_REPORT.fullmatch), _ValidTexts(_SCORE.fullmatch)
_valid_headers: Final = Cache[tuple[str, str, str, str | None], None](_MAX_REMEMBERED)
_decode: Final = Decoder(ResultsReported).decode


def decode(value: bytes) -> ResultsReported | None:
    """The event in a record's value, or None if the contract has to read it."""
    try:
        event = _decode(value)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    data = event.data
    header = (data.movement, data.reported_by, data.obligation, data.field)
    if (header not in _valid_headers and not _is_valid_header(*header)) or not _REPORT.fullmatch(data.report):
        return None
    for row in data.rows:
        # Looked at here first: a call for each row costs as much as the look.
        is_certain = row.unit in _codes
        if type(row) is ScoreRow:
            is_certain = is_certain and row.written in _scores
        elif type(row) is TasksRow:
            is_certain = is_certain and row.done_on_time <= row.due - row.cancelled
        elif type(row) is InspectionRow:
            is_certain = False
        if not is_certain and not _is_valid_row(row):
            return None
    if (data.withdrawn or data.instead) and not _is_valid_withdrawal(data):
        return None
    return event if _ID.fullmatch(event.id) else None


def _is_valid_header(movement: str, reporter: str, obligation: str, field: str | None) -> bool:
    codes = (code for code in (movement, reporter, field) if code is not None)
    if not (all(_codes.accepts(code) for code in codes) and _ids.accepts(obligation)):
        return False
    _valid_headers.keep((movement, reporter, obligation, field), None)
    return True


def _is_valid_row(row: Row) -> bool:
    if not _codes.accepts(row.unit):
        return False
    if isinstance(row, ScoreRow):
        return _scores.accepts(row.written)
    if isinstance(row, TasksRow):
        return row.done_on_time <= row.due - row.cancelled
    if isinstance(row, InspectionRow):
        return _is_valid_case(row)
    return True


def _is_valid_case(row: InspectionRow) -> bool:
    about_valid = row.about is None or (row.about == row.about.strip() and 0 < len(row.about) <= 2000)
    closing_valid = row.closed >= row.opened if row.closed else not row.violation_found
    return about_valid and _reports.accepts(row.case) and closing_valid


def _is_valid_withdrawal(data: Results) -> bool:
    reason = data.instead.reason if data.instead else "-"
    rows_valid = all(
        _codes.accepts(row.unit) and (row.case is None or _reports.accepts(row.case)) for row in data.withdrawn
    )
    return rows_valid and reason == reason.strip() and 0 < len(reason) <= 2000


def from_contract(event: intake.ResultsReported) -> ResultsReported:
    """Convert an event the contract has read. Raises ``ValueError`` if the figures are not of the event's kind.

    The enterprises on a list are dropped: they are no units, and no figure follows from them.
    """
    figures = event.data.model_copy(update={"enterprises": ()})
    try:
        return _decode(event.model_copy(update={"data": figures}).encode())
    except (ValidationError, DecodeError) as error:
        raise ValueError(f"the figures are not those of a report of kind {event.data.kind.value}: {error}") from error
