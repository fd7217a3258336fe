"""The rules of a council's sessions in a plan: what is wrong in them is found at its place."""

from __future__ import annotations

import pytest

from shared.contracts.awards import AwardForm
from shared.contracts.council_rules import AGENDA_ORDER, CouncilRules
from shared.contracts.plan import Plan
from tests.support.movement import s1
from tests.support.plan_texts import HERE, place
from tests.support.small_plan import PLAN, check_small

RULES = "council: {quorum: {share: 2/3, cite: A51}, thresholds: [{share: 1/2, cite: A51}]}\n"


def test_a_plan_with_rules_for_its_sessions_has_no_findings() -> None:
    assert check_small(PLAN + RULES) == []


@pytest.mark.parametrize(
    ("wrong", "code", "text"),
    [
        (RULES.replace("share: 2/3", f"share: {HERE}3/2"), "invalid", "tỷ lệ 3/2 lớn hơn toàn bộ"),
        (RULES.replace("share: 1/2", f"share: {HERE}half"), "invalid", "phân số của hai số nguyên, ví dụ 2/3"),
        (
            RULES.replace("]}", f", {{share: 2/3, forms: {HERE}[], cite: A51}}]}}"),
            "duplicate_id",
            "được nêu hai lần",
        ),
        (
            RULES.replace("}]}", f"}}], order: {HERE}[open_reports, open_reports]}}"),
            "duplicate_id",
            "được nêu hai lần",
        ),
        (RULES.replace("}]}", f"}}], ties: {HERE}luck}}"), "invalid", "chair_decides (theo bên có ý kiến"),
    ],
)
def test_what_is_wrong_in_the_rules_is_found_at_its_place(wrong: str, code: str, text: str) -> None:
    """A share is a fraction of whole numbers: a rounding must not decide a vote."""
    only, *rest = check_small(PLAN + wrong)
    assert {finding.code for finding in rest} <= {"not_checked"}
    assert (only.code, (only.line, only.column)) == (code, place(PLAN + wrong))
    assert text in only.text


def test_a_silent_plan_has_the_assumed_rules_and_is_written_without_them() -> None:
    """So an earlier release reads it as before."""
    assert s1().council is None
    assert "council" not in s1().model_dump(mode="json")
    rules = CouncilRules()
    assert (rules.basis, rules.quorum.share, rules.threshold(None).share) == ("assumed", "2/3", "1/2")
    assert rules.order == AGENDA_ORDER


def test_a_form_of_award_may_have_a_threshold_of_its_own() -> None:
    thresholds = [{"share": "70/100", "forms": ["co_thi_dua"], "cite": "A51"}, {"share": "3/5", "cite": "A51"}]
    document = s1().model_dump(mode="json") | {"council": {"thresholds": thresholds}}
    rules = Plan.model_validate(document).council
    assert rules is not None
    shares = [rules.threshold(form).share for form in (AwardForm.CO_THI_DUA, AwardForm.BANG_KHEN, None)]
    assert shares == ["70/100", "3/5", "3/5"]
