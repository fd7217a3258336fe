"""Which plans the releases 0.1.0 and 0.2.0 can read. A plan they cannot read is published under a type they skip.

They ignore fields they do not know, but not values: a plan with an unknown kind of rule, or with a key of another form,
would become a dead letter. They would also take figures of a half-year for those of the year.
``tests/contracts/test_plan_form.py`` compares this module with the JSON Schemas of those releases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shared.contracts.plan import Plan

RULE_KINDS: Final = frozenset({"rank", "all_tasks_on_time", "no_violation", "listed", "judgement", "active"})
"""The kinds of rule of those releases."""

AWARD_FORMS: Final = frozenset({"co_thi_dua", "bang_khen", "giay_khen", "bang_khen_thu_tuong", "huan_chuong_lao_dong"})
"""The forms of award of those releases."""

_KEY: Final = re.compile(r"[SE][0-9]")
_CITE: Final = re.compile(r"([SE][0-9]|A[0-9]{1,2}|L[0-9]{1,2})\b.*")
_DECISION: Final = re.compile(r"A[0-9]{1,2}")


def is_readable_by_first_releases(plan: Plan) -> bool:
    """Whether the releases 0.1.0 and 0.2.0 can read the plan as it is meant. They ignore a field they do not know."""
    return (
        _KEY.fullmatch(plan.source.key) is not None
        and not any(obligation.period or obligation.periodic for obligation in plan.obligations)
        and all(_DECISION.fullmatch(parameter.id) for parameter in plan.parameters)
        and all(rule.rule in RULE_KINDS for award in plan.awards for rule in award.rules)
        and all(award.form in AWARD_FORMS for award in plan.awards)
        and all(award.form in AWARD_FORMS for award in plan.nominated)
        and all(_CITE.fullmatch(cite) for cite in _cites(plan.model_dump(mode="json")))
    )


def _cites(value: object) -> Iterator[str]:
    """Every citation in a dumped plan."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if key == "cite":
                yield inside
            else:
                yield from _cites(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _cites(inside)
