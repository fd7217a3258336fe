"""Problems of a workbook with their place: the cell, its row, its column's heading. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.contracts.json_values import JsonValue
from shared.contracts.model import TolerantModel
from shared.contracts.receipts import Problem, ReceiptWarning
from shared.tables.workbooks.invalid_workbook import column_name


class SuggestedUnit(TolerantModel):
    """A unit that may have been meant."""

    code: str
    name: str


class CellProblem(TolerantModel):
    """One problem of a sheet: the cell's address, its row (from 1), its column's heading and its value.

    ``code`` is stable, for machines; ``detail`` is Vietnamese.
    """

    code: str
    cell: str
    row: int
    column: str
    value: str | None
    detail: str
    suggestions: tuple[SuggestedUnit, ...] = ()


def address_problem(code: str, cell: str, detail: str) -> CellProblem:
    """A problem of the cell at an address such as "B12", without the cell's value."""
    row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)
    return CellProblem(code=code, cell=cell, row=row, column="", value=None, detail=detail)


@dataclass(slots=True)
class Sheet:
    """A form that was read: the report as JSON, and the problems found while reading.

    ``positions`` has the row and column (both from 1) of each part of the report, by JSON pointer. ``headings`` has
    the headings of the table, by column. ``warnings`` are what the sender should know about a report that is taken.
    """

    body: dict[str, JsonValue]
    problems: list[CellProblem] = field(default_factory=list)
    positions: dict[str, tuple[int, int]] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    warnings: list[ReceiptWarning] = field(default_factory=list)

    def locate(self, problems: Iterable[Problem]) -> list[CellProblem]:
        """The problems of the report with their place: the cell, else its row, else the machine row of the form."""
        return [self._locate(problem) for problem in problems]

    def with_further(self, problems: Iterable[Problem]) -> list[CellProblem]:
        """The problems of reading, and those of the report as far as it was read, by row.

        A cell has one problem: what could not be read of it is no second one. Of a column that is missing, no cell is.
        """
        cells = {problem.cell for problem in self.problems}
        further: list[CellProblem] = []
        for problem in problems:
            has_place = problem.pointer in self.positions or not problem.pointer.startswith("/rows/")
            located = self._locate(problem)
            if has_place and located.cell not in cells:
                further.append(located)
        return sorted([*self.problems, *further], key=lambda problem: (problem.row, len(problem.cell), problem.cell))

    def _locate(self, problem: Problem) -> CellProblem:
        row, column = self._position(problem.pointer)
        heading = self.headings.get(column, "") if problem.pointer.startswith("/rows/") else ""
        return CellProblem(
            code=problem.code,
            cell=f"{column_name(column)}{row}",
            row=row,
            column=heading,
            value=problem.value,
            detail=problem.detail,
        )

    def _position(self, pointer: str) -> tuple[int, int]:
        while pointer:
            if position := self.positions.get(pointer):
                return position
            pointer = pointer.rpartition("/")[0]
        return self.positions[""]
