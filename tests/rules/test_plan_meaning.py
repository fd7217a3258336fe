"""A plan that fits the model and still cannot work as written: every such case is found, with its place."""

from __future__ import annotations

import re
import unicodedata

import pytest

from shared.contracts.model import Tier
from shared.contracts.units import UnitRegister
from shared.plans.checking import check_plan
from tests.support.plan_texts import HERE, place
from tests.support.small_plan import PLAN, REGISTER, SOURCES, changed
from tests.support.small_plan import check_small as check


def test_a_plan_that_works_has_no_findings() -> None:
    assert check(PLAN) == []


OB1 = "    as_of: 2023-11-30\n    before: 2023-12-05\n    cite: S0 VI\n  - id: OB2"
SECOND_FEED = """\
  - id: OB3
    reporter: noi-vu
    what: Cải cách hành chính, lần nữa
    kind: score
    field: §cchc
    tiers: [so]
    as_of: 2023-11-30
    before: 2023-12-05
    cite: S0 VI
awards:
"""

FOUND = [
    (
        "error",
        "as_of_differs",
        "  as_of: 2023-11-30\n  decided",
        "  as_of: §2023-10-31\n  decided",
        "Phong trào, mục “as_of”: không nghĩa vụ nào chốt số liệu ngày 31/10/2023 (OB1, OB2: ngày 30/11/2023); "
        "mọi đơn vị sẽ chưa đủ căn cứ ở mọi hình thức khen thưởng xét theo số liệu.",
    ),
    (
        "warning",
        "as_of_differs",
        OB1,
        OB1.replace("as_of: 2023-11-30", "as_of: §2023-10-31"),
        "Nghĩa vụ OB1, mục “as_of”: ngày chốt số liệu 31/10/2023 trước ngày chốt của phong trào (30/11/2023); "
        "số liệu này chỉ được coi là tạm tính.",
    ),
    (
        "warning",
        "as_of_differs",
        OB1,
        OB1.replace("as_of: 2023-11-30", "as_of: §2023-12-01"),
        "Nghĩa vụ OB1, mục “as_of”: ngày chốt số liệu 01/12/2023 sau ngày chốt của phong trào (30/11/2023); "
        "số liệu này không được tính.",
    ),
    (
        "error",
        "dates_out_of_order",
        OB1,
        OB1.replace("as_of: 2023-11-30", "as_of: §2022-11-30"),
        "Nghĩa vụ OB1, mục “as_of”: ngày chốt số liệu 30/11/2022 nằm ngoài thời gian phong trào "
        "(01/01/2023 - 31/12/2023).",
    ),
    (
        "warning",
        "nobody_reminded",
        "issued: 2023-03-28",
        "issued: §2023-12-28",
        "Văn bản, mục “issued”: ban hành ngày 28/12/2023, sau mọi thời hạn (thời hạn cuối cùng là 04/12/2023); "
        "mọi việc là việc đã qua nên không ai được nhắc.",
    ),
    (
        "warning",
        "no_reminders",
        "obligations:\n  - id: OB1\n    reporter: noi-vu\n",
        "obligations:\n  - §id: OB1\n    reporter: noi-vu\n",
        "Nghĩa vụ OB1: có thời hạn mà kế hoạch không có lịch nhắc (mục “reminders”), nên không ai được nhắc.",
    ),
    (
        "error",
        "unfounded_citation",
        "name: Nội vụ, held: [{unit: so-1}], cite: S0 VI",
        "name: Nội vụ, held: [{unit: so-1}], cite: §S1 VI",
        "Vai trò noi-vu, mục “cite”: không có văn bản S1 trong thư mục sources, nên không tra được “S1 VI”.",
    ),
    (
        "warning",
        "far_date",
        "before: 2023-12-05\n    cite: S0 VI\n  - id: OB2",
        "before: §2032-12-05\n    cite: S0 VI\n  - id: OB2",
        "Nghĩa vụ OB1, mục “before”: ngày 05/12/2032 cách thời gian phong trào (01/01/2023 - 31/12/2023) hơn một năm; "
        "hãy xem lại năm.",
    ),
    (
        "warning",
        "far_date",
        "decided_by: 2024-01-31",
        "decided_by: §2042-01-31",
        "Phong trào, mục “decided_by”: ngày 31/01/2042 cách thời gian phong trào",
    ),
    (
        "warning",
        "two_feeds",
        "awards:\n",
        SECOND_FEED,
        "Nghĩa vụ OB3, mục “field”: OB1 cũng báo cáo “Cải cách hành chính” về Sở, ban, ngành, đoàn thể tỉnh; "
        "số liệu đến sau thay số liệu đến trước.",
    ),
    (
        "warning",
        "cut_off_too_large",
        "at_most: 3, cite",
        "at_most: §10, cite",
        "Khen thưởng C1, mục “rules[1].at_most”: hạng 1 đến 10 nhưng chỉ có 5 đơn vị được xếp hạng cùng nhau; "
        "đơn vị nào có điểm cũng đạt.",
    ),
    (
        "warning",
        "cut_off_too_large",
        "quota: 1",
        "quota: §9",
        "Khen thưởng C1, mục “quota”: được tặng đến 9 nhưng chỉ có 5 đơn vị được xét.",
    ),
    (
        "error",
        "cannot_be_won",
        "  - id: C1\n    form: co_thi_dua\n    name: Cờ thi đua\n    tier: so",
        "  - §id: C1\n    form: co_thi_dua\n    name: Cờ thi đua\n    tier: xa",
        "Khen thưởng C1: không tiêu chuẩn nào có nguồn số liệu về Ủy ban nhân dân xã, phường, thị trấn, "
        "nên không đơn vị nào đạt được.",
    ),
    (
        "error",
        "no_criteria",
        "    rules:\n      - {rule: rank, criterion: cchc, field: cchc, at_most: 3, cite: S0 IV}\n"
        "      - {rule: all_tasks_on_time, criterion: nhiem-vu, cite: S0 IV}\n",
        "    rules: §[]\n",
        "Khen thưởng C1, mục “rules”: không có tiêu chuẩn nào, nên đơn vị nào cũng đạt.",
    ),
]
"""Severity, code, what of ``PLAN`` is replaced by what, and the start of the text."""


@pytest.mark.parametrize(("severity", "code", "old", "new", "text"), FOUND)
def test_what_cannot_work_as_written_is_found_once_at_its_place(
    severity: str, code: str, old: str, new: str, text: str
) -> None:
    marked = changed(old, new)
    if code == "no_reminders":
        marked = re.sub(r"reminders: .*\n", "", marked)
    findings = [f for f in check(marked) if f.code == code]
    assert [(f.severity, f.line, f.column) for f in findings] == [(severity, *place(marked))]
    assert findings[0].text.startswith(text)
    assert [f for f in check(marked) if f.code not in (code, "no_feed")] == []


def test_one_finding_for_an_award_without_any_feed_replaces_those_of_its_criteria() -> None:
    findings = check(changed("    tier: so\n    scope", "    tier: xa\n    scope"))
    assert {finding.code for finding in findings} == {"cannot_be_won"}


def test_an_award_that_only_optional_reports_or_the_council_could_prove_is_a_warning() -> None:
    optional = PLAN.replace("    what:", "    optional: true\n    what:")
    judged = PLAN.replace("tier: so", "tier: xa").replace("rule: rank", "rule: judgement")
    judged = judged.replace(" field: cchc, at_most: 3,", "")
    for text in (optional, judged):
        assert [f.severity for f in check(text) if f.code == "cannot_be_won"] == ["warning"]


def test_an_award_that_the_council_judges_can_be_won() -> None:
    text = re.sub(r"rule: (rank|all_tasks_on_time)", "rule: judgement", PLAN).replace(" field: cchc, at_most: 3,", "")
    assert check(text) == []


def test_reports_about_other_units_or_of_each_agency_about_its_own_are_no_second_feed() -> None:
    second = SECOND_FEED.replace(HERE, "")
    for other in (second.replace("[so]", "[xa]"), second.replace("    what:", "    optional: true\n    what:")):
        assert [f for f in check(changed("awards:\n", other)) if f.code == "two_feeds"] == []


def test_a_movement_that_another_plan_of_the_folder_has_is_an_error() -> None:
    marked = changed("  id: phong-trao", "  id: §phong-trao")
    (only,) = check(marked, siblings={"phong-trao": frozenset({"C1"})})
    assert (only.severity, only.code, (only.line, only.column)) == ("error", "duplicate_movement", place(marked))
    assert only.text == "Phong trào, mục “id”: một kế hoạch khác trong thư mục cũng có phong trào “phong-trao”."


@pytest.mark.parametrize("sources", [None, {}])
def test_without_source_texts_one_warning_is_about_all_citations(sources: dict[str, str] | None) -> None:
    (only,) = check(PLAN, sources=sources)
    assert (only.severity, only.code) == ("warning", "unchecked_citation")
    assert (only.line, only.column) == place(changed("  cite: S0 V\n", "  cite: §S0 V\n"))
    assert only.text.startswith("Phong trào, mục “cite”: không có văn bản nguồn nào (thư mục sources)")


def test_without_the_text_of_the_plans_own_document_there_is_one_warning() -> None:
    (only,) = check(PLAN, sources={"S1": "I. Khác\n"})
    assert (only.severity, only.code) == ("warning", "unchecked_citation")
    assert "không có văn bản S0 trong thư mục sources" in only.text


def test_text_in_decomposed_characters_is_one_error_at_the_first_and_the_rest_is_checked() -> None:
    """A Mac writes "ế" as three characters; the same words then differ from those of a register."""
    text = changed("name: Nội vụ", unicodedata.normalize("NFD", "name: Nội vụ"))
    text = changed("what: Nhiệm vụ", unicodedata.normalize("NFD", "what: Nhiệm vụ"), text)
    text = changed("field: cchc, at_most: 3", "field: cchc-x, at_most: 3", text)
    findings = {finding.code: finding for finding in check(text)}
    assert set(findings) == {"not_nfc", "unknown_reference"}
    first = place(changed("name: Nội vụ", "name: N§ội vụ"))
    assert (findings["not_nfc"].line, findings["not_nfc"].column) == first
    assert "2 dòng" in findings["not_nfc"].text


def test_no_text_has_a_date_as_machines_write_it() -> None:
    """Only a quotation of the file has a date as it stands there."""
    wrong = [
        ("period: {first: 2023-01-01, last: 2023-12-31}", "period: {first: 2023-01-01, last: 2022-12-31}"),
        ("issued: 2023-03-28", "issued: 2023-02-30"),
        ("issued: 2023-03-28", "issued: 28/3/2023"),
        (OB1, OB1.replace("as_of: 2023-11-30", "as_of: 2023-12-05")),
        ("name: Nội vụ", "name: 2023-12-05"),
        ("[{unit: so-1}]", "[{unit: so-1, first: 2023-12-05, last: 2023-12-01}]"),
    ]
    for old, new in wrong:
        findings = check(changed(old, new))
        assert any(finding.severity == "error" for finding in findings)
        texts = [re.sub("“[^”]*”", "", finding.text) for finding in findings]
        assert [text for text in texts if re.search(r"\d{4}-\d\d-\d\d", text)] == []


def test_allowed_codes_are_listed_with_their_meaning() -> None:
    (kind,) = [f for f in check(changed("kind: tasks", "kind: nhiem-vu")) if f.severity == "error"]
    assert "phải là một trong: score (điểm của một lĩnh vực), tasks (nhiệm vụ được giao), " in kind.text
    (rule,) = [f for f in check(changed("rule: rank", "rule: hang")) if f.severity == "error"]
    assert "rank (xếp hạng trong một lĩnh vực), " in rule.text
    wrong = "parameters: [{id: A4, value: x, default: all, reason: y}]\n"
    (switch,) = [f for f in check(PLAN + wrong) if f.severity == "error"]
    assert "có thể là: all (mọi lĩnh vực), any (một lĩnh vực bất kỳ)" in switch.text


def test_reminders_without_any_day_remind_nobody() -> None:
    marked = changed("reminders: {before: [7]", f"reminders: {HERE}{{before: []")
    (only,) = check(marked)
    assert (only.code, (only.line, only.column)) == ("no_reminders", place(marked))


def test_a_plan_without_due_dates_needs_no_reminders() -> None:
    assert check(re.sub(r"(    before|reminders): .*\n", "", PLAN)) == []


def test_duties_that_stay_open_are_reminded_of_after_the_document_was_issued() -> None:
    """The choice A24 decides it."""
    late = changed("issued: 2023-03-28", "issued: 2023-12-28")
    assert [f.code for f in check(late)] == ["nobody_reminded"]
    assert check(late + "parameters: [{id: A24, value: open, default: historical, reason: x}]\n") == []


def test_an_award_for_a_tier_without_units_is_a_warning_at_its_tier() -> None:
    marked = changed("    tier: so\n    scope", f"    tier: {HERE}huyen\n    scope")
    (only,) = check(marked.replace("tiers: [so]", "tiers: [huyen]"))
    assert (only.severity, only.code, (only.line, only.column)) == ("warning", "cannot_be_won", place(marked))
    assert "danh mục đơn vị không có Ủy ban nhân dân huyện, thành phố nào được xếp hạng" in only.text


def test_a_cut_off_inside_a_district_is_compared_with_the_largest_district() -> None:
    text = re.sub(r"tier: so|tiers: \[so\]", lambda match: match[0].replace("so", "xa"), PLAN)
    within = text.replace("scope: tinh", "scope: parent").replace("at_most: 3", "at_most: 2")
    units = [u.model_copy(update={"parent": f"so-{u.code[-1]}"} if u.tier is Tier.XA else {}) for u in REGISTER.units]
    districts = UnitRegister(province="x", version=1, units=tuple(units))
    assert check(within) == []
    assert [f.code for f in check_plan(within, "p.yaml", districts, SOURCES, {})] == ["cut_off_too_large"]
