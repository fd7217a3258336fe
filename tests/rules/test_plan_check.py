"""Every problem of a plan is reported with line and column, a stable code and a Vietnamese text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.plans.checking import awards_of, check_plan, has_errors
from shared.plans.load import load_register
from shared.plans.sources import source_texts
from tests.support.plan_texts import HERE, MOVEMENT, broken, check, errors, place, s0_awards, text_of
from tests.support.provinces import HUNG_YEN, THAI_BINH


def test_the_plans_of_the_province_have_no_errors_and_only_the_intended_warnings() -> None:
    """They are checked as by `thidua plan check`. S0 has criteria of communes that nobody must report on (A12, A13)."""
    awards_by_path = {path: awards_of(path.read_text(encoding="utf-8")) for path in THAI_BINH.glob("*.yaml")}
    assert {path.name[:2] for path in awards_by_path} == {"s0", "s1", "s2", "s3", "s4"}
    assert all(awards is None or awards[0] for awards in awards_by_path.values())
    for path in awards_by_path:
        siblings = dict(awards for other, awards in awards_by_path.items() if awards and other != path)
        findings = {str(f) for f in check(path.read_text(encoding="utf-8"), siblings) if f.code != "no_feed"}
        assert findings == set(), path.name


def test_the_example_province_has_no_findings() -> None:
    text = next(HUNG_YEN.glob("*.yaml")).read_text(encoding="utf-8")
    units = load_register(HUNG_YEN / "units-2025.csv", "hung-yen", 1)
    assert check_plan(text, "p.yaml", units, source_texts(HUNG_YEN), {}) == []


BROKEN_VALUES = [
    ("invalid", "kind: attendance", f"kind: {HERE}attendence", "“attendence” không hợp lệ, phải là một trong: score"),
    ("invalid", "tiers: [so, huyen, dvsn]", f"tiers: [so, {HERE}quan, dvsn]", "Nghĩa vụ OB01, mục “tiers[2]”"),
    ("invalid", "issued: 2023-03-28", f"issued: {HERE}2023-02-30", "phải là một ngày có thật"),
    ("invalid", "version: 1", f"version: {HERE}một", "mục “version”: giá trị “một”: phải là số nguyên"),
    ("invalid", "id: 46-kh-ubnd-2023", f"id: {HERE}46/KH-UBND", "chữ thường không dấu"),
    ("invalid", "cite: S0 VI.3}", f"cite: {HERE}mục VI.3}}", "căn cứ dạng"),
    ("invalid", "before: 2023-12-05", f"before: {HERE}0001-01-01", "từ năm 1900 đến năm 2200"),
    ("invalid", "before: 2023-12-05", f"before: {HERE}9999-12-31", "từ năm 1900 đến năm 2200"),
    ("invalid", "decided_by: 2024-01-31", f"decided_by: {HERE}2201-01-01", "từ năm 1900 đến năm 2200"),
    ("duplicate_id", "- id: OB02\n", f"- id: {HERE}OB01\n", "mã “OB01” đã dùng ở dòng"),
    ("duplicate_key", "version: 1", f"version: 1\n{HERE}version: 2", "đã có ở dòng 3"),
    ("unknown_reference", "reporter: noi-vu", f"reporter: {HERE}noi-vu-x", "không có vai trò nào"),
    ("unknown_reference", "field: de-an-06, at", f"field: {HERE}de-an-07, at", "không có lĩnh vực nào"),
    (
        "overlapping",
        "held: [{unit: vp-tinh-uy}]",
        f"held: [{{unit: vp-tinh-uy}}, {HERE}{{unit: so-noi-vu}}]",
        "Vai trò van-phong-tinh-uy, mục “held[2]”: trùng thời gian",
    ),
    ("dates_out_of_order", "issued: 2023-03-28", f"issued: {HERE}2024-03-28", "sau khi phong trào kết thúc (31/12"),
    ("dates_out_of_order", "  as_of: 2023-11-30", f"  as_of: {HERE}2022-11-30", "nằm ngoài thời gian phong trào"),
    (
        "dates_out_of_order",
        "period: {first: 2023-01-01, last: 2023-12-31}",
        f"period: {{first: 2023-01-01, last: {HERE}2022-12-31}}",
        "Phong trào, mục “period”: ngày cuối 31/12/2022 trước 01/01/2023",
    ),
    ("dates_out_of_order", "decided_by: 2024-01-31", f"decided_by: {HERE}2023-10-31", "trước ngày chốt số liệu"),
    (
        "dates_out_of_order",
        "    as_of: 2023-11-30\n    before: 2023-12-05",
        f"    as_of: {HERE}2023-12-05\n    before: 2023-12-05",
        "Nghĩa vụ OB01: ngày chốt số liệu 05/12/2023 không trước thời hạn",
    ),
    ("unknown_unit", "unit: so-tttt", f"unit: {HERE}so-ttttt", "danh mục đơn vị; có phải là “so-tttt”?"),
    ("unfounded_citation", "cite: S0 VI.3}", f"cite: {HERE}S0 VI.33}}", "không có mục được dẫn: “S0 VI.33”"),
]


@pytest.mark.parametrize(("code", "old", "new", "message"), BROKEN_VALUES)
def test_one_broken_value_is_one_error_at_its_position(code: str, old: str, new: str, message: str) -> None:
    marked = broken(old, new)
    (only,) = errors(marked.replace(HERE, ""))
    assert (only.code, (only.line, only.column)) == (code, place(marked))
    assert message in only.text
    assert not re.search(r"\b(the|is|are|should|must|Input)\b", only.text)
    assert str(only).startswith(f"p.yaml:{only.line}:{only.column}: error [{code}] ")


def test_a_missing_key_is_reported_where_it_should_be() -> None:
    """The position is the start of the row or group without it."""
    (only,) = errors(broken("  signer: Nguyễn Khắc Thận\n", ""))
    assert (only.code, (only.line, only.column)) == ("invalid", place(broken("  key: S0", f"  {HERE}key: S0")))
    assert only.text == "Văn bản: thiếu mục “signer”."


def test_a_mistyped_key_is_reported_with_the_likely_key() -> None:
    marked = broken("  signer:", f"  {HERE}singer:")
    mistyped = next(error for error in errors(marked.replace(HERE, "")) if "singer" in error.text)
    assert (mistyped.line, mistyped.column) == place(marked)
    assert mistyped.text == "Văn bản: không có mục “singer” ở đây; có phải là “signer”?"


def test_a_comma_in_an_unquoted_value_is_recognised() -> None:
    """In YAML ``{name: Tổ chức, cá nhân}`` has a key ``cá nhân`` without a value."""
    marked = broken("name: Chuyển đổi số,", f"name: Chuyển đổi, {HERE}số,")
    (only,) = errors(marked.replace(HERE, ""))
    assert (only.line, only.column) == place(marked)
    assert "hãy đặt cả giá trị trong dấu nháy" in only.text


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("id: a: b\n", (1, 6), "dấu hai chấm"),
        ("source:\n\tkey: S0\n", (2, 1), "dấu tab"),
        ('id: x\nname: "a\n', (3, 1), "thiếu dấu đóng"),
        ("a: [1\nb: 2\n", (2, 2), "thiếu dấu phẩy hoặc dấu đóng ngoặc"),
        ("a: &b [1]\nc: *b\n", (2, 4), "bí danh"),
        ("a: *b\n", (1, 4), "bí danh"),
        ("a: 1\n---\nb: 2\n", (2, 1), "một tệp chỉ chứa một kế hoạch"),
        ("a: 1\nb: \x07\n", (2, 4), "ký tự điều khiển"),
        ("a: !!python/object:x {}\n", (1, 4), "kiểu ghi bằng dấu !"),
        ('a: !!int ""\n', (1, 4), "kiểu ghi bằng dấu !"),
        ('a:\n- !!bool "x"\n', (2, 3), "kiểu ghi bằng dấu !"),
        ('a: !!timestamp "x"\n', (1, 4), "kiểu ghi bằng dấu !"),
        ("b: 1\na: x" + "\u0301\u0323" * 20, (2, 35), "quá nhiều dấu chồng lên một chữ"),
        ("a: 1" + ":0" * 200 + ":0.5", (1, 1), "có số quá lớn"),
    ],
)
def test_invalid_yaml_is_one_error_where_parsing_stopped(text: str, at: tuple[int, int], message: str) -> None:
    (only,) = check(text)
    assert (only.severity, only.code, (only.line, only.column)) == ("error", "yaml", at)
    assert message in only.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "[1]",
        "on: x",
        "1: x",
        "a: &x [*x]",
        "&x {id: *x}",
        "awards: x\ntasks: [3]",
        "own_units: [{code: {}}, {code: []}]",
        "a: 0001-01-01T00:00:00+23:00",
    ],
)
def test_no_text_breaks_the_check(text: str) -> None:
    assert has_errors(check(text))
    awards_of(text)


def test_an_error_brought_by_a_merge_key_is_reported_where_it_is_written() -> None:
    marked = broken(
        "fields:\n",
        f"fields:\n  - {{<<: {{id: f1, name: x, scale: {HERE}x, decimals: 0, basis: assumed, cite: A14}}, id: f2}}\n",
    )
    (only,) = errors(marked.replace(HERE, ""))
    assert (only.code, (only.line, only.column)) == ("invalid", place(marked))


def test_the_units_that_are_not_ranked_must_be_units() -> None:
    """The units come from decision A10."""
    marked = text_of("s0") + f"  - {{id: A10, value: [{HERE}so-mat], default: [], reason: x}}\n"
    unknown_units = [error for error in errors(marked.replace(HERE, "")) if error.code == "unknown_unit"]
    assert [(error.line, error.column) for error in unknown_units] == [place(marked)]


def test_a_plan_may_name_its_own_units() -> None:
    text = text_of("s0") + "own_units: [{code: phong-x, name: Phòng X, kind: phong, basis: assumed, cite: A20}]\n"
    assert errors(text.replace("unit: so-tttt", "unit: phong-x")) == []


def test_without_a_register_an_unknown_unit_is_a_warning() -> None:
    findings = check_plan(text_of("s0"), "p.yaml", None, None, {})
    assert ("warning", "unknown_unit", 1) in {(finding.severity, finding.code, finding.line) for finding in findings}
    assert not has_errors(findings)


def test_criteria_nobody_has_to_report_are_warnings_at_their_rules() -> None:
    """Criteria that the council judges are excluded."""
    findings = check(text_of("s0"))
    assert {(finding.severity, finding.code) for finding in findings} == {("warning", "no_feed")}
    lines = text_of("s0").splitlines()
    criteria = [re.search(r"criterion: ([a-z0-9-]+)", lines[finding.line - 1]) for finding in findings]
    assert [criterion and criterion[1] for criterion in criteria] == [
        "nhiem-vu-duoc-giao",
        "chuyen-doi-so",
        "ky-luat-ky-cuong",
    ] * 2
    assert [finding.text[:14] for finding in findings] == ["Khen thưởng C3"] * 3 + ["Khen thưởng B3"] * 3


def test_an_unknown_movement_is_an_error_or_without_other_plans_a_warning() -> None:
    marked = broken(f"movements: [{MOVEMENT}]", f"movements: [{HERE}phong-trao-khac]", "s1")
    text = marked.replace(HERE, "")
    for siblings, severity in ((s0_awards(), "error"), ({}, "warning")):
        (only,) = [finding for finding in check(text, siblings) if finding.code == "unknown_movement"]
        assert (only.severity, (only.line, only.column)) == (severity, place(marked))
        assert "phong-trao-khac" in only.text


def test_an_award_fed_in_the_outer_movement_must_exist_there() -> None:
    marked = broken("feeds: B4", f"feeds: {HERE}B9", "s4")
    (only,) = [error for error in errors(marked.replace(HERE, ""), s0_awards()) if error.code == "unknown_movement"]
    assert (only.line, only.column) == place(marked)
    assert "B9" in only.text


def test_awards_without_an_as_of_of_the_movement_are_reported() -> None:
    marked = broken("  as_of: 2023-11-30\n", "  as_of: null\n").replace("  - id: C1\n", f"  - {HERE}id: C1\n", 1)
    texts = {(error.code, error.line, error.column): error.text for error in errors(marked.replace(HERE, ""))}
    assert "ngày chốt số liệu (movement.as_of)" in texts["no_movement", *place(marked)]


def test_a_duplicate_is_reported_with_the_line_of_the_first() -> None:
    first = place(broken("- id: OB01\n", f"- id: {HERE}OB01\n"))[0]
    (only,) = errors(broken("- id: OB02\n", "- id: OB01\n"))
    assert only.text == f"Nghĩa vụ OB01, mục “id”: mã “OB01” đã dùng ở dòng {first}."


def test_the_checks_name_only_the_file_they_are_given() -> None:
    """The checks are pure and read no file."""
    assert {finding.file for finding in check_plan("a: 1", str(Path("x") / "y.yaml"), None, None, {})} == {"x/y.yaml"}


def test_days_on_which_nobody_holds_a_role_are_a_warning_at_the_next_holder() -> None:
    """On such days nobody could report and nobody would be reminded."""
    tenures = "[{unit: so-noi-vu, last: 2023-06-30}, §{unit: so-tttt, first: 2023-07-03}]"
    text = broken("name: Sở Nội vụ, held: [{unit: so-noi-vu}]", f"name: Sở Nội vụ, held: {tenures}")
    (gap,) = [finding for finding in check(text.replace(HERE, "")) if finding.code == "nobody_holds"]
    assert (gap.severity, (gap.line, gap.column)) == ("warning", place(text))
    assert "từ ngày 01/7/2023 đến 02/7/2023 không đơn vị nào giữ vai trò này" in gap.text
    seamless = text.replace(HERE, "").replace("2023-07-03", "2023-07-01")
    assert not [finding for finding in check(seamless) if finding.code == "nobody_holds"]
