"""Every check of a plan's meaning, with what it has to know of the plan. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from shared.plans.checks import awards, dates, references, reminding
from shared.plans.checks.context import CheckContext
from shared.plans.checks.problem import Problem


class Check(NamedTuple):
    """One check: what it is about in Vietnamese, and the sections of the plan it must know completely.

    If a part of such a section could not be read, the check is left out, because it might report what is not so.
    """

    about: str
    sections: frozenset[str]
    problems: Callable[[CheckContext], Iterator[Problem]]


def _check(about: str, sections: str, problems: Callable[[CheckContext], Iterator[Problem]]) -> Check:
    return Check(about, frozenset(sections.split()), problems)


CHECKS: Final[tuple[Check, ...]] = (
    _check("thứ tự các ngày", "", dates.obligations_out_of_order),
    _check("thứ tự các ngày", "source movement", dates.movement_out_of_order),
    _check("ngày chốt số liệu", "movement obligations", dates.as_of_days),
    _check("năm của các ngày", "source movement", dates.far_dates),
    _check("phong trào của kế hoạch khác", "movement", references.unknown_movements),
    _check("thời gian giữ vai trò", "", reminding.days_without_holder),
    _check("việc nhắc", "source movement obligations tasks reminders parameters", reminding.reminders),
    _check("nguồn số liệu của tiêu chuẩn", "obligations parameters", awards.missing_feeds),
    _check("tiêu chuẩn khen thưởng", "", awards.awards_without_criteria),
    _check("nghĩa vụ trùng số liệu", "", awards.two_feeds),
    _check("mức xếp hạng và số lượng", "movement parameters", awards.cut_offs),
)


def check_meaning(context: CheckContext) -> tuple[list[Problem], list[str]]:
    """The problems that the checks find, and what was not checked because a part of the plan could not be read."""
    problems: list[Problem] = []
    left_out: list[str] = []
    for check in CHECKS:
        if check.sections & context.read.unread.keys():
            left_out.append(check.about)
        else:
            problems += check.problems(context)
    return problems, list(dict.fromkeys(left_out))
