"""Competition rank in a field within a cut-off (A6): the field's scores prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.awards import RankRule
from shared.contracts.fast_models import Finding
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import Figures, ReasonText


def feed(rule: RankRule) -> Figures:
    """The scores of the rule's field."""
    return Figures(rule.field)


def requirement(rule: RankRule, fields: Mapping[str, str]) -> str:
    """The ranks within the cut-off, and the field's name."""
    ranks = "hạng 1" if rule.at_most == 1 else f"hạng 1 đến {rule.at_most}"
    return f"{ranks} trong lĩnh vực {fields.get(rule.field, rule.field)}"


def _rank_and_cut_off(finding: Finding) -> str:
    required = "yêu cầu dẫn đầu" if finding.limit == 1 else f"yêu cầu hạng 1 đến {finding.limit}"
    return f"xếp hạng {finding.rank}, {required}"


def _another_field_is_enough(finding: Finding) -> str:
    own = f"xếp hạng {finding.rank}; " if finding.rank else ""
    return f"{own}đã có lĩnh vực khác trong mức yêu cầu"


REASONS: Final[Mapping[Reason, ReasonText]] = {
    "board_incomplete": lambda finding: f"bảng xếp hạng chưa đủ đơn vị, tạm xếp hạng {finding.rank}",
    "rank_within": _rank_and_cut_off,
    "rank_outside": _rank_and_cut_off,
    "any_rank_within": _another_field_is_enough,
    "any_rank_open": lambda finding: f"{_rank_and_cut_off(finding)}; còn chờ lĩnh vực khác",
}
