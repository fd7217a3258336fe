"""Every internal rule of a plan: the code, the position and the text of its violation."""

from __future__ import annotations

import re

import pytest

from tests.support.plan_texts import HERE, check, errors, place

COUNCIL = """\
id: x
version: 1
province: thai-binh
legal_basis: x
source: {key: S1, number: x, issued: 2023-04-04, issuer: x, signer: x, title: x}
"""
"""A valid plan."""

CONTRADICTIONS = [
    (
        "overlapping",
        "sessions",
        "phiên họp khác",
        "{id: P2, window: §{first: 2023-03-31, last: 2023-06-30}, tasks: []}",
    ),
    (
        "unknown_reference",
        "sessions",
        "nhiệm vụ nào",
        "{id: P2, window: {first: 2023-04-01, last: 2023-06-30}, tasks: [§T1]}",
    ),
    (
        "dates_out_of_order",
        "tasks",
        "ngày 01/10/2023 nằm ngoài",
        "{id: T1, lead: ban-tdkt, partners: x, day: §2023-10-01, window: {first: 2023-01-01, last: 2023-03-31}}",
    ),
    (
        "not_a_member",
        "groups",
        "danh sách thành viên",
        "{id: g, kind: cum, window: {first: 2023-01-01, last: 2023-12-31}, members: §[so-tttt], chair: so-noi-vu}",
    ),
    (
        "dates_out_of_order",
        "roles",
        "trước ngày đầu",
        "{id: r, held: [{unit: so-tttt, first: 2023-02-01, last: §2023-01-01}]}",
    ),
    (
        "wrong_parameter",
        "parameters",
        "có thể là: all (mọi lĩnh vực), any (một",
        "{id: A4, value: §some, default: all}",
    ),
    ("wrong_parameter", "parameters", "mặc định (default) của A4", "{id: A4, value: §any, default: any}"),
    ("wrong_parameter", "parameters", "không phải công tắc", "{id: A22, value: §x, default: x}"),
    ("invalid", "parameters", "phải là chữ, số nguyên", "{id: A4, value: §1.5, default: all}"),
    (
        "invalid",
        "obligations",
        "chỉ nêu một trong bốn loại thời hạn",
        "§{id: O, before: 2023-12-05, window: {first: 2023-01-01, last: 2023-03-31}}",
    ),
    ("invalid", "obligations", "khi kind là score", "{id: O, kind: §score}"),
    ("invalid", "obligations", "cấp xa (xã, phường, thị trấn) không có trong", "{id: O, tiers: [so], expected: §[xa]}"),
    ("invalid", "obligations", "không nêu cả hai", "{id: O, reporter: r, each: §[xa]}"),
    ("invalid", "obligations", "không có ngày này", "{id: O, yearly: {month: 2, day: §30, first: 2023, last: 2024}}"),
    (
        "dates_out_of_order",
        "obligations",
        "năm cuối 2022 trước 2023",
        "{id: O, yearly: {month: 2, day: 3, first: 2023, last: §2022}}",
    ),
    ("invalid", "obligations", "giá trị “2023-H3” không đúng dạng: kỳ dạng năm (2023)", "{id: O, period: §2023-H3}"),
    ("invalid", "obligations", "không có kỳ “2023-13”; phải là kỳ dạng năm (2023)", "{id: O, period: §2023-13}"),
    (
        "invalid",
        "obligations",
        "kỳ 2023-H1 không cùng loại với mục every (quarter)",
        "{id: O, periodic: {every: §quarter, day: 15, first: 2023-H1, last: 2023-Q4}}",
    ),
    (
        "dates_out_of_order",
        "obligations",
        "kỳ cuối 2023-Q1 trước 2023-Q4",
        "{id: O, periodic: {every: quarter, day: 15, first: 2023-Q4, last: §2023-Q1}}",
    ),
    (
        "invalid",
        "obligations",
        "tháng đó không có ngày này",
        "{id: O, periodic: {every: month, day: §30, first: 2023-01, last: 2023-03}}",
    ),
    (
        "invalid",
        "obligations",
        "chỉ nêu kỳ (period) khi không có yearly",
        "{id: O, period: §2023-H1, yearly: {month: 7, day: 15, first: 2023, last: 2024}}",
    ),
    (
        "invalid",
        "obligations",
        "nhiều kỳ (periodic) thì không có as_of",
        "{id: O, as_of: §2023-06-30, periodic: {every: half_year, day: 15, first: 2023-H1, last: 2023-H2}}",
    ),
    ("invalid", "nominated", "phải nêu tier hoặc unit", "{id: N, places: [§{at_most: 1, cite: A23}]}"),
    ("no_movement", "nominated", "movement.within", "{id: N, places: [], feeds: §B4}"),
    (
        "invalid",
        "awards",
        "“best” không hợp lệ, phải là một trong: rank",
        "{id: C, rules: [{rule: §best, criterion: c}]}",
    ),
]
"""Code, section, message and an invalid row; the other keys of the row are merged in (``REST``)."""

WINDOW = "window: {first: 2023-01-01, last: 2023-03-31}"

REST = {
    "sessions": "name: x, cite: A23",
    "tasks": "name: x, cite: A23",
    "groups": "name: x, basis: assumed, cite: A23",
    "roles": "name: x, cite: A23",
    "parameters": "reason: x",
    "obligations": "what: x, kind: null, cite: A23",
    "nominated": "form: bang_khen, name: x, kinds: [ca_nhan], standards: [], cite: A23",
    "awards": "form: co_thi_dua, name: x, tier: so, scope: tinh, quota: 1, cite: A23",
}


@pytest.mark.parametrize(("code", "section", "message", "row"), CONTRADICTIONS)
def test_a_contradiction_is_reported_in_vietnamese(code: str, section: str, message: str, row: str) -> None:
    """Every rule of the model has a text and a position."""
    first_session = f"sessions:\n  - {{id: P1, {WINDOW}, tasks: [], {REST['sessions']}}}\n"
    rows = f"  - {row[:-1]}, <<: {{{REST[section]}}}}}\n"
    marked = COUNCIL + first_session + ("" if section == "sessions" else f"{section}:\n") + rows
    errors_there = [error for error in errors(marked.replace(HERE, "")) if (error.line, error.column) == place(marked)]
    assert [error.code for error in errors_there] == [code]
    assert message in errors_there[0].text
    assert not re.search(r"\b(the|is|are|should|must|Input)\b", errors_there[0].text)


def test_a_valid_plan_has_no_findings() -> None:
    assert check(COUNCIL) == []
