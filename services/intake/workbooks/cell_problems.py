"""Where in a sheet a problem is: the cell, its row, its column's heading. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.intake.workbooks.safe_open import column_letters
from shared.contracts.model import TolerantModel
from shared.contracts.receipts import Problem


class Suggested(TolerantModel):
    """A unit that may have been meant."""

    code: str
    name: str


class CellProblem(TolerantModel):
    """One thing wrong with a sheet: the cell, its row and its column's heading, and what was found there."""

    code: str
    cell: str
    row: int
    column: str
    value: str | None
    detail: str
    suggestions: tuple[Suggested, ...] = ()


def about_cell(code: str, cell: str, detail: str) -> CellProblem:
    """A problem of the cell at an address, whatever stands in it."""
    row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)
    return CellProblem(code=code, cell=cell, row=row, column="", value=None, detail=detail)


@dataclass(slots=True)
class Sheet:
    """A form read: the report as JSON has it, the problems of reading, and where each part of the report stands."""

    body: dict[str, Any]
    problems: list[CellProblem] = field(default_factory=list)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)

    def located(self, problems: Iterable[Problem]) -> list[CellProblem]:
        """Where in the sheet the problems of a report are: its cell, its row, or the row that names the form."""
        return [self._located(problem) for problem in problems]

    def _located(self, problem: Problem) -> CellProblem:
        row, column = self._place(problem.pointer)
        heading = self.headings.get(column, "") if problem.pointer.startswith("/rows/") else ""
        return CellProblem(
            code=problem.code,
            cell=f"{column_letters(column)}{row}",
            row=row,
            column=heading,
            value=problem.value,
            detail=problem.detail,
        )

    def _place(self, pointer: str) -> tuple[int, int]:
        while pointer:
            if found := self.places.get(pointer):
                return found
            pointer = pointer.rpartition("/")[0]
        return self.places[""]
