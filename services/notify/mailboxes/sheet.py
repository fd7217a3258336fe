"""The mailbox book as an Excel file: written so that it can be filled in and sent back, and read again. Pure.

No cell is a formula. The hidden row above the headings has the province and the version the sheet was made from.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format

from services.notify.mailboxes.book import Mailbox, MailboxBook
from services.notify.mailboxes.reading import COLUMNS, NEEDED, ROLES, row_of
from shared.contracts.units import UnitRegister
from shared.runtime.http.strict_json import tidied
from shared.tables.rows import Row
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook, column_name
from shared.tables.workbooks.safe_open import Grid, open_workbook
from shared.wording.unit_names import full_name

_MARKER: Final = "#thidua"
_BOOK: Final = "hop-thu"
_DAYS: Final = ("first", "last", "deputy_first", "deputy_last")
_WIDTHS: Final = (20, 44, 30, 36, 14, 14, 36, 14, 14)
_HEADING_ROW: Final = 3
_SPARE_ROWS: Final = 100
_NOTE: Final = (
    "Chỉ ghi địa chỉ thư công vụ, không ghi tên người. Ngày dạng 30/11/2023; để trống là không giới hạn. "
    "Dòng chưa có địa chỉ: thư gửi đến địa chỉ mặc định."
)


@dataclass(frozen=True, slots=True)
class BookSheet:
    """The rows of a book's sheet, the version it was made from (None if it was made by hand), its columns from 0."""

    rows: Sequence[Row]
    version: int | None
    columns: Mapping[str, int]

    def cell(self, line: int, column: str) -> str:
        """The address of a cell, such as ``D7``; of a column that the sheet lacks, that of the row."""
        return f"{column_name(self.columns.get(column, 0) + 1)}{line}"


def write_sheet(book: MailboxBook, register: UnitRegister, today: date) -> bytes:
    """A book as the bytes of an .xlsx file; below it a row for every unit of today that has no mailbox of its own."""
    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(output, options)
    sheet = workbook.add_worksheet("Hộp thư")
    base = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    heading = workbook.add_format({**base, "bold": True, "border": 1, "bg_color": "#D9E2F3", "text_wrap": True})
    text = workbook.add_format({**base, "border": 1, "num_format": "@"})
    day = workbook.add_format({**base, "border": 1, "num_format": "dd/mm/yyyy"})
    sheet.write_string(0, 0, "Sổ hộp thư công vụ", workbook.add_format({**base, "bold": True, "font_size": 14}))
    sheet.write_string(1, 0, _NOTE, workbook.add_format({**base, "italic": True}))
    for column, value in enumerate((_MARKER, _BOOK, book.province, str(book.version))):
        sheet.write_string(2, column, value, text)
    sheet.set_row(2, None, None, {"hidden": True})
    for column, (words, width) in enumerate(zip(COLUMNS.values(), _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(_HEADING_ROW, column, words, heading)
    entries = [*book.mailboxes, *_without_entry(book, register, today)]
    first = _HEADING_ROW + 1
    for row, values in enumerate([*(_values(entry, register) for entry in entries), *[{}] * _SPARE_ROWS], first):
        for column, key in enumerate(COLUMNS):
            _write(sheet, row, column, values.get(key), day if key in _DAYS else text)
    last = first + len(entries) + _SPARE_ROWS - 1
    role = list(COLUMNS).index("role")
    sheet.data_validation(first, role, last, role, {"validate": "list", "source": list(ROLES.values())})
    sheet.autofilter(_HEADING_ROW, 0, last, len(COLUMNS) - 1)
    sheet.freeze_panes(first, 2)
    workbook.close()
    return output.getvalue()


def read_sheet(content: bytes, province: str) -> BookSheet:
    """The book of a province in an .xlsx file. Raises ``InvalidWorkbook``."""
    headings = [(grid, row) for grid in open_workbook(content) for row in _heading_rows(grid)]
    if not headings:
        wanted = ", ".join(f"“{COLUMNS[column]}”" for column in NEEDED)
        raise InvalidWorkbook(422, "no_headings", f"Không thấy dòng tiêu đề có các cột {wanted}.")
    if len(headings) > 1:
        detail = "Tệp có nhiều hơn một sổ hộp thư; mỗi tệp chỉ một sổ."
        raise InvalidWorkbook(422, "two_forms", detail, tuple(f"A{row + 1}" for _, row in headings))
    grid, heading_row = headings[0]
    columns = dict(_columns(grid.rows[heading_row], heading_row + 1))
    rows = [
        row_of(line, {column: _text(cells[at]) for column, at in columns.items() if at < len(cells)})
        for line, cells in enumerate(grid.rows[heading_row + 1 :], heading_row + 2)
    ]
    return BookSheet(rows, _version(grid.rows[:heading_row], province), columns)


def _without_entry(book: MailboxBook, register: UnitRegister, today: date) -> Iterator[Mailbox]:
    """A row without an address for each unit of today whose own mailbox the book does not have."""
    entered = {entry.unit for entry in book.mailboxes if entry.role == "agency"}
    for unit in register.units:
        if unit.code not in entered and unit.exists_on(today):
            yield Mailbox(unit=unit.code, role="agency", address="")


def _values(entry: Mailbox, register: UnitRegister) -> Mapping[str, str | date | None]:
    names = {"name": full_name(register, entry.unit), "role": ROLES[entry.role]}
    return {**entry.model_dump(), **names}


def _write(sheet: Any, row: int, column: int, value: str | date | None, cell_format: Format) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, cell_format)
    elif value:
        sheet.write_string(row, column, value, cell_format)
    else:
        sheet.write_blank(row, column, None, cell_format)


def _heading_rows(grid: Grid) -> Iterable[int]:
    """The rows (from 0) that have every needed heading."""
    needed = {COLUMNS[column].casefold() for column in NEEDED}
    return (row for row, cells in enumerate(grid.rows) if needed <= {_text(cell).casefold() for cell in cells})


def _columns(cells: Sequence[Any], line: int) -> Iterator[tuple[str, int]]:
    """The columns of a heading row. Raises ``InvalidWorkbook`` for a heading that is unknown or there twice."""
    keys, seen = {words.casefold(): key for key, words in COLUMNS.items()}, set[str]()
    for at, cell in enumerate(cells):
        heading = _text(cell)
        if not heading:
            continue
        key, place = keys.get(heading.casefold()), (f"{column_name(at + 1)}{line}",)
        if key is None:
            detail = f"Cột “{heading[:80]}” không có trong mẫu; các cột: {', '.join(COLUMNS.values())}."
            raise InvalidWorkbook(422, "unknown_column", detail, place)
        if key in seen:
            raise InvalidWorkbook(422, "column_twice", f"Cột “{heading}” có hai lần.", place)
        seen.add(key)
        yield key, at


def _version(above: Sequence[Sequence[Any]], province: str) -> int | None:
    """The version in the hidden row; None without one. Raises ``InvalidWorkbook`` for a form of something else."""
    for line, cells in enumerate(above, 1):
        values = [_text(cell) for cell in cells[:4]]
        if values[:1] != [_MARKER]:
            continue
        if values[1:3] != [_BOOK, province] or not values[3:] or not values[3].isdecimal():
            detail = "Tệp này không phải sổ hộp thư của tỉnh, hoặc dòng nhận dạng đã bị sửa; hãy xuất lại sổ."
            raise InvalidWorkbook(422, "form_changed", detail, (f"A{line}",))
        return int(values[3])
    return None


def _text(cell: Any) -> str:
    """A cell as text with normalized spaces; a day as 2023-11-30, whatever its format shows."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, str):
        return " ".join(str(tidied(cell)).split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
