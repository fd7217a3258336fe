"""Nothing is reported for the criterion; the council judges it (A41)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.awards import JudgementRule
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import NoFigures, ReasonText


def feed(rule: JudgementRule) -> NoFigures:
    """The council."""
    return NoFigures.COUNCIL


def requirement(rule: JudgementRule, fields: Mapping[str, str]) -> str:
    """The same for every rule."""
    return "do Hội đồng đánh giá"


REASONS: Final[Mapping[Reason, ReasonText]] = {}
