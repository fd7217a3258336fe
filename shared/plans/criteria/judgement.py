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
    """The requirement in Vietnamese; it is the same for every rule of this kind."""
    return "do cơ quan thường trực thẩm định"


REASONS: Final[Mapping[Reason, ReasonText]] = {}
