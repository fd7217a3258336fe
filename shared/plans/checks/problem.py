"""What a check finds, and every code a finding can have. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.plan import Path
from shared.plans.positioned_yaml import Position

Severity = Literal["error", "warning"]

_ERROR: Final[frozenset[Severity]] = frozenset({"error"})
_WARNING: Final[frozenset[Severity]] = frozenset({"warning"})

CODES: Final[Mapping[str, frozenset[Severity]]] = {
    "yaml": _ERROR,
    "duplicate_key": _ERROR,
    "misread": _ERROR,
    "not_nfc": _ERROR,
    "invalid": _ERROR,
    "duplicate_id": _ERROR,
    "unknown_reference": _ERROR,
    "overlapping": _ERROR,
    "dates_out_of_order": _ERROR,
    "wrong_parameter": _ERROR,
    "no_movement": _ERROR,
    "not_a_member": _ERROR,
    "to_review": _WARNING,
    "not_checked": _WARNING,
    "unknown_unit": _ERROR | _WARNING,
    "unknown_movement": _ERROR | _WARNING,
    "duplicate_movement": _ERROR,
    "unfounded_citation": _ERROR,
    "unchecked_citation": _WARNING,
    "as_of_differs": _ERROR | _WARNING,
    "plan_not_read": _WARNING,
    "far_date": _WARNING,
    "no_reminders": _WARNING,
    "nobody_reminded": _WARNING,
    "nobody_holds": _WARNING,
    "no_feed": _WARNING,
    "two_feeds": _WARNING,
    "cannot_be_won": _ERROR | _WARNING,
    "no_criteria": _ERROR,
    "cut_off_too_large": _WARNING,
}
"""Every code and the severities it can have. docs/plans.md describes each."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding that has no file yet: ``path`` is the part of the plan it concerns, ``detail`` the problem."""

    position: Position
    code: str
    path: Path
    detail: str
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if self.severity not in CODES[self.code]:
            raise ValueError(f"{self.code} cannot be of severity {self.severity}")
