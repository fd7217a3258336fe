"""The part of a plan's text that fits the model: rows and sections that do not are left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.contracts.plan import Inconsistency, Path, Plan
from shared.plans.checks.context import ReadPlan, rows_of

_MAX_ROUNDS = 5

_IN_PLACE_OF: Final[Mapping[str, object]] = {
    "id": "id",
    "version": 1,
    "province": "province",
    "legal_basis": "-",
    "source": {"key": "S0", "number": None, "issued": "2000-01-01", "issuer": "-", "signer": "-", "title": "-"},
}
"""Stands for what a plan must have and its text does not give. No check reads it, because the section is unread."""


def readable_part(data: Any, errors: Sequence[ErrorDetails]) -> tuple[ReadPlan, list[Inconsistency]] | None:
    """The plan without the parts that have ``errors``, and its contradictions; None if that leaves no plan.

    ``data`` is the whole text's, ``errors`` are the model's.
    """
    if not isinstance(data, dict):
        return None
    part = _Part(data)
    for _ in range(_MAX_ROUNDS):
        part.leave_out(errors)
        context: dict[str, list[Inconsistency]] = {"inconsistencies": []}
        try:
            plan = Plan.model_validate(part.data, context=context)
        except ValidationError as error:
            # Without one part another may not fit, such as a row whose unknown key was removed.
            errors = error.errors(include_url=False)
        else:
            return part.as_read(plan), context["inconsistencies"]
    return None


class _Part:
    """A copy of a plan's data, from which parts are left out.

    ``rows`` are the places in the text of the rows that are left, by section.
    """

    def __init__(self, data: Mapping[object, object]) -> None:
        sections = {str(key): value for key, value in data.items() if key in Plan.model_fields}
        self.data: dict[str, object] = deepcopy(sections)
        self._rows = {key: list(range(len(value))) for key, value in self.data.items() if isinstance(value, list)}
        # An unknown key may be any of the sections that are not there, mistyped.
        unknown: dict[Path, None] = {(str(key),): None for key in data if key not in self.data}
        self._unread: dict[str, dict[Path, None]] = {
            section: dict(unknown) for section in Plan.model_fields if unknown and section not in self.data
        }

    def leave_out(self, errors: Sequence[ErrorDetails]) -> None:
        """Remove unknown keys, and the rows and sections that have other errors."""
        bad_rows: dict[str, set[int]] = {}
        for error in errors:
            section = str(error["loc"][0]) if error["loc"] else ""
            if section not in Plan.model_fields:
                continue
            row = self._row(error["loc"])
            path: Path = (section,) if row is None else (section, self._rows[section][row])
            self._unread.setdefault(section, {})[path] = None
            if error["type"] == "extra_forbidden" and _remove(self.data, error["loc"]):
                continue
            if row is None:
                self._leave_out_section(section)
            else:
                bad_rows.setdefault(section, set()).add(row)
        for section, bad in bad_rows.items():
            if section in self._rows:
                rows = list(zip(rows_of(self.data[section]), self._rows[section], strict=True))
                kept = [row for i, row in enumerate(rows) if i not in bad]
                self.data[section] = [row for row, _ in kept]
                self._rows[section] = [place for _, place in kept]

    def as_read(self, plan: Plan) -> ReadPlan:
        """The plan that was read from what is left."""
        rows = {section: tuple(places) for section, places in self._rows.items()}
        return ReadPlan(plan, rows, {section: tuple(paths) for section, paths in self._unread.items()})

    def _row(self, loc: Sequence[str | int]) -> int | None:
        """The row of a section that an error lies in; None if it concerns the whole section."""
        row = loc[1] if len(loc) > 1 else None
        return row if isinstance(row, int) and 0 <= row < len(self._rows.get(str(loc[0]), ())) else None

    def _leave_out_section(self, section: str) -> None:
        self.data.pop(section, None)
        self._rows.pop(section, None)
        if section in _IN_PLACE_OF:
            self.data[section] = deepcopy(_IN_PLACE_OF[section])


def _remove(data: Any, loc: Sequence[str | int]) -> bool:
    """Remove the key that ends an error's location; False if there is no such key.

    Parts of the location that are not in the data are names that pydantic adds for union members.
    """
    for part in loc[:-1]:
        if isinstance(part, int) if isinstance(data, list) else isinstance(data, dict) and part in data:
            data = data[part]
    if not isinstance(data, dict) or loc[-1] not in data:
        return False
    del data[loc[-1]]
    return True
