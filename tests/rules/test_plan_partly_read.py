"""A mistake in the structure of a plan hides no other mistake, and what could not be checked is named once."""

from __future__ import annotations

import pytest

from shared.plans.checking import PlanFinding
from tests.support.plan_texts import HERE, broken, check, place

MISSPELT = ("field: de-an-06, at_most: 5", f"field: {HERE}de-an-07, at_most: 5")


def with_mistake(old: str, new: str) -> tuple[list[PlanFinding], tuple[int, int]]:
    """The findings of a plan with a misspelt field and another mistake, and the place of the field."""
    text = broken(*MISSPELT)
    assert old in text, old
    marked = text.replace(old, new, 1)
    return check(marked.replace(HERE, "")), place(marked)


STRUCTURAL = [
    ("version: 1\n", "version: một\n", "Kế hoạch"),
    ("  signer: Nguyễn Khắc Thận\n", "", "Văn bản"),
    ("  signer:", "  singer:", "Văn bản"),
    ("issued: 2023-03-28", "issued: 2023-02-30", "Văn bản"),
    ("kind: attendance", "kind: attendence", "Nghĩa vụ OB01"),
    ("  as_of: 2023-11-30\n  #", "  as_of: 30/11\n  #", "Phong trào"),
    ("quota: 1\n", "quota: 0\n", "Khen thưởng C1"),
    ("roles:\n", "roles: x\nroles-x:\n", "Vai trò"),
    ("at_most: 1, cite", "at_most: x, cite", "Khen thưởng C1"),
]


@pytest.mark.parametrize(("old", "new", "unread"), STRUCTURAL)
def test_a_structural_mistake_hides_no_misspelt_field(old: str, new: str, unread: str) -> None:
    findings, at = with_mistake(old, new)
    assert [(f.line, f.column) for f in findings if f.code == "unknown_reference"] == [at]
    (not_checked,) = [f for f in findings if f.code == "not_checked"]
    assert not_checked.severity == "warning"
    assert unread in not_checked.text


def test_a_reference_of_a_row_that_cannot_be_read_is_checked_and_one_to_it_is_not_reported() -> None:
    """The role is misspelt in the row that has another mistake; the field that other rows name cannot be read."""
    marked = broken("reporter: noi-vu\n", f"reporter: {HERE}noi-vu-x\n    locks_after: x\n")
    marked = marked.replace("name: Thực hiện Đề án 06, scale: 100", "name: Thực hiện Đề án 06, scale: x")
    findings = check(marked.replace(HERE, ""))
    assert [(f.line, f.column) for f in findings if f.code == "unknown_reference"] == [place(marked)]
    assert sorted(f.code for f in findings if f.severity == "error") == ["invalid", "invalid", "unknown_reference"]


def test_what_was_not_checked_is_named() -> None:
    findings, _ = with_mistake("kind: attendance", "kind: attendence")
    (not_checked,) = [f for f in findings if f.code == "not_checked"]
    first_error = min((f.line, f.column) for f in findings if f.code == "invalid")
    assert (not_checked.line, not_checked.column) == first_error
    assert not_checked.text == (
        "Kế hoạch: chưa đọc được Nghĩa vụ OB01, nên chưa kiểm tra: ngày chốt số liệu, việc nhắc, "
        "nguồn số liệu của tiêu chuẩn; hãy sửa lỗi ở đó rồi kiểm tra lại."
    )


def test_a_plan_that_can_be_read_has_no_such_finding() -> None:
    assert [f for f in check(broken("version: 1\n", "version: 2\n")) if f.code == "not_checked"] == []
