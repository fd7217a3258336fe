"""At most so many confirmed violations, and no open case with signs of one (A18): the counts of violations prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.awards import DisciplineRule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Kind
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import Figures, ReasonText


def feed(rule: DisciplineRule) -> Figures:
    """The counts of violations. Inspections can only refute the criterion, so they are no feed."""
    return Figures(Kind.DISCIPLINE.value)


def requirement(rule: DisciplineRule, fields: Mapping[str, str]) -> str:
    """The number of violations allowed."""
    return f"không quá {rule.at_most} vi phạm" if rule.at_most else "không có vi phạm"


def _no_violation(finding: Finding) -> str:
    return "không có vi phạm" if not finding.count else f"{finding.count} vi phạm, trong mức cho phép"


def _open_cases(finding: Finding) -> str:
    return f"đang có {finding.count} vụ việc có dấu hiệu vi phạm chưa kết luận ({', '.join(finding.cases)})"


def _confirmed_cases(finding: Finding) -> str:
    return f"{finding.count} vụ việc đã kết luận có vi phạm ({', '.join(finding.found)}){_still_open(finding)}"


def _still_open(finding: Finding) -> str:
    return f"; còn vụ việc chưa kết luận ({', '.join(finding.cases)})" if finding.cases else ""


REASONS: Final[Mapping[Reason, ReasonText]] = {
    "no_violation": _no_violation,
    "violation": lambda finding: f"có {finding.count} vi phạm đã kết luận{_still_open(finding)}",
    "inspection_open": _open_cases,
    "inspection_found": _confirmed_cases,
}
