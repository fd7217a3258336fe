"""Writes the Excel form of an obligation: the units it expects are filled in, only figures are left to type. Pure.

No cell is a formula: every text is written as text. Headings are locked without a password, against slips only.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

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
    labelled,
)
from services.intake.workbooks.unit_lookup import labels
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.units import Unit
from shared.plans.authority import concerns, counted_to, expected_units, takes
from shared.wording.formats import can_cu, ngay, so

_CHOICES = "Danh mục"
_SPARE = 50
"""Empty lines below the units filled in, for those who may be reported as well."""

_FREE = 300
"""Lines of a form that fills in no units: a list, or cases."""

_MOST = 1_000_000
_FORMATS = {"text": "@", "count": "0", "score": "0.######", "yes": "@", "day": "dd/mm/yyyy"}


def periods(obligation: Obligation, context: IntakeContext) -> list[str]:
    """The periods an obligation is reported for, as the door takes them."""
    movement = context.plan.movement
    assert movement is not None
    return [due.period for due in obligation.dues()] or [str(movement.period.first.year)]


def template(
    context: IntakeContext,
    obligation: Obligation,
    kind: Kind,
    agency: str,
    period: str,
    today: date,
    documents: Mapping[str, str],
) -> bytes:
    """The form of an agency's report as an .xlsx file.

    ``documents`` are the numbers of the source documents by their keys, for the citation.
    """
    return _Form(context, obligation, kind, agency, today).write(period, documents)


class _Form:
    """One form being written."""

    def __init__(self, context: IntakeContext, obligation: Obligation, kind: Kind, agency: str, today: date) -> None:
        self._context, self._obligation, self._kind = context, obligation, kind
        plan, register = context.plan, context.register
        assert plan.movement is not None
        self._as_of = None if kind is Kind.INSPECTION else counted_to(plan, obligation)
        day = self._as_of or plan.movement.as_of or today
        self._may = [u for u in register.units if u.exists_on(day) and concerns(plan, obligation, agency, u)]
        self._labels = labels(self._may, register)
        expected = expected_units(plan, obligation, register, day, agency)
        in_form = kind not in (Kind.INSPECTION, Kind.LISTED, Kind.DOCUMENT)
        self._units = [unit for unit in self._may if in_form and unit.code in expected]
        self._units.sort(key=lambda unit: list(Tier).index(unit.tier))
        self._tiers = tuple(tier for tier in obligation.tiers if takes(plan, obligation, tier))
        self._packed = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._packed,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
        )
        self._sheet: Worksheet = self._book.add_worksheet(SHEET)
        look: dict[str, Any] = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
        self._title = self._book.add_format({**look, "bold": True, "font_size": 14})
        self._said = self._book.add_format({**look, "italic": True})
        self._head = self._book.add_format(
            {**look, "bold": True, "border": 1, "bg_color": "#D9E2F3", "text_wrap": True, "align": "center"}
        )
        self._fixed = self._book.add_format({**look, "border": 1, "num_format": "@"})
        self._open: dict[str, Format] = {
            holds: self._book.add_format(
                {**look, "border": 1, "locked": False, "bg_color": "#FFF9E5", "num_format": number}
            )
            for holds, number in _FORMATS.items()
        }

    def write(self, period: str, documents: Mapping[str, str]) -> bytes:
        """Write all of it."""
        movement = self._context.plan.movement
        assert movement is not None
        rule = can_cu(self._obligation.cite, documents)
        sheet = self._sheet
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 44)
        sheet.set_column(2, 12, 20)
        sheet.write_string(0, 0, f"Nội dung {self._obligation.id}: {self._obligation.what}", self._title)
        sheet.write_string(1, 0, f"Phong trào: {movement.name}. Kỳ báo cáo: {period}.", self._said)
        sheet.write_string(2, 0, f"Căn cứ: {rule}. {self._due(period)}", self._said)
        sheet.write_string(
            3, 0, "Chỉ nhập vào ô nền vàng; không dùng công thức. Dòng chưa có số liệu để trống.", self._said
        )
        machine = (FORM_MARKER, movement.id, self._obligation.id, period, self._kind.value)
        for column, said in enumerate(machine):
            sheet.write_string(4, column, said, self._fixed)
        sheet.set_row(4, None, None, {"hidden": True})
        row = 5
        for cell in labelled(self._kind, self._tiers):
            if cell is not AS_OF or self._as_of is not None:  # where the source gives no day, none is asked for
                self._label(row, cell)
                row += 1
        if self._kind is not Kind.DOCUMENT:
            self._table(row + 1, rule)
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
        return self._packed.getvalue()

    def _due(self, period: str) -> str:
        last = self._obligation.last_day(period, self._context.plan.choices.due_day)
        return f"Hạn gửi: hết ngày {ngay(last)}." if last else "Nguồn không nêu hạn gửi."

    def _label(self, row: int, cell: Column) -> None:
        self._sheet.write_string(row, 0, cell.heading, self._head)
        look = self._open[cell.holds]
        if cell is AS_OF and self._as_of is not None:
            self._sheet.write_datetime(row, 1, self._as_of, look)
        else:
            self._sheet.write_blank(row, 1, None, look)
        self._sheet.write_comment(row, 0, cell.note, {"x_scale": 2})
        latest = self._as_of if cell is AS_OF else None
        self._rule_for(row, row, 1, cell, latest)

    def _table(self, top: int, rule: str) -> None:
        sheet, figures = self._sheet, COLUMNS[self._kind]
        notes = [
            "Mã đơn vị trong danh mục; có mã thì không cần tên.",
            "Tên đúng như trong danh mục. Tên viết không dấu hoặc theo cách cũ sẽ được trả lại kèm gợi ý.",
            *(f"{column.note} Căn cứ: {rule}." for column in figures),
        ]
        for column, heading in enumerate((UNIT_CODE, UNIT_NAME, *(each.heading for each in figures))):
            sheet.write_string(top, column, heading, self._head)
            sheet.write_comment(top, column, notes[column], {"x_scale": 2})
        first, spare = top + 1, _SPARE if self._units else _FREE
        last = first + len(self._units) + spare - 1
        for row in range(first, last + 1):
            self._unit_cells(row, self._units[row - first] if row - first < len(self._units) else None)
            for column, each in enumerate(figures, 2):
                sheet.write_blank(row, column, None, self._open[each.holds])
        self._list_units(first + len(self._units), last)
        for column, each in enumerate(figures, 2):
            self._rule_for(first, last, column, each, None)
        sheet.autofilter(top, 0, last, len(figures) + 1)
        sheet.freeze_panes(top + 1, 2)

    def _unit_cells(self, row: int, unit: Unit | None) -> None:
        if unit is None:
            self._sheet.write_blank(row, 0, None, self._open["text"])
            self._sheet.write_blank(row, 1, None, self._open["text"])
        else:
            self._sheet.write_string(row, 0, unit.code, self._fixed)
            self._sheet.write_string(row, 1, self._labels[unit.code], self._fixed)

    def _list_units(self, first: int, last: int) -> None:
        """A second sheet with every unit that may be reported, which the empty lines' names are chosen from."""
        choices = self._book.add_worksheet(_CHOICES)
        choices.set_column(0, 0, 44)
        for row, unit in enumerate(self._may):
            choices.write_string(row, 0, self._labels[unit.code])
            choices.write_string(row, 1, unit.code)
        choices.protect()
        if self._may:
            among = f"='{_CHOICES}'!$A$1:$A${len(self._may)}"
            self._sheet.data_validation(
                first, 1, last, 1, {"validate": "list", "source": among, "error_type": "warning"}
            )

    def _rule_for(self, first: int, last: int, column: int, cell: Column, latest: date | None) -> None:
        """What Excel itself lets be typed; the door checks all of it again."""
        rule: dict[str, Any] = {"error_title": cell.heading[:32], "error_message": cell.note[:255]}
        if cell.holds == "yes":
            rule |= {"validate": "list", "source": [YES, NO]}
        elif cell.holds == "count":
            rule |= {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": _MOST}
        elif cell.holds == "score":
            field = self._context.plan.field[self._obligation.field or ""]
            rule |= {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": float(field.scale)}
            rule["error_message"] = f"Điểm từ 0 đến {so(field.scale)}, nhiều nhất {field.decimals} chữ số thập phân."
        elif cell.holds == "day":
            end = latest or date(2100, 1, 1) - timedelta(days=1)
            rule |= {"validate": "date", "criteria": "between", "minimum": date(2000, 1, 1), "maximum": end}
        else:
            return
        self._sheet.data_validation(first, column, last, column, rule)
