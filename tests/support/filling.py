"""Fills in Excel forms with another library than the one that wrote them, and reads them as intake does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from services.intake.context import IntakeContext
from services.intake.workbooks.cell_problems import Sheet
from services.intake.workbooks.filled_form import find_form
from services.intake.workbooks.layout import COLUMNS, DOCUMENT, SHEET, UNIT_CODE
from services.intake.workbooks.reader import read_form
from services.intake.workbooks.writer import template
from shared.contracts.model import Kind, Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import concerns, due_periods, reporters
from shared.tables.workbooks.safe_open import open_workbook
from tests.support.movement import register, s0

TODAY = date(2023, 12, 1)
Change = Callable[[Worksheet], None]
_FIGURES: Mapping[str, Any] = {
    "score": 87.5,
    "due": 12,
    "done_on_time": 11,
    "invited": 9,
    "present": 9,
    "violations": 0,
}
_CASE = {"case": "12/QĐ-TTr", "signs_of_violation": "Có", "opened": date(2023, 11, 20)}
_DOCUMENT = {"number": "46/KH-SNV", "issued": date(2023, 4, 1), "title": "Kế hoạch hưởng ứng"}


def reporter(plan: Plan, obligation: Obligation) -> str:
    """The first agency that must report an obligation."""
    return reporters(plan, obligation, register(), TODAY)[0]


@lru_cache
def few_units() -> UnitRegister:
    """Thái Bình's units without most of its communes: a form for them is opened and saved in a fifth of the time."""
    communes = ("Xã Đông Phương", "Xã Minh Hòa", "Xã Minh Tân")
    units = tuple(unit for unit in register().units if unit.tier is not Tier.XA or unit.name in communes)
    return UnitRegister(province=register().province, version=register().version, units=units)


def form(
    obligation: str, kind: Kind | None = None, plan: Plan | None = None, units: UnitRegister | None = None
) -> bytes:
    """The form for the reporter of an obligation, in a province of few units unless it says which."""
    plan = plan or s0()
    due, context = plan.obligation[obligation], IntakeContext(plan, units or few_units())
    form_kind = kind or due.kind
    assert form_kind is not None
    period = due_periods(plan, due)[0].period
    return template(context, due, form_kind, reporter(plan, due), period, TODAY, {plan.source.key: plan.source})


def changed(content: bytes, *changes: Change) -> bytes:
    """The bytes of the file after it was opened, changed and saved again."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for change in changes:
        change(book[SHEET])
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def heading_row(sheet: Worksheet) -> int:
    """The row of the table's headings."""
    return next(row for row in range(1, 40) if sheet.cell(row, 1).value == UNIT_CODE)


def column(sheet: Worksheet, heading: str) -> int:
    """The column under a heading."""
    top = heading_row(sheet)
    return next(column_number for column_number in range(1, 20) if sheet.cell(top, column_number).value == heading)


def label_row(sheet: Worksheet, label: str) -> int:
    """The row of a labelled cell."""
    return next(row for row in range(1, 40) if sheet.cell(row, 1).value == label)


def fill(kind: Kind) -> Change:
    """A change that fills in a form: figures for every unit, or one case, one listed unit, one document."""

    def filled(sheet: Worksheet) -> None:
        if kind is Kind.DOCUMENT:
            for document_field in DOCUMENT:
                sheet.cell(label_row(sheet, document_field.heading), 2).value = _DOCUMENT[document_field.key]
            return
        top = heading_row(sheet)
        if kind in (Kind.LISTED, Kind.INSPECTION):
            sheet.cell(top + 1, 2).value = "Xã Đông Phương" if kind is Kind.LISTED else None
            sheet.cell(top + 1, 1).value = None if kind is Kind.LISTED else first_unit(sheet)
        values = _CASE if kind is Kind.INSPECTION else _FIGURES
        row = top + 1
        while sheet.cell(row, 1).value or (row == top + 1 and kind is Kind.LISTED):
            for place, spec in enumerate(COLUMNS[kind], 3):
                if spec.key in values:
                    sheet.cell(row, place).value = values[spec.key]
            row += 1

    return filled


def first_unit(sheet: Worksheet) -> str:
    """The first unit in the form's list of choices."""
    assert sheet.parent is not None
    return str(sheet.parent["Danh mục"].cell(1, 2).value)


def put(row: int, heading: str, value: Any) -> Change:
    """Type a value into a line of the table, counted from 1, under a heading."""

    def typed(sheet: Worksheet) -> None:
        sheet.cell(heading_row(sheet) + row, column(sheet, heading)).value = value

    return typed


def put_beside(label: str, value: str | date | datetime | None) -> Change:
    """Type a value beside a label above the table."""

    def typed(sheet: Worksheet) -> None:
        sheet.cell(label_row(sheet, label), 2).value = value

    return typed


def read(content: bytes, plan: Plan | None = None, units: UnitRegister | None = None) -> Sheet:
    """The content that intake reads from a file, in a province of few units. Raises ``InvalidWorkbook``."""
    plan = plan or s0()
    filled = find_form(open_workbook(content))
    due = plan.obligation[filled.obligation]
    units = units or few_units()
    concerned = [unit for unit in units.units if concerns(plan, due, reporter(plan, due), unit)]
    return read_form(filled, concerned, units, (plan.movement and plan.movement.as_of) or TODAY)


def repacked(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The file with one part of its archive changed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(name, change(raw) if name == part else raw)
    return packed.getvalue()
