"""Writes the Excel form of an obligation, with the expected units filled in, so that only figures are typed. Pure.

No cell is a formula: every text is written as text. Headings are locked without a password, against accidental edits.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.intake.context import IntakeContext
from services.intake.workbooks.layout import (
    AS_OF,
    COLUMNS,
    FORM_MARKER,
    NO,
    SHEET,
    UNIT_CODE,
    UNIT_NAME,
    YES,
    Column,
    labelled_cells,
)
from services.intake.workbooks.unit_lookup import labels
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.units import Unit
from shared.plans.authority import accepts_tier, concerns, counted_to, expected_units
from shared.wording.citations import Citing, Documents
from shared.wording.formats import INFERRED_AS_OF, ky, ngay, so, thoi_han

_UNITS_SHEET = "Danh mục"
_SPARE_ROWS = 50
"""Empty rows below the expected units, for other units that may be reported."""

_EMPTY_ROWS = 300
"""Rows of a form without expected units: a list, or cases."""

_MAX_COUNT = 1_000_000
_NUMBER_FORMATS = {"text": "@", "count": "0", "score": "0.######", "yes": "@", "day": "dd/mm/yyyy"}


def template(
    context: IntakeContext,
    obligation: Obligation,
    kind: Kind,
    agency: str,
    period: str,
    today: date,
    documents: Documents,
) -> bytes:
    """The form of an agency's report, as the bytes of an .xlsx file. ``today`` is a local day.

    ``documents`` are the source documents by their keys, for the citation.
    """
    return _FormWriter(context, obligation, kind, agency, today).write(period, documents)


class _FormWriter:
    """Writes one form. Rows and columns are from 0."""

    def __init__(self, context: IntakeContext, obligation: Obligation, kind: Kind, agency: str, today: date) -> None:
        self._context, self._obligation, self._kind = context, obligation, kind
        plan, register = context.plan, context.register
        assert plan.movement is not None
        self._as_of = None if kind is Kind.INSPECTION else counted_to(plan, obligation)
        day = self._as_of or plan.movement.as_of or today
        self._allowed = [u for u in register.units if u.exists_on(day) and concerns(plan, obligation, agency, u)]
        self._labels = labels(self._allowed, register)
        expected = expected_units(plan, obligation, register, day, agency)
        lists_units = kind not in (Kind.INSPECTION, Kind.LISTED, Kind.DOCUMENT)
        self._units = [unit for unit in self._allowed if lists_units and unit.code in expected]
        self._units.sort(key=lambda unit: list(Tier).index(unit.tier))
        self._tiers = tuple(tier for tier in obligation.tiers if accepts_tier(plan, obligation, tier))
        self._output = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._output,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
        )
        self._sheet: Worksheet = self._book.add_worksheet(SHEET)
        base: Mapping[str, str | int] = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
        self._title_format = self._book.add_format({**base, "bold": True, "font_size": 14})
        self._note_format = self._book.add_format({**base, "italic": True})
        self._heading_format = self._book.add_format(
            {**base, "bold": True, "border": 1, "bg_color": "#D9E2F3", "text_wrap": True, "align": "center"}
        )
        self._locked_format = self._book.add_format({**base, "border": 1, "num_format": "@"})
        self._input_formats: dict[str, Format] = {
            cell_type: self._book.add_format(
                {**base, "border": 1, "locked": False, "bg_color": "#FFF9E5", "num_format": number}
            )
            for cell_type, number in _NUMBER_FORMATS.items()
        }

    def write(self, period: str, documents: Documents) -> bytes:
        """Write the whole form and return the file's bytes."""
        movement = self._context.plan.movement
        assert movement is not None
        citing = Citing(documents)
        rule = citing.text(self._obligation.cite)
        sheet = self._sheet
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 44)
        sheet.set_column(2, 12, 20)
        sheet.write_string(0, 0, f"Nội dung: {self._obligation.what}", self._title_format)
        sheet.write_string(1, 0, f"Phong trào: {movement.name}. Kỳ báo cáo: {ky(period)}.", self._note_format)
        sheet.write_string(2, 0, f"Căn cứ: {rule}. {self._due(period)}{self._inferred_as_of()}", self._note_format)
        sheet.write_string(
            3, 0, "Chỉ nhập vào ô nền vàng; không dùng công thức. Dòng chưa có số liệu để trống.", self._note_format
        )
        machine = (FORM_MARKER, movement.id, self._obligation.id, period, self._kind.value)
        for column, value in enumerate(machine):
            sheet.write_string(4, column, value, self._locked_format)
        sheet.set_row(4, None, None, {"hidden": True})
        row = 5
        for cell in labelled_cells(self._kind, self._tiers):
            if cell is not AS_OF or self._as_of is not None:  # the form has no as-of cell if the source gives no day
                self._label(row, cell)
                row += 1
        if self._kind is not Kind.DOCUMENT:
            self._table(row + 1, citing.text(self._obligation.cite))
        sheet.protect(
            "",
            {
                "insert_rows": True,
                "delete_rows": True,
                "format_columns": True,
                "format_rows": True,
                "sort": True,
                "autofilter": True,
            },
        )
        self._book.close()
        return self._output.getvalue()

    def _due(self, period: str) -> str:
        last_day = self._obligation.last_day(period, self._context.plan.choices.due_day)
        return f"Thời hạn: {thoi_han(last_day)}." if last_day else "Kế hoạch không nêu thời hạn."

    def _inferred_as_of(self) -> str:
        """A sentence that the source does not state the as-of day; empty if it does."""
        if self._as_of is None or not self._obligation.infers_as_of:
            return ""
        return f" Số liệu tính đến hết ngày {ngay(self._as_of)} ({INFERRED_AS_OF})."

    def _label(self, row: int, cell: Column) -> None:
        self._sheet.write_string(row, 0, cell.heading, self._heading_format)
        cell_format = self._input_formats[cell.type]
        if cell is AS_OF and self._as_of is not None:
            self._sheet.write_datetime(row, 1, self._as_of, cell_format)
        else:
            self._sheet.write_blank(row, 1, None, cell_format)
        note = f"{cell.note}{self._inferred_as_of()}" if cell is AS_OF else cell.note
        self._sheet.write_comment(row, 0, note, {"x_scale": 2})
        latest = self._as_of if cell is AS_OF else None
        self._validate(row, row, 1, cell, latest)

    def _table(self, heading_row: int, rule: str) -> None:
        sheet, figures = self._sheet, COLUMNS[self._kind]
        notes = [
            "Mã đơn vị trong danh mục; có mã thì không cần tên.",
            "Tên đúng như trong danh mục. Tên viết không dấu hoặc theo cách cũ không được nhận; hệ thống nêu gợi ý.",
            *(f"{column.note} Căn cứ: {rule}." for column in figures),
        ]
        for column, heading in enumerate((UNIT_CODE, UNIT_NAME, *(figure.heading for figure in figures))):
            sheet.write_string(heading_row, column, heading, self._heading_format)
            sheet.write_comment(heading_row, column, notes[column], {"x_scale": 2})
        first, spare = heading_row + 1, _SPARE_ROWS if self._units else _EMPTY_ROWS
        last = first + len(self._units) + spare - 1
        for row in range(first, last + 1):
            self._unit_cells(row, self._units[row - first] if row - first < len(self._units) else None)
            for column, figure in enumerate(figures, 2):
                sheet.write_blank(row, column, None, self._input_formats[figure.type])
        self._list_units(first + len(self._units), last)
        for column, figure in enumerate(figures, 2):
            self._validate(first, last, column, figure, None)
        sheet.autofilter(heading_row, 0, last, len(figures) + 1)
        sheet.freeze_panes(heading_row + 1, 2)

    def _unit_cells(self, row: int, unit: Unit | None) -> None:
        if unit is None:
            self._sheet.write_blank(row, 0, None, self._input_formats["text"])
            self._sheet.write_blank(row, 1, None, self._input_formats["text"])
        else:
            self._sheet.write_string(row, 0, unit.code, self._locked_format)
            self._sheet.write_string(row, 1, self._labels[unit.code], self._locked_format)

    def _list_units(self, first: int, last: int) -> None:
        """Write a second sheet with every unit that may be reported; names in the empty rows are chosen from it."""
        unit_sheet = self._book.add_worksheet(_UNITS_SHEET)
        unit_sheet.set_column(0, 0, 44)
        for row, unit in enumerate(self._allowed):
            unit_sheet.write_string(row, 0, self._labels[unit.code])
            unit_sheet.write_string(row, 1, unit.code)
        unit_sheet.protect()
        if self._allowed:
            source = f"='{_UNITS_SHEET}'!$A$1:$A${len(self._allowed)}"
            self._sheet.data_validation(
                first, 1, last, 1, {"validate": "list", "source": source, "error_type": "warning"}
            )

    def _validate(self, first: int, last: int, column: int, cell: Column, latest: date | None) -> None:
        """Restrict what Excel accepts in some rows of a column; intake checks everything again."""
        rule: dict[str, str | float | date | Sequence[str]] = {
            "error_title": cell.heading[:32],
            "error_message": cell.note[:255],
        }
        if cell.type == "yes":
            rule |= {"validate": "list", "source": [YES, NO]}
        elif cell.type == "count":
            rule |= {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": _MAX_COUNT}
        elif cell.type == "score":
            field = self._context.plan.field[self._obligation.field or ""]
            rule |= {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": float(field.scale)}
            rule["error_message"] = f"Điểm từ 0 đến {so(field.scale)}, nhiều nhất {field.decimals} chữ số thập phân."
        elif cell.type == "day":
            maximum = latest or date(2100, 1, 1) - timedelta(days=1)
            rule |= {"validate": "date", "criteria": "between", "minimum": date(2000, 1, 1), "maximum": maximum}
        else:
            return
        self._sheet.data_validation(first, column, last, column, rule)
