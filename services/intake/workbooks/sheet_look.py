"""What a sheet hides from a reader's eyes: merged cells, hidden rows and columns, a hidden sheet. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.contracts.receipts import ReceiptWarning
from shared.tables.workbooks.safe_open import Grid
from shared.tables.workbooks.sheet_parts import MergedRange


def merged_ranges(grid: Grid, first: int, table: int) -> Iterator[MergedRange]:
    """The merged ranges that hold a value of the form, whose rows begin after row ``first`` (rows from 1).

    Only the first cell of a range has its value, so the other units of a merged column would be empty. A labelled
    cell, above row ``table`` + 1, may be as wide as its sender likes.
    """
    for merged in grid.merged:
        is_label = merged.first_row == merged.last_row <= table
        rows = grid.rows[merged.first_row - 1 : merged.last_row]
        cells = (cell for row in rows for cell in row[merged.first_column - 1 : merged.last_column])
        if merged.last_row > first and not is_label and any(cell != "" for cell in cells):
            yield merged


def hidden_parts(grid: Grid, rows: Sequence[int], columns: Sequence[int]) -> list[ReceiptWarning]:
    """Warnings about reported rows and columns (from 1) that the sheet does not show, though they were read."""
    hidden_rows = sum(row in grid.hidden_rows for row in rows)
    hidden_columns = sum(column in grid.hidden_columns for column in columns)
    hidden = (
        ("hidden_rows", hidden_rows, f"{hidden_rows} dòng bị ẩn hoặc bị lọc trong tệp Excel vẫn được tính."),
        ("hidden_columns", hidden_columns, f"{hidden_columns} cột bị ẩn trong tệp Excel vẫn được tính."),
        ("hidden_sheet", int(grid.hidden), "Biểu mẫu nằm ở trang tính bị ẩn trong tệp Excel và vẫn được tính."),
    )
    return [ReceiptWarning(code=code, count=count, detail=detail) for code, count, detail in hidden if count]
