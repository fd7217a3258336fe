"""Reads a filled-in Excel form into a report as JSON, and locates its problems in the sheet. Pure.

Order, blank lines, spaces and decimal commas may vary. An ambiguous value is never guessed: it is a problem with
suggestions. ``reports.validation`` and ``reports.rules`` check the report itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.intake.workbooks.cell_problems import CellProblem, Sheet, SuggestedUnit
from services.intake.workbooks.cell_values import READERS, UnreadableCell, cell_text, check_shown
from services.intake.workbooks.filled_form import MAX_PROBLEMS, FilledForm, heading_row
from services.intake.workbooks.layout import (
    COLUMNS,
    DOCUMENT,
    PAPER_OF_DOCUMENT,
    UNIT_CODE,
    UNIT_NAME,
    Column,
    completeness_cell,
    labelled_cells,
)
from services.intake.workbooks.sheet_look import hidden_parts, merged_ranges
from services.intake.workbooks.unit_lookup import Suggestion, UnitFinder, question
from shared.contracts.json_values import JsonValue
from shared.contracts.model import Kind, Tier
from shared.contracts.units import Unit, UnitRegister
from shared.tables.workbooks.invalid_workbook import column_name
from shared.tables.workbooks.safe_open import Cell
from shared.wording.unmarked import without_marks

_MAX_VALUE_LENGTH = 200


def read_form(form: FilledForm, allowed: Sequence[Unit], register: UnitRegister, day: date) -> Sheet:
    """The report in a form. The units ``allowed`` may be reported; the ``register`` serves to recognize any other.

    Names are looked up on the form's as-of day; ``day`` is the local day for a form without one.
    """
    body: dict[str, JsonValue] = {
        "movement": form.movement,
        "obligation": form.obligation,
        "period": form.period,
        "kind": form.kind.value,
    }
    sheet = Sheet(body, positions={"": (form.row + 1, 1)})
    for column, key in enumerate(("movement", "obligation", "period", "kind"), 2):
        sheet.positions[f"/{key}"] = (form.row + 1, column)
    headings = None if form.kind is Kind.DOCUMENT else heading_row(form)
    _Reader(form, sheet, allowed, register).read(headings, day)
    sheet.problems.sort(key=lambda problem: (problem.row, len(problem.cell), problem.cell))
    del sheet.problems[MAX_PROBLEMS:]
    return sheet


class _Reader:
    """Reads one form into its sheet. Rows and columns are from 0 here."""

    def __init__(self, form: FilledForm, sheet: Sheet, allowed: Sequence[Unit], register: UnitRegister) -> None:
        self._form, self._sheet, self._allowed, self._register = form, sheet, allowed, register

    def read(self, heading_row: int | None, day: date) -> None:
        """Read the labelled cells, and the table below its headings; None for a form without a table."""
        end = len(self._form.grid.rows) if heading_row is None else heading_row
        self._labelled(end)
        as_of = self._sheet.body.get("as_of")
        self._units = UnitFinder(
            self._allowed, self._register, date.fromisoformat(as_of) if isinstance(as_of, str) else day
        )
        if heading_row is not None:
            self._table(heading_row)
        for merged in merged_ranges(self._form.grid, self._form.row + 1, end):
            row, column = merged.first_row - 1, merged.first_column - 1
            detail = f"Các ô {merged.name} bị gộp thành một; hãy bỏ gộp ô (Unmerge Cells) rồi nhập từng ô."
            self._problem("merged", row, column, self._form.grid.rows[row][column], detail)

    def _problem(
        self, code: str, row: int, column: int, value: Cell, detail: str, suggestions: Sequence[Suggestion] = ()
    ) -> None:
        self._sheet.problems.append(
            CellProblem(
                code=code,
                cell=f"{column_name(column + 1)}{row + 1}",
                row=row + 1,
                column=self._sheet.headings.get(column + 1, ""),
                value=None if value == "" else str(value)[:_MAX_VALUE_LENGTH],
                detail=detail,
                suggestions=tuple(SuggestedUnit(code=suggested.code, name=suggested.name) for suggested in suggestions),
            )
        )

    def _labelled(self, end: int) -> None:
        """The labelled cells from the machine row to ``end``; each value is to the right of its label."""
        kind, body = self._form.kind, self._sheet.body
        cells = {without_marks(cell.heading): cell for cell in labelled_cells(kind)}
        tiers = {completeness_cell(tier).heading: tier for tier in Tier}
        document: dict[str, JsonValue] = {}
        complete: list[str] = []
        seen: set[str] = set()
        for index in range(self._form.row + 1, end):
            row = self._form.grid.rows[index]
            label = without_marks(row[0]) if row and isinstance(row[0], str) else ""
            cell = cells.get(label)
            filled = [column for column in range(len(row)) if row[column] != "" and (column or cell is None)]
            if not filled:
                continue
            column = filled[0]
            if cell is None or len(filled) > 1 or cell.key in seen:
                detail = "Ô này không có trong mẫu; hãy xóa nội dung."
                self._problem("misplaced", index, filled[-1], row[filled[-1]], detail)
                continue
            seen.add(cell.key)
            value = self._value(cell, index, column, row[column])
            paper_key = PAPER_OF_DOCUMENT.get(cell.key) if cell in DOCUMENT else None
            pointer = f"/complete_tiers/{len(complete)}" if cell.heading in tiers else f"/{paper_key or cell.key}"
            # Also of a cell that cannot be read: that it is missing from the report is no second problem.
            self._sheet.positions[pointer] = self._sheet.positions[f"/document/{cell.key}"] = index + 1, column + 1
            if value is None:
                continue
            if cell.heading in tiers:
                complete += [tiers[cell.heading].value] if value else []
            elif cell in DOCUMENT:
                document[cell.key] = value
                if paper_key is not None:
                    body[paper_key] = value
            else:
                body[cell.key] = value
        if complete:
            body["complete_tiers"] = complete
        if kind is Kind.DOCUMENT:
            body["document"] = document

    def _table(self, heading_row: int) -> None:
        self._sheet.positions["/rows"] = (heading_row + 1, 1)
        columns = self._columns(heading_row)
        lists: dict[str, list[JsonValue]] = {"rows": []}
        reported: list[int] = []
        for index in range(heading_row + 1, len(self._form.grid.rows)):
            cells = self._form.grid.rows[index]
            figures = {column: cells[column] for column in columns if isinstance(columns[column], Column)}
            units = {columns[column]: column for column in columns if not isinstance(columns[column], Column)}
            extra = [c for c, cell in enumerate(cells) if cell != "" and c not in columns]
            if extra:
                detail = "Ô này nằm ngoài các cột của mẫu."
                self._problem("misplaced", index, extra[0], cells[extra[0]], detail)
            has_unit = any(cell_text(cells[column]) for column in units.values())
            has_figures = any(cell_text(cell) for cell in figures.values())
            if not has_figures and not (has_unit and self._form.kind is Kind.LISTED):
                continue
            row = self._row(index, cells, columns)
            rows = lists.setdefault("enterprises" if "tax_code" in row else "rows", [])
            pointer = f"/{'enterprises' if 'tax_code' in row else 'rows'}/{len(rows)}"
            unit_column = units.get(UNIT_CODE, units.get(UNIT_NAME, 0))
            if UNIT_NAME in units and not cell_text(cells[unit_column]):
                unit_column = units[UNIT_NAME]
            for place in (pointer, f"{pointer}/unit", f"{pointer}/name"):
                self._sheet.positions[place] = (index + 1, unit_column + 1)
            for column, content in columns.items():
                if isinstance(content, Column):
                    self._sheet.positions[f"{pointer}/{content.key}"] = (index + 1, column + 1)
            rows.append(row)
            reported.append(index + 1)
        self._sheet.body.update(lists)
        self._sheet.warnings += hidden_parts(self._form.grid, reported, [column + 1 for column in columns])

    def _columns(self, heading_row: int) -> dict[int, Column | str]:
        """The content of each column of the table, by its heading: a figure, or the unit's code or name."""
        by_heading: dict[str, Column | str] = {without_marks(c.heading): c for c in COLUMNS[self._form.kind]}
        by_heading |= {without_marks(UNIT_CODE): UNIT_CODE, without_marks(UNIT_NAME): UNIT_NAME}
        columns: dict[int, Column | str] = {}
        for column, cell in enumerate(self._form.grid.rows[heading_row]):
            if not (heading := cell_text(cell)):
                continue
            self._sheet.headings[column + 1] = heading
            content = by_heading.get(without_marks(heading))
            if content is None:
                detail = f"Cột “{heading[:80]}” không có trong mẫu."
                self._problem("unknown_column", heading_row, column, heading, detail)
            elif content in columns.values():
                self._problem("column_twice", heading_row, column, heading, f"Cột “{heading[:80]}” có hai lần.")
            else:
                columns[column] = content
        for expected in COLUMNS[self._form.kind]:
            if expected.required and expected not in columns.values():
                self._problem("column_missing", heading_row, 0, "", f"Thiếu cột “{expected.heading}”.")
        return columns

    def _row(self, index: int, cells: list[Cell], columns: dict[int, Column | str]) -> dict[str, JsonValue]:
        row: dict[str, JsonValue] = {}
        code = name = ""
        unit_column = tax_column = 0
        for column, content in columns.items():
            if isinstance(content, Column):
                tax_column = column if content.key == "tax_code" else tax_column
                filled = cell_text(cells[column])
                if filled and (value := self._value(content, index, column, cells[column])) is not None:
                    row[content.key] = value
            elif content == UNIT_CODE:
                code = self._unit_text(index, column, cells[column])
                unit_column = column if code else unit_column
            else:
                name = self._unit_text(index, column, cells[column])
                unit_column = unit_column if code else column
        if "tax_code" in row:  # an enterprise, which is in no register (A47)
            if code:
                tax_cell = f"{column_name(tax_column + 1)}{index + 1}"
                detail = (
                    f"Dòng có cả mã đơn vị “{code[:80]}” và mã số thuế (ô {tax_cell}). Nếu là đơn vị trong danh mục, "
                    "hãy xóa mã số thuế; nếu là doanh nghiệp, hãy xóa mã đơn vị và ghi tên ở cột tên."
                )
                self._problem("unit_with_tax_code", index, unit_column, code, detail)
            return {"name": name, **row}
        unit = self._unit(index, unit_column, code, name)
        return {"unit": unit, **row} if unit is not None else row

    def _unit(self, row: int, column: int, code: str, name: str) -> str | None:
        """The code of the unit of a row. The code takes precedence over the name, unless the name is another unit's."""
        if not code and not name:
            self._problem("unit_missing", row, column, "", "Dòng có số liệu nhưng không ghi đơn vị.")
            return None
        matches = self._units.exact(name)
        if code and code in self._units.labels:
            if matches and not self._units.has_name(code, name):
                owner = self._units.labels[code]
                detail = f"Mã “{code}” là của {owner}, nhưng tên ghi là “{name[:80]}”; hãy sửa cho khớp."
                self._problem("unit_contradiction", row, column, code, detail, self._units.named(code, *matches))
                return None
            return code
        if code:
            similar = self._units.named(*matches)
            similar = similar or self._units.suggest_allowed(name) or self._units.suggest_allowed(code)
            detail = f"Không có đơn vị mang mã “{code[:80]}”.{question(similar)}"
            self._problem("unit_not_found", row, column, code, detail, similar)
            return None
        if len(matches) == 1:
            return next(iter(matches))
        if matches:
            namesakes = self._units.named(*matches)
            detail = f"Có {len(matches)} đơn vị cùng tên “{name[:80]}”; hãy ghi mã đơn vị.{question(namesakes)}"
            self._problem("unit_ambiguous", row, column, name, detail, namesakes)
            return None
        similar = self._units.suggest(name)
        detail = f"Không có đơn vị tên “{name[:80]}”.{question(similar)}"
        self._problem("unit_not_found", row, column, name, detail, similar)
        return None

    def _unit_text(self, row: int, column: int, value: Cell) -> str:
        """The code or name of a unit; with a problem if the sheet shows another one."""
        try:
            check_shown(value, self._form.grid.formats.get((row + 1, column + 1)), is_text=True)
        except UnreadableCell as error:
            self._problem(error.code, row, column, error.shown or value, error.detail)
        return cell_text(value)

    def _value(self, cell: Column, row: int, column: int, value: Cell) -> JsonValue:
        """A cell's value as JSON; None, with a problem, if it cannot be read."""
        try:
            check_shown(value, self._form.grid.formats.get((row + 1, column + 1)), is_text=cell.type == "text")
            return READERS[cell.type](value)
        except UnreadableCell as error:
            self._problem(error.code, row, column, error.shown or value, error.detail)
            return None
