"""The unit still exists when the award is decided (L7): the register of units proves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.awards import ActiveRule, Award
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import NoFigures, ReasonText


def feed(rule: ActiveRule) -> NoFigures:
    """The register of units."""
    return NoFigures.REGISTER


def requirement(rule: ActiveRule, fields: Mapping[str, str]) -> str:
    """The same for every rule."""
    return "còn hoạt động khi quyết định khen thưởng"


def is_required_by(award: Award) -> bool:
    """Whether an award has a rule of this kind."""
    return any(isinstance(rule, ActiveRule) for rule in award.rules)


REASONS: Final[Mapping[Reason, ReasonText]] = {
    "active": lambda finding: "đơn vị đang hoạt động",
    "dissolved": lambda finding: "đơn vị đã giải thể, sáp nhập trước khi quyết định khen thưởng",
}
