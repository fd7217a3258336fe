"""What the checks of a plan are given: its text, the plan read from it, and what stands beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.plan import Path, Plan
from shared.contracts.units import UnitRegister
from shared.plans.checks.problem import Problem, Severity
from shared.plans.positioned_yaml import PositionedYaml

Awards = Mapping[str, frozenset[str]]
"""The ids of the awards of each movement, by the movement's id."""

EVERY_ROW = -1
"""Stands for every row in a path pattern."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands beside a plan in its folder.

    ``register`` has the units the plan may name, ``sources`` the corrected source texts by the key of the document,
    ``siblings`` the movements of the other plans.
    """

    register: UnitRegister | None
    sources: Mapping[str, str]
    siblings: Awards


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """The plan read from a text. If not all of it could be read, the rest is a plan without the unread parts.

    ``rows`` are the places in the text of each section's rows, for the sections that lost rows. ``unread`` names the
    parts that were left out, by section; a check must not conclude anything from what is missing there.
    """

    plan: Plan
    rows: Mapping[str, tuple[int, ...]]
    unread: Mapping[str, tuple[Path, ...]]

    def in_text(self, path: Path) -> Path:
        """The path in the text of a part of the plan."""
        if len(path) < 2 or path[0] not in self.rows or not isinstance(path[1], int):
            return path
        return (path[0], self.rows[str(path[0])][path[1]], *path[2:])


@dataclass(frozen=True, slots=True)
class CheckContext:
    """A plan that is checked, its text, and what stands beside it."""

    text: PositionedYaml
    read: ReadPlan
    beside: Surroundings

    @property
    def plan(self) -> Plan:
        """The plan, without the parts that could not be read."""
        return self.read.plan

    def problem(self, path: Path, code: str, detail: str, severity: Severity = "error", row: Path = ()) -> Problem:
        """A problem at a part of the plan; its text names ``row`` instead if that is given."""
        in_text = self.read.in_text(path)
        return Problem(self.text.find(in_text)[1], code, self.read.in_text(row) if row else in_text, detail, severity)


def rows_of(value: Any) -> list[Any]:
    """The rows of a section; none if it is not a list."""
    return value if isinstance(value, list) else []


def matching(data: Any, pattern: Path, path: Path = ()) -> list[tuple[Path, Any]]:
    """The values that match a path pattern, with their paths."""
    if not pattern:
        return [] if data is None else [(path, data)]
    first, rest = pattern[0], pattern[1:]
    if first == EVERY_ROW:
        return [match for i, row in enumerate(rows_of(data)) for match in matching(row, rest, (*path, i))]
    try:
        return matching(data[first], rest, (*path, first))
    except (KeyError, IndexError, TypeError):
        return []
