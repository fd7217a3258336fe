"""How figures are read where speed counts, and where the contract has to look first.

``read`` takes a part of what the contract takes and reads it the same; a test holds the two equal. What it leaves
is read, and its faults are told, by the contract, and goes on by ``of``: what is wrong, what is written in another way
than intake writes it, and everything with a field this release does not know. In one thing they differ: an instant
finer than a microsecond, which nobody here says, is rounded here and cut off by the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder

from shared.contracts import intake
from shared.contracts.fast_models import InspectionRow, Results, ResultsReported, Row, ScoreRow, TasksRow

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_REPORT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,126}")
_SCORE: Final = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?")
_MOST_REMEMBERED: Final = 100_000


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


_codes, _ids = _Remembered(_CODE.fullmatch), _Remembered(_ID.fullmatch)
_reports, _scores = _Remembered(_REPORT.fullmatch), _Remembered(_SCORE.fullmatch)
_heads: Final[set[tuple[str, str, str, str | None]]] = set()
_decode: Final = Decoder(ResultsReported).decode


def read(value: bytes) -> ResultsReported | None:
    """The event in a record, or None where the contract has to look at it."""
    try:
        event = _decode(value)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    data = event.data
    head = (data.movement, data.reported_by, data.obligation, data.field)
    if (head not in _heads and not _head_is_right(*head)) or not _REPORT.fullmatch(data.report):
        return None
    for row in data.rows:
        if type(row) is ScoreRow:  # by far the most
            if (row.unit not in _codes or row.written not in _scores) and not _fits(row):
                return None
        elif not _fits(row):
            return None
    if (data.withdrawn or data.instead) and not _withdrawal_is_right(data):
        return None
    return event if _ID.fullmatch(event.id) else None


def _head_is_right(movement: str, who: str, obligation: str, field: str | None) -> bool:
    if not (all(_codes.has(code) for code in (movement, who, field) if code is not None) and _ids.has(obligation)):
        return False
    if len(_heads) >= _MOST_REMEMBERED:
        _heads.clear()
    _heads.add((movement, who, obligation, field))
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


def _withdrawal_is_right(data: Results) -> bool:
    why = data.instead.reason if data.instead else "-"
    named = all(_codes.has(row.unit) and (row.case is None or _reports.has(row.case)) for row in data.withdrawn)
    return named and why == why.strip() and 0 < len(why) <= 2000


def of(event: intake.ResultsReported) -> ResultsReported:
    """What the contract has read. Raises ``ValueError`` where the figures are not of the kind the event says."""
    try:
        return _decode(event.encode())
    except (ValidationError, DecodeError) as error:
        raise ValueError(f"the figures are not those of a report of kind {event.data.kind.value}: {error}") from error
