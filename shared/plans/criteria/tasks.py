"""Every task due by the as-of was done on time (A17): the counts of tasks prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.contracts.awards import TasksRule
from shared.contracts.model import Kind
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import Figures, ReasonText


def feed(rule: TasksRule) -> Figures:
    """The counts of tasks."""
    return Figures(Kind.TASKS.value)


def requirement(rule: TasksRule, fields: Mapping[str, str]) -> str:
    """The same for every rule."""
    return "mọi nhiệm vụ được giao đúng hạn"


REASONS: Final[Mapping[Reason, ReasonText]] = {
    "tasks_on_time": lambda finding: f"cả {finding.count} nhiệm vụ đến hạn đều đúng thời gian",
    "tasks_late": lambda finding: f"{finding.count} nhiệm vụ không đúng thời gian",
    "nothing_due": lambda finding: "không có nhiệm vụ nào đến hạn trong kỳ",
}
