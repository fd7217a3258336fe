"""The unit is on the list of outstanding contributors (A40): the rows of the list prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.awards import ListedRule
from shared.contracts.model import Kind
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import Figures, ReasonText


def feed(rule: ListedRule) -> Figures:
    """The rows of the list."""
    return Figures(Kind.LISTED.value)


def requirement(rule: ListedRule, fields: Mapping[str, str]) -> str:
    """The same for every rule."""
    return "có tên trong danh sách"


REASONS: Final[Mapping[Reason, ReasonText]] = {
    "listed": lambda finding: "có trong danh sách",
    "not_listed": lambda finding: "không có trong danh sách",
}
