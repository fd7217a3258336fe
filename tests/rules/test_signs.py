"""The four states: a sign and words, so that nobody needs to tell colours apart."""

from __future__ import annotations

import re

import pytest

from shared.contracts.model import Verdict
from shared.runtime.http.pages.signs import state


def words(html: str) -> str:
    return re.sub("<[^>]+>", "", html)


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (Verdict.PASS, "✓ Đạt"),
        (Verdict.FAIL, "✕ Không đạt"),
        (Verdict.HOLD, "⏸ Tạm dừng xét"),
        (Verdict.MISSING, "? Chưa đủ căn cứ"),
    ],
)
def test_each_state_has_its_sign_and_its_words(verdict: Verdict, shown: str) -> None:
    assert words(state(verdict)) == shown
    assert words(state(verdict, "vụ việc <số 3>")) == f"{shown}: vụ việc &lt;số 3&gt;"


def test_what_nobody_is_asked_to_report_waits_for_a_judgement() -> None:
    assert words(state(Verdict.MISSING, to_judge=True)) == "? Chờ thẩm định"
    assert words(state(Verdict.PASS, to_judge=True)) == "✓ Đạt"
