"""Finds the one form in a workbook, and the headings of its table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.workbooks.cell_values import cell_text
from services.intake.workbooks.layout import FORM_MARKER, UNIT_CODE, UNIT_NAME
from shared.contracts.model import Kind
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook
from shared.tables.workbooks.safe_open import Grid
from shared.wording.unmarked import without_marks

MAX_PROBLEMS = 50
"""Problems of a form that are named; nobody corrects more at a time."""


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A filled-in form in a workbook: the values of its machine row, that row's index (from 0), and the cells."""

    movement: str
    obligation: str
    period: str
    kind: Kind
    row: int
    grid: Grid


def find_form(grids: Sequence[Grid]) -> FilledForm:
    """The form in a workbook. Raises ``InvalidWorkbook`` if there is none or more than one."""
    matches = [
        (grid, row) for grid in grids for row, cells in enumerate(grid.rows) if cells and cells[0] == FORM_MARKER
    ]
    if not matches:
        detail = "Không thấy dòng nhận dạng của biểu mẫu; hãy tải mẫu của nội dung cần báo cáo và điền vào mẫu đó."
        raise InvalidWorkbook(422, "no_form", detail)
    if len(matches) > 1:
        detail = "Tệp có nhiều hơn một biểu mẫu; mỗi tệp chỉ gửi một báo cáo."
        raise InvalidWorkbook(422, "two_forms", detail, tuple(f"A{row + 1}" for _, row in matches[:MAX_PROBLEMS]))
    grid, row = matches[0]
    values = [cell_text(cell) for cell in grid.rows[row][1:5]]
    try:
        movement, obligation, period, kind = values
        return FilledForm(movement, obligation, period, Kind(kind), row, grid)
    except ValueError:
        detail = "Dòng nhận dạng của biểu mẫu đã bị sửa; hãy tải lại mẫu."
        raise InvalidWorkbook(422, "form_changed", detail, (f"A{row + 1}",)) from None


def heading_row(form: FilledForm) -> int:
    """The row (from 0) with the headings of a form's table. Raises ``InvalidWorkbook`` if there is none."""
    headings = {without_marks(UNIT_CODE), without_marks(UNIT_NAME)}
    for row, cells in enumerate(form.grid.rows[form.row + 1 :], form.row + 1):
        if headings & {without_marks(cell) for cell in cells if isinstance(cell, str)}:
            return row
    detail = f"Không thấy dòng tiêu đề có cột “{UNIT_CODE}” hoặc “{UNIT_NAME}”."
    raise InvalidWorkbook(422, "no_headings", detail)
