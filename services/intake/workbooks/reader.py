"""Reads a filled-in Excel form into the report the JSON door takes, and says where in the sheet its problems are. Pure.

Forgiving about order, blank lines, spaces and decimal commas; strict about meaning: what could be read in two ways is
a problem with suggestions, never a guess. Whether the report is right is for ``checks`` and ``rules`` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.intake.workbooks.cell_problems import CellProblem, Sheet, Suggested
from services.intake.workbooks.cell_values import READERS, UnreadableCell, shown
from services.intake.workbooks.layout import (
    COLUMNS,
    DOCUMENT,
    FORM_MARKER,
    UNIT_CODE,
    UNIT_NAME,
    Column,
    declares_complete,
    labelled,
)
from services.intake.workbooks.safe_open import Cell, Grid, InvalidWorkbook, column_letters
from services.intake.workbooks.unit_lookup import Names, Suggestion, plain
from shared.contracts.model import Kind, Tier

MOST_PROBLEMS = 50
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Form:
    """A filled-in form that was found in a workbook: what its machine row says, and its cells."""

    movement: str
    obligation: str
    period: str
    kind: Kind
    row: int
    grid: Grid


def form_of(grids: Sequence[Grid]) -> Form:
    """The form in a workbook. Raises ``InvalidWorkbook`` where there is none, or more than one."""
    found = [(grid, at) for grid in grids for at, row in enumerate(grid.rows) if row and row[0] == FORM_MARKER]
    if not found:
        detail = "Không thấy dòng nhận dạng của biểu mẫu; hãy tải mẫu của nội dung cần báo cáo và điền vào mẫu đó."
        raise InvalidWorkbook(422, "no_form", detail)
    if len(found) > 1:
        detail = "Tệp có nhiều hơn một biểu mẫu; mỗi tệp chỉ gửi một báo cáo."
        raise InvalidWorkbook(422, "two_forms", detail, tuple(f"A{at + 1}" for _, at in found[:MOST_PROBLEMS]))
    grid, at = found[0]
    said = [shown(cell) for cell in grid.rows[at][1:5]]
    try:
        movement, obligation, period, kind = said
        return Form(movement, obligation, period, Kind(kind), at, grid)
    except ValueError:
        detail = "Dòng nhận dạng của biểu mẫu đã bị sửa; hãy tải lại mẫu."
        raise InvalidWorkbook(422, "form_changed", detail, (f"A{at + 1}",)) from None


def read(form: Form, units: Names, everyone: Names) -> Sheet:
    """The report in a form. ``units`` are those it may be about; ``everyone`` is every unit, for naming others."""
    body = {
        "movement": form.movement,
        "obligation": form.obligation,
        "period": form.period,
        "kind": form.kind.value,
    }
    sheet = Sheet(body, places={"": (form.row + 1, 1)})
    for column, key in enumerate(("movement", "obligation", "period", "kind"), 2):
        sheet.places[f"/{key}"] = (form.row + 1, column)
    top = None if form.kind is Kind.DOCUMENT else _heading_row(form)
    _Reader(form, sheet, units, everyone).fill(top)
    sheet.problems.sort(key=lambda problem: (problem.row, len(problem.cell), problem.cell))
    del sheet.problems[MOST_PROBLEMS:]
    return sheet


def _heading_row(form: Form) -> int:
    wanted = {plain(UNIT_CODE), plain(UNIT_NAME)}
    for at, row in enumerate(form.grid.rows[form.row + 1 :], form.row + 1):
        if wanted & {plain(cell) for cell in row if isinstance(cell, str)}:
            return at
    detail = f"Không thấy dòng tiêu đề có cột “{UNIT_CODE}” hoặc “{UNIT_NAME}”."
    raise InvalidWorkbook(422, "no_headings", detail)


class _Reader:
    """One form being read."""

    def __init__(self, form: Form, sheet: Sheet, units: Names, everyone: Names) -> None:
        self._form, self._sheet, self._units, self._everyone = form, sheet, units, everyone

    def fill(self, top: int | None) -> None:
        """Read the labelled cells, and the table below its headings."""
        self._labelled(top if top is not None else len(self._form.grid.rows))
        if top is not None:
            self._table(top)

    def _wrong(
        self, code: str, row: int, column: int, value: Cell, detail: str, suggestions: Sequence[Suggestion] = ()
    ) -> None:
        self._sheet.problems.append(
            CellProblem(
                code=code,
                cell=f"{column_letters(column + 1)}{row + 1}",
                row=row + 1,
                column=self._sheet.headings.get(column + 1, ""),
                value=None if value == "" else str(value)[:_SHOWN],
                detail=detail,
                suggestions=tuple(Suggested(code=each.code, name=each.name) for each in suggestions),
            )
        )

    def _labelled(self, end: int) -> None:
        """The labelled cells from the machine row to the table; each value stands right of its label."""
        kind, body = self._form.kind, self._sheet.body
        cells = {plain(each.heading): each for each in labelled(kind)}
        tiers = {declares_complete(tier).heading: tier for tier in Tier}
        document: dict[str, Any] = {}
        complete: list[str] = []
        seen: set[str] = set()
        for at in range(self._form.row + 1, end):
            row = self._form.grid.rows[at]
            label = plain(row[0]) if row and isinstance(row[0], str) else ""
            cell = cells.get(label)
            filled = [column for column in range(len(row)) if row[column] != "" and (column or cell is None)]
            if not filled:
                continue
            column = filled[0]
            if cell is None or len(filled) > 1 or cell.key in seen:
                self._wrong("misplaced", at, filled[-1], row[filled[-1]], "Ô này không có trong mẫu; hãy xóa nội dung.")
                continue
            seen.add(cell.key)
            value = self._read(cell, at, column, row[column])
            if value is None:
                continue
            if cell.heading in tiers:
                if value:
                    self._sheet.places[f"/complete_tiers/{len(complete)}"] = (at + 1, column + 1)
                    complete.append(tiers[cell.heading].value)
            elif cell in DOCUMENT:
                document[cell.key] = value
                self._sheet.places[f"/document/{cell.key}"] = (at + 1, column + 1)
            else:
                body[cell.key] = value
                self._sheet.places[f"/{cell.key}"] = (at + 1, column + 1)
        if complete:
            body["complete_tiers"] = complete
        if kind is Kind.DOCUMENT:
            body["document"] = document

    def _table(self, top: int) -> None:
        self._sheet.places["/rows"] = (top + 1, 1)
        columns = self._columns(top)
        rows: list[dict[str, Any]] = []
        for at in range(top + 1, len(self._form.grid.rows)):
            cells = self._form.grid.rows[at]
            figures = {column: cells[column] for column in columns if isinstance(columns[column], Column)}
            units = {columns[column]: column for column in columns if not isinstance(columns[column], Column)}
            extra = [c for c, cell in enumerate(cells) if cell != "" and c not in columns]
            if extra:
                self._wrong("misplaced", at, extra[0], cells[extra[0]], "Ô này nằm ngoài các cột của mẫu.")
            named = any(shown(cells[column]) for column in units.values())
            filled = any(shown(cell) for cell in figures.values())
            if not filled and not (named and self._form.kind is Kind.LISTED):
                continue
            row = self._row(at, cells, columns)
            pointer = f"/rows/{len(rows)}"
            where = units.get(UNIT_CODE, units.get(UNIT_NAME, 0))
            if UNIT_NAME in units and not shown(cells[where]):
                where = units[UNIT_NAME]
            self._sheet.places[pointer] = self._sheet.places[f"{pointer}/unit"] = (at + 1, where + 1)
            for column, each in columns.items():
                if isinstance(each, Column):
                    self._sheet.places[f"{pointer}/{each.key}"] = (at + 1, column + 1)
            rows.append(row)
        self._sheet.body["rows"] = rows

    def _columns(self, top: int) -> dict[int, Column | str]:
        """What each column of the table holds, by its heading: a figure, or the unit's code or name."""
        known: dict[str, Column | str] = {plain(each.heading): each for each in COLUMNS[self._form.kind]}
        known |= {plain(UNIT_CODE): UNIT_CODE, plain(UNIT_NAME): UNIT_NAME}
        columns: dict[int, Column | str] = {}
        for column, heading in enumerate(self._form.grid.rows[top]):
            if not (said := shown(heading)):
                continue
            self._sheet.headings[column + 1] = said
            found = known.get(plain(said))
            if found is None:
                self._wrong("unknown_column", top, column, said, f"Cột “{said[:80]}” không có trong mẫu.")
            elif found in columns.values():
                self._wrong("column_twice", top, column, said, f"Cột “{said[:80]}” có hai lần.")
            else:
                columns[column] = found
        for each in COLUMNS[self._form.kind]:
            if each.required and each not in columns.values():
                self._wrong("column_missing", top, 0, "", f"Thiếu cột “{each.heading}”.")
        return columns

    def _row(self, at: int, cells: list[Cell], columns: dict[int, Column | str]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        code = name = ""
        place = 0
        for column, each in columns.items():
            if isinstance(each, Column):
                if shown(cells[column]) and (value := self._read(each, at, column, cells[column])) is not None:
                    row[each.key] = value
            elif each == UNIT_CODE:
                code = shown(cells[column])
                place = column if code else place
            else:
                name, place = shown(cells[column]), place if code else column
        unit = self._unit(at, place, code, name)
        return {"unit": unit, **row} if unit is not None else row

    def _unit(self, at: int, column: int, code: str, name: str) -> str | None:
        """The unit a row is about. A code goes before a name, unless the name is exactly another unit's."""
        if not code and not name:
            self._wrong("unit_missing", at, column, "", "Dòng có số liệu nhưng không ghi đơn vị.")
            return None
        called = self._units.called(name) or self._everyone.called(name) if name else frozenset()
        if code and code in self._everyone.labels:
            if called and code not in called:
                whose = self._everyone.labels[code]
                detail = f"Mã “{code}” là của {whose}, nhưng tên ghi là “{name[:80]}”; hãy sửa cho khớp."
                self._wrong("unit_contradiction", at, column, code, detail, self._suggestions(code, *called))
                return None
            return code
        if code:
            near = self._suggestions(*called) or self._units.suggest(name) or self._units.suggest(code)
            self._wrong("unit_not_found", at, column, code, f"Không có đơn vị mang mã “{code[:80]}”.{_ask(near)}", near)
            return None
        if len(called) == 1:
            return next(iter(called))
        if called:
            near = self._suggestions(*called)
            detail = f"Có {len(called)} đơn vị cùng tên “{name[:80]}”; hãy ghi mã đơn vị.{_ask(near)}"
            self._wrong("unit_ambiguous", at, column, name, detail, near)
            return None
        near = self._units.suggest(name) or self._everyone.suggest(name)
        self._wrong("unit_not_found", at, column, name, f"Không có đơn vị tên “{name[:80]}”.{_ask(near)}", near)
        return None

    def _suggestions(self, *codes: str) -> list[Suggestion]:
        labels = {**self._everyone.labels, **self._units.labels}
        return [Suggestion(code, labels[code]) for code in sorted(codes)]

    def _read(self, cell: Column, row: int, column: int, value: Cell) -> Any:
        try:
            return READERS[cell.holds](value)
        except UnreadableCell as unreadable:
            self._wrong(unreadable.code, row, column, value, unreadable.detail)
            return None


def _ask(suggestions: Sequence[Suggestion]) -> str:
    """The question that goes with suggestions; nothing without them."""
    if not suggestions:
        return ""
    return " Có phải là " + " hoặc ".join(f"{each.name} (mã {each.code})" for each in suggestions) + "?"
