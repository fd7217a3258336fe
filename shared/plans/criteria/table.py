"""Every kind of criterion by the name its rules have in a plan, and the words of every finding's reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.contracts.awards import Rule
from shared.contracts.fast_models import Finding
from shared.contracts.scoring import Reason
from shared.plans.criteria import active, discipline, judgement, listed, rank, tasks
from shared.plans.criteria.kind import CriterionKind, Figures, NoFigures, ReasonText
from shared.wording.verdicts import VERDICTS

CRITERIA: Final[Mapping[str, CriterionKind[Any]]] = {
    "rank": rank,
    "all_tasks_on_time": tasks,
    "no_violation": discipline,
    "listed": listed,
    "judgement": judgement,
    "active": active,
}
"""By the ``rule`` field of a plan's rule."""


def feed_of(rule: Rule) -> Figures | NoFigures:
    """What proves a rule."""
    return CRITERIA[rule.rule].feed(rule)


def requirement_of(rule: Rule, fields: Mapping[str, str]) -> str:
    """What a rule requires, in Vietnamese; ``fields`` are the names of the ranked fields by their ids."""
    return CRITERIA[rule.rule].requirement(rule, fields)


def _interim(finding: Finding) -> str:
    provisional = f", tạm xếp hạng {finding.rank}" if finding.rank else ""
    return f"mới có số liệu tạm tính{provisional}"


SHARED_REASONS: Final[Mapping[Reason, ReasonText]] = {
    "no_feed": lambda finding: "không có cơ quan nào được giao báo cáo, chờ thẩm định",
    "not_reported": lambda finding: "chưa nhận được số liệu",
    "withdrawn": lambda finding: "số liệu đã rút hoặc được đề nghị bổ sung, hoàn thiện, chưa có số liệu thay thế",
    "interim": _interim,
    "judged": lambda finding: f"cơ quan thường trực thẩm định: {VERDICTS[finding.verdict]}",
}
"""The words of the reasons that several kinds of criterion give."""

_REASONS: Final[Mapping[str, ReasonText]] = {
    reason: text
    for words in (SHARED_REASONS, *(kind.REASONS for kind in CRITERIA.values()))
    for reason, text in words.items()
}


def reason_text(finding: Finding) -> str:
    """The reason for a criterion's verdict, as a Vietnamese clause."""
    text = _REASONS[finding.reason](finding)
    if finding.declared is not None:
        text += f" (cơ quan báo cáo công bố hạng {finding.declared}, khác hạng tính theo điểm)"
    return text
