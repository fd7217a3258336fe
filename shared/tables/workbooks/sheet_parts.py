"""Checks a sheet's XML before anything reads its cells, and collects what decides how the sheet looks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.contracts.intake import MAX_ROWS
from shared.tables.workbooks.bounded_xml import MAX_ELEMENTS, parse_xml
from shared.tables.workbooks.invalid_workbook import (
    InvalidWorkbook,
    column_name,
    not_excel,
    position,
    workbook_too_large,
)

MAX_SHEET_ROW = MAX_ROWS + 100
"""The last row that may hold a value: the rows of a report, and those of the form above them."""

MAX_COLUMN = 40
_MAX_CHARACTERS = 4 * 1024 * 1024
_MAX_CELLS_NAMED = 50
_MAX_AREA = MAX_SHEET_ROW * MAX_COLUMN


@dataclass(frozen=True, slots=True)
class MergedRange:
    """Cells shown as one. Rows and columns are from 1, inclusive, and within the limits of a form."""

    name: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(slots=True)
class SheetLook:
    """What decides how a sheet looks. Rows and columns are from 1.

    ``styles`` has the number of the style of each filled cell that has one. ``hidden_rows`` includes rows that a
    filter or a closed group hides.
    """

    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    merged: list[MergedRange] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _PartState:
    """The state of the parser within one part."""

    row: int = 0
    column: int = 0
    style: str | None = None
    in_cell: bool = False
    is_shared: bool = False
    characters: int = 0
    area: int = 0
    text: list[str] | None = None
    is_error: bool = False
    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def string_lengths(part: bytes) -> list[int]:
    """The length of each shared string. Cells refer to strings by number, and many cells may refer to a long one."""
    lengths: list[int] = []

    def start(kind: str, _: dict[str, str]) -> None:
        if kind == "si":
            lengths.append(0)
            if len(lengths) > MAX_ELEMENTS:
                raise workbook_too_large()

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    parse_xml(part, start, text)
    return lengths


def check_sheet(part: bytes, lengths: Sequence[int]) -> SheetLook:
    """Refuse formulas, errors, cells outside the form and excessive text. Raises ``InvalidWorkbook``.

    ``lengths`` are those of the shared strings.
    """
    state, look = _PartState(), SheetLook()

    def start(kind: str, attributes: dict[str, str]) -> None:
        if kind == "row":
            state.row, state.column = int(attributes.get("r", state.row + 1)), 0
            if state.row < 1:
                raise not_excel()
            if _is_hidden(attributes, "ht") and state.row <= MAX_SHEET_ROW:
                look.hidden_rows.add(state.row)
        elif kind == "c":
            state.column, state.in_cell = state.column + 1, True
            if (address := attributes.get("r")) is not None:
                state.row, state.column = position(address)
            state.is_shared, state.is_error = attributes.get("t") == "s", attributes.get("t") == "e"
            state.style = attributes.get("s")
        elif kind == "col" and _is_hidden(attributes, "width"):
            first, last = (int(attributes.get(name, 0)) for name in ("min", "max"))
            look.hidden_columns.update(range(first, min(last, MAX_COLUMN) + 1))
        elif kind == "mergeCell":
            _merge(attributes.get("ref", ""), state, look)
        elif not state.in_cell:
            return  # outside cells, an f element is a list of choices
        elif kind == "f":
            state.formulas.append(f"{column_name(state.column)}{state.row}")
        elif kind in ("v", "is"):
            _check_place(state)
            state.text = []
            if state.style is not None:
                look.styles[state.row, state.column] = int(state.style)
            if state.is_error:
                state.errors.append(f"{column_name(state.column)}{state.row}")

    def text(data: str) -> None:
        if state.text is not None:
            state.text.append(data)

    def end(kind: str) -> None:
        if kind == "c":
            state.in_cell = False
        if state.text is not None and kind in ("v", "is"):
            if state.is_shared and (index := "".join(state.text).strip()).isdecimal() and int(index) < len(lengths):
                state.characters += lengths[int(index)]
            if state.characters > _MAX_CHARACTERS:
                raise workbook_too_large()
            state.text = None

    parse_xml(part, start, text, end)
    for code, addresses, reason in (
        ("formula", state.formulas, "chứa công thức; hãy sao chép rồi dán lại dưới dạng giá trị"),
        ("error_cell", state.errors, "mang lỗi của Excel, không phải số liệu"),
    ):
        if addresses:
            cells = tuple(addresses[:_MAX_CELLS_NAMED])
            raise InvalidWorkbook(
                422, code, f"Ô {', '.join(cells[:5])} {reason}. Các ô khác chưa được kiểm tra.", cells
            )
    return look


def _check_place(state: _PartState) -> None:
    if state.row > MAX_SHEET_ROW:
        detail = f"Mỗi báo cáo có nhiều nhất {MAX_ROWS} dòng; bảng có dữ liệu ở dòng {state.row}."
        raise InvalidWorkbook(422, "too_many_rows", detail)
    if state.column > MAX_COLUMN:
        detail = f"Bảng có dữ liệu ở cột {column_name(state.column)}, ngoài các cột của mẫu."
        raise InvalidWorkbook(422, "too_many_columns", detail)


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column does not show: marked so, or of size 0."""
    return attributes.get("hidden") in ("1", "true") or attributes.get(size) in ("0", "0.0")


def _merge(name: str, state: _PartState, look: SheetLook) -> None:
    """Keep a merged range as far as it lies within a form. Ranges never overlap in a true file, so they are few."""
    (top, left), (bottom, right) = (position(corner) for corner in (f"{name}:{name}".split(":")[:2]))
    merged = MergedRange(name, top, left, min(bottom, MAX_SHEET_ROW), min(right, MAX_COLUMN))
    state.area += max(0, merged.last_row - top + 1) * max(0, merged.last_column - left + 1)
    if state.area > _MAX_AREA:
        raise workbook_too_large()
    look.merged.append(merged)
