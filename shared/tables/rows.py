"""One row of a table, its cells read as what a column holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from shared.contracts.model import VIETNAM

T = TypeVar("T")

_MAX_SHOWN = 120
_MAX_COUNT = 1_000_000
_COUNT = re.compile(r"[0-9]{1,7}")
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,40})?")
_DECIMAL_COMMA = re.compile(r"[0-9]{1,20},[0-9]{1,40}")
_VIETNAMESE_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{1,2}(:[0-9]{2}){1,2}")
_A_DAY = "ngày dạng 30/11/2023 hoặc 2023-11-30"
_AN_INSTANT = "thời điểm dạng 04/12/2023 23:59:59 hoặc 2023-12-04T23:59:59+07:00"


class UnreadableRow(ValueError):
    """What is wrong with a row: file, line from 1, column, and a Vietnamese sentence. One line of text."""

    def __init__(self, file: str, line: int, column: str, problem: str) -> None:
        super().__init__(f"{file}:{line}: cột {column}: {problem}")
        self.file, self.line, self.column, self.problem = file, line, column, problem


def unreadable(actual: str, expected: str) -> str:
    """The sentence for a text that is not what is expected (in Vietnamese)."""
    one_line = " ".join(actual.split())
    shown = one_line if len(one_line) <= _MAX_SHOWN else f"{one_line[:_MAX_SHOWN]}…"
    return f"“{shown}” không đọc được, cần {expected}"


@dataclass(frozen=True)
class Row:
    """One row of a file, its cells by column, tidied. ``line`` is the file's line the row begins on, from 1.

    ``written`` has the headings of the file that stand for another column. ``decimal_comma`` is true in a file
    separated by semicolons: spreadsheets set to Vietnamese write "87,5" there.
    """

    file: str
    line: int
    cells: Mapping[str, str]
    decimal_comma: bool = False
    written: Mapping[str, str] = field(default_factory=dict)

    def wrong(self, column: str, expected: str) -> UnreadableRow:
        """The error for a cell that cannot be read; ``expected`` is the form it should have (in Vietnamese)."""
        return self.error(column, unreadable(self.cells[column], expected))

    def error(self, column: str, problem: str) -> UnreadableRow:
        """The error for a cell about which a Vietnamese sentence is given."""
        return UnreadableRow(self.file, self.line, self.written.get(column, column), problem)

    def has(self, column: str) -> bool:
        """Whether a column is there and filled in."""
        return bool(self.cells.get(column))

    def text(self, column: str, allowed: Sequence[str] | Mapping[str, object] | frozenset[str] | None = None) -> str:
        """A cell that must be filled in, with one of the values ``allowed`` if given. Raises ``UnreadableRow``."""
        value = self.cells[column]
        if not value:
            raise self.wrong(column, "một giá trị")
        if allowed is not None and value not in allowed:
            shown = ", ".join(sorted(allowed)[:8])
            raise self.wrong(column, f"một trong: {shown}{' …' if len(allowed) > 8 else ''}")
        return value

    def day(self, column: str) -> date | None:
        """A day as 30/11/2023 or 2023-11-30, or None if the cell is empty. Raises ``UnreadableRow``."""
        return self._read(column, _day, _A_DAY) if self.has(column) else None

    def instant(self, column: str) -> datetime | None:
        """An instant in UTC, or None if the cell is empty. Raises ``UnreadableRow``.

        Without an offset the cell is taken as Vietnamese time.
        """
        if not self.has(column):
            return None
        return self._read(column, _instant, _AN_INSTANT)

    def required_instant(self, column: str) -> datetime:
        """An instant in UTC that must be filled in. Raises ``UnreadableRow``."""
        instant = self.instant(column)
        if instant is None:
            raise self.wrong(column, _AN_INSTANT)
        return instant

    def count(self, column: str, at_least: int = 0) -> int:
        """A whole number up to a million. Raises ``UnreadableRow``."""
        value = self.cells[column]
        if not _COUNT.fullmatch(value) or not at_least <= int(value) <= _MAX_COUNT:
            raise self.wrong(column, f"số nguyên từ {at_least} đến {_MAX_COUNT}")
        return int(value)

    def decimal(self, column: str) -> Decimal:
        """A decimal number, 0 or more. Raises ``UnreadableRow``."""
        value = self.cells[column]
        if self.decimal_comma and _DECIMAL_COMMA.fullmatch(value):
            value = value.replace(",", ".")
        if not _DECIMAL.fullmatch(value):
            raise self.wrong(column, "số thập phân từ 0, dạng 87.5")
        return Decimal(value)

    def _read(self, column: str, parse: Callable[[str], T], expected: str) -> T:
        try:
            return parse(self.cells[column])
        except (ValueError, OverflowError):
            raise self.wrong(column, expected) from None


def _day(text: str) -> date:
    if match := _VIETNAMESE_DAY.fullmatch(text):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if not _ISO_DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _instant(text: str) -> datetime:
    """The instant in UTC. Raises ``OverflowError`` at the ends of the calendar, and ``ValueError``."""
    instant = _written_instant(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=VIETNAM)).astimezone(UTC)


def _written_instant(text: str) -> datetime:
    written_day, _, rest = text.partition(" ")
    if _VIETNAMESE_DAY.fullmatch(written_day):
        day, time = _day(written_day).isoformat(), rest.strip()
        if time and not _TIME.fullmatch(time):
            raise ValueError(text)
        hour, _, minutes = time.partition(":")
        return datetime.fromisoformat(f"{day}T{hour.rjust(2, '0')}:{minutes}" if time else day)
    _day(text[:10])
    return datetime.fromisoformat(text)
