"""A mistake in the structure of a plan hides no other mistake, and what could not be checked is named once."""

from __future__ import annotations

import pytest

from shared.plans.checking import PlanFinding
from tests.support.plan_texts import HERE, place
from tests.support.small_plan import PLAN, changed, check_small

MISSPELT = changed("field: cchc, at_most: 3", f"field: {HERE}cchc-x, at_most: 3")


def with_mistake(old: str, new: str) -> tuple[list[PlanFinding], tuple[int, int]]:
    """The findings of a plan with a misspelt field and another mistake, and the place of the field."""
    marked = changed(old, new, MISSPELT)
    return check_small(marked), place(marked)


STRUCTURAL = [
    ("version: 1\n", "version: một\n", "mục “version”"),
    ("province: x\n", "", "mục “province”"),
    (" signer: A,", "", "Văn bản"),
    (" signer: A,", " singer: A,", "Văn bản"),
    ("issued: 2023-03-28", "issued: 2023-02-30", "Văn bản"),
    ("kind: tasks", "kind: task", "Nghĩa vụ OB2"),
    ("  what: Nhiệm vụ", "  what: Nhiệm vụ\n    wat: x", "Nghĩa vụ OB2"),
    ("  as_of: 2023-11-30\n  decided", "  as_of: 30/11\n  decided", "Phong trào"),
    ("quota: 1\n", "quota: 0\n", "Khen thưởng C1"),
    ("rule: all_tasks_on_time", "rule: all_tasks", "Khen thưởng C1"),
    ("rule: all_tasks_on_time", "x: 1, rule: all_tasks_on_time", "Khen thưởng C1"),
    ("roles:\n", "roles: x\nrole:\n", "Vai trò; mục “role”"),
    ("{id: noi-vu, name: N", "{ID: noi-vu, name: N", "Vai trò thứ 1"),
    ("roles:\n", "role:\n", "mục “role”"),
]


@pytest.mark.parametrize(("old", "new", "unread"), STRUCTURAL)
def test_a_structural_mistake_hides_no_misspelt_field(old: str, new: str, unread: str) -> None:
    findings, at = with_mistake(old, new)
    assert [(f.line, f.column) for f in findings if f.code == "unknown_reference"] == [at]
    (not_checked,) = [f for f in findings if f.code == "not_checked"]
    assert not_checked.severity == "warning"
    assert not_checked.text.startswith(f"Kế hoạch: chưa đọc được {unread}")


@pytest.mark.parametrize(("old", "new", "unread"), STRUCTURAL)
def test_nothing_is_reported_only_because_a_part_could_not_be_read(old: str, new: str, unread: str) -> None:
    """A row that refers to the unread part, a criterion whose obligation is unread and the like are no findings."""
    codes = {finding.code for finding in check_small(changed(old, new))}
    assert codes <= {"invalid", "not_checked"}, unread


def test_a_reference_of_a_row_that_cannot_be_read_is_checked_and_one_to_it_is_not_reported() -> None:
    """The role is misspelt in the row that has another mistake; the field that rows name cannot be read itself."""
    marked = changed("    reporter: noi-vu\n", f"    reporter: {HERE}noi-vu-x\n    locks_after: x\n")
    marked = changed("scale: 100", "scale: x", marked)
    findings = [f for f in check_small(marked) if f.severity == "error"]
    assert [(f.line, f.column) for f in findings if f.code == "unknown_reference"] == [place(marked)]
    assert sorted(f.code for f in findings) == ["invalid", "invalid", "unknown_reference"]


def test_places_are_those_of_the_text_if_rows_before_could_not_be_read() -> None:
    marked = changed("    kind: score\n", "    kind: x\n")
    old = "before: 2023-12-05\n    cite: S0 VI\nawards"
    marked = changed(old, old.replace("2023-12-05", f"{HERE}2035-12-05"), marked)
    (far,) = [f for f in check_small(marked) if f.code == "far_date"]
    assert (far.line, far.column) == place(marked)
    assert far.text.startswith("Nghĩa vụ OB2, mục “before”: ")


def test_what_was_not_checked_is_named() -> None:
    findings = check_small(changed("kind: tasks", "kind: task"))
    (not_checked,) = [f for f in findings if f.code == "not_checked"]
    (invalid,) = [f for f in findings if f.code == "invalid"]
    assert (not_checked.line, not_checked.column) == (invalid.line, invalid.column)
    assert not_checked.text == (
        "Kế hoạch: chưa đọc được Nghĩa vụ OB2, nên chưa kiểm tra: ngày chốt số liệu, việc nhắc, "
        "nguồn số liệu của tiêu chuẩn; hãy sửa lỗi ở đó rồi kiểm tra lại."
    )


def test_a_wrong_choice_stops_no_check_that_reads_no_choice() -> None:
    """The choice is left out; the unlisted tiers of an obligation depend on it."""
    marked = changed("    tiers: [so]\n", "    tiers: [so]\n    tiers_listed: false\n", MISSPELT)
    marked += "parameters: [{id: A43, value: x, default: accept, reason: y}]\n"
    codes = [f.code for f in check_small(marked)]
    assert sorted(codes) == ["not_checked", "unknown_reference", "wrong_parameter"]


@pytest.mark.parametrize("wrong", ["{-1: x}", "[x]", "{0: {}}", "[{}]", "{x: [{-1: y}]}", "[{-1: y}]"])
@pytest.mark.parametrize("section", ["movement", "obligations", "parameters"])
def test_no_form_of_a_section_breaks_the_check(section: str, wrong: str) -> None:
    text = changed(f"\n{section}:", f"\n{section}: {wrong}\nold-{section}:") if section != "parameters" else PLAN
    codes = {finding.code for finding in check_small(text + (f"parameters: {wrong}" if text == PLAN else ""))}
    assert {"invalid", "not_checked"} <= codes


def test_a_plan_that_can_be_read_has_no_such_finding() -> None:
    assert [f.code for f in check_small(MISSPELT)] == ["unknown_reference"]
    assert check_small(PLAN) == []
