"""Reads the CSV files of `thidua evaluate` row by row; errors name the line and column that cannot be read."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from shared.contracts.model import VIETNAM

T = TypeVar("T")

_MAX_SHOWN = 120
_MAX_COUNT = 1_000_000
_COUNT = re.compile(r"[0-9]{1,7}")
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,40})?")


class UnreadableRow(ValueError):
    """A row that cannot be read: file, line, column, the actual text and the expected form (in Vietnamese)."""

    def __init__(self, file: str, line: int, column: str, actual: str, expected: str) -> None:
        shown = actual if len(actual) <= _MAX_SHOWN else f"{actual[:_MAX_SHOWN]}…"
        super().__init__(f"{file}:{line}: cột {column}: “{shown}” không đọc được, cần {expected}")
        self.file, self.line, self.column, self.actual, self.expected = file, line, column, actual, expected


@dataclass(frozen=True)
class Row:
    """One row of a file, its cells by column. ``line`` counts the file's lines from 1."""

    file: str
    line: int
    cells: Mapping[str, str]

    def wrong(self, column: str, expected: str) -> UnreadableRow:
        """The error for a cell that cannot be read; ``expected`` is the form it should have (in Vietnamese)."""
        return UnreadableRow(self.file, self.line, column, self.cells[column], expected)

    def has(self, column: str) -> bool:
        """Whether a column is filled in."""
        return bool(self.cells[column])

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
        """A day as 2023-11-30, or None if the cell is empty. Raises ``UnreadableRow``."""
        return self._read(column, date.fromisoformat, "ngày dạng 2023-11-30") if self.has(column) else None

    def instant(self, column: str) -> datetime | None:
        """An instant in UTC, or None if the cell is empty. Raises ``UnreadableRow``.

        Without an offset the cell is taken as Vietnamese time.
        """
        if not self.has(column):
            return None
        instant = self._read(column, datetime.fromisoformat, "thời điểm dạng 2023-12-04T23:59:59+07:00")
        return (instant if instant.tzinfo else instant.replace(tzinfo=VIETNAM)).astimezone(UTC)

    def required_instant(self, column: str) -> datetime:
        """An instant in UTC that must be filled in. Raises ``UnreadableRow``."""
        instant = self.instant(column)
        if instant is None:
            raise self.wrong(column, "thời điểm dạng 2023-12-04T23:59:59+07:00")
        return instant

    def count(self, column: str) -> int:
        """A whole number from 0 to a million. Raises ``UnreadableRow``."""
        value = self.cells[column]
        if not _COUNT.fullmatch(value) or int(value) > _MAX_COUNT:
            raise self.wrong(column, f"số nguyên từ 0 đến {_MAX_COUNT}")
        return int(value)

    def decimal(self, column: str) -> Decimal:
        """A decimal number, 0 or more. Raises ``UnreadableRow``."""
        value = self.cells[column]
        if not _DECIMAL.fullmatch(value):
            raise self.wrong(column, "số thập phân từ 0, dạng 87.5")
        return Decimal(value)

    def _read(self, column: str, parse: Callable[[str], T], expected: str) -> T:
        try:
            return parse(self.cells[column])
        except ValueError:
            raise self.wrong(column, expected) from None


def rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a UTF-8 CSV file that has exactly these columns, in any order; blank lines are skipped.

    Raises ``UnreadableRow`` for a column that is missing or unknown, a row with too many or too few cells, and a cell
    that is not UTF-8.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        reader = csv.reader(lines)
        parsed = _parsed(path.name, reader)
        heading = [name.strip() for name in next(parsed, [])]
        for name in columns:
            if name not in heading:
                raise UnreadableRow(path.name, 1, name, ",".join(heading), f"các cột {','.join(columns)}")
        if unexpected := next((name for name in heading if name not in columns or heading.count(name) > 1), None):
            raise UnreadableRow(path.name, 1, unexpected, unexpected, f"các cột {','.join(columns)}")
        for cells in parsed:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(heading):
                column = heading[min(len(cells), len(heading) - 1)]
                raise UnreadableRow(path.name, reader.line_num, column, f"{len(cells)} ô", f"{len(heading)} ô")
            for column, cell in zip(heading, cells, strict=True):
                if _is_damaged(cell):
                    raise UnreadableRow(path.name, reader.line_num, column, _shown(cell), "chữ mã UTF-8")
            yield Row(path.name, reader.line_num, dict(zip(heading, map(str.strip, cells), strict=True)))


def _parsed(file: str, reader: Any) -> Iterator[list[str]]:
    """The lines as cells. An unclosed quote makes one cell of the rest; the parser refuses it if it is long."""
    try:
        yield from reader
    except csv.Error as error:
        raise UnreadableRow(file, reader.line_num, "*", str(error), "một dòng CSV") from None


def _is_damaged(cell: str) -> bool:
    """Whether the cell had bytes that are not UTF-8, which the decoder turned into lone surrogates."""
    return not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell)


def _shown(cell: str) -> str:
    return cell.encode("utf-8", "backslashreplace").decode()
