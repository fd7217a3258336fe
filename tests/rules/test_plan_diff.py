"""What a new version of a plan changes, for which units, in words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.diffing import COUNCIL, EVERYBODY, diff
from shared.plans.load import load_plan, load_register
from shared.wording.plan_changes import Change
from shared.wording.plan_names import TIERS
from shared.wording.unit_names import full_name
from tests.support.provinces import THAI_BINH

SO, HUYEN, XA, DVSN, KHAC = TIERS.values()


@lru_cache
def plan(name: str) -> Plan:
    return load_plan(next(THAI_BINH.glob(f"{name}-*.yaml")))


@lru_cache
def register() -> UnitRegister:
    return load_register(THAI_BINH / "units-2023.csv", "thai-binh", 1)


NAME_OF = partial(full_name, register())


def row(document: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    """The row of a section with an id."""
    matching: dict[str, Any] = next(entry for entry in document[section] if entry["id"] == name)
    return matching


def changed(name: str, section: str, row_id: str, **changes: Any) -> Plan:
    """A plan with one row changed."""
    document = plan(name).model_dump(mode="json")
    row(document, section, row_id).update(changes)
    return Plan.model_validate(document)


def changes(new: Plan, name: str = "s0") -> list[Change]:
    return diff(plan(name), new, NAME_OF)


@pytest.mark.parametrize("name", ["s0", "s1", "s2", "s3", "s4"])
def test_a_version_without_differences_is_no_change(name: str) -> None:
    assert changes(plan(name).model_copy(update={"version": 2}), name) == []


def test_a_moved_due_date_concerns_the_reporter() -> None:
    (only,) = changes(changed("s0", "obligations", "OB07", before="2023-12-12"))
    assert only == Change(
        "Sở Thông tin và Truyền thông",
        "nghĩa vụ OB07 (Tổng hợp, đánh giá lĩnh vực chuyển đổi số): "
        "thời hạn đổi từ trước ngày 05/12/2023 sang trước ngày 12/12/2023",
    )


def test_a_new_standing_office_concerns_everybody() -> None:
    """The plan's notices come from it; a plan of an earlier release names none."""
    without = plan("s0").model_copy(update={"office": None})
    assert changes(without) == [Change("Mọi đơn vị", "sửa mục “Cơ quan Thường trực”")]


def test_a_due_date_may_become_yearly_or_a_window() -> None:
    yearly = {"month": 12, "day": 5, "first": 2023, "last": 2025}
    (only,) = changes(changed("s0", "obligations", "OB07", before=None, yearly=yearly))
    assert only.what.endswith("sang trước ngày 05/12 hằng năm (2023 - 2025)")
    window = {"first": "2023-12-01", "last": "2023-12-05"}
    (only,) = changes(changed("s0", "obligations", "OB07", before=None, window=window))
    assert only.what.endswith("sang trong thời gian 01/12/2023 - 05/12/2023")


def test_a_period_of_its_own_is_named_in_words() -> None:
    (only,) = changes(changed("s0", "obligations", "OB07", period="2023-H2"))
    assert only.what.endswith("kỳ báo cáo đổi từ không nêu sang 6 tháng cuối năm 2023")
    quarterly = {"every": "quarter", "day": 15, "first": "2023-Q1", "last": "2023-Q4"}
    recurring = changes(changed("s0", "obligations", "OB07", before=None, as_of=None, periodic=quarterly))
    assert any("sang trước ngày 15 của tháng sau kỳ, từ Quý I/2023 đến Quý IV/2023" in c.what for c in recurring)


def test_a_moved_as_of_concerns_the_reporter_and_that_of_the_movement_everybody() -> None:
    (only,) = changes(changed("s0", "obligations", "OB06", as_of="2023-11-15"))
    assert only.who == "Sở Nội vụ"
    assert only.what.endswith("ngày chốt số liệu đổi từ 30/11/2023 sang 15/11/2023")
    document = plan("s0").model_dump(mode="json")
    document["movement"]["as_of"] = "2023-11-15"
    assert changes(Plan.model_validate(document)) == [
        Change(EVERYBODY, "ngày chốt số liệu của phong trào đổi từ 30/11/2023 sang 15/11/2023")
    ]


def test_a_role_moves_to_another_unit_with_its_obligations() -> None:
    role = plan("s0").obligation["OB07"].reporter
    assert role is not None
    tenures = [{"unit": "so-tttt", "last": "2023-06-30"}, {"unit": "so-khcn", "first": "2023-07-01"}]
    name = plan("s0").role[role].name
    assert changes(changed("s0", "roles", role, held=tenures)) == [
        Change("Sở Khoa học và Công nghệ", f"đảm nhiệm vai trò “{name}” từ ngày 01/7/2023 (nghĩa vụ báo cáo OB07)"),
        Change(
            "Sở Thông tin và Truyền thông",
            f"thời gian đảm nhiệm vai trò “{name}” đổi từ không thời hạn sang đến hết ngày 30/6/2023"
            " (nghĩa vụ báo cáo OB07)",
        ),
    ]
    complete_move = changes(changed("s0", "roles", role, held=[{"unit": "so-khcn"}]))
    assert [(change.who, change.what.split()[0]) for change in complete_move] == [
        ("Sở Khoa học và Công nghệ", "đảm"),
        ("Sở Thông tin và Truyền thông", "thôi"),
    ]


def test_an_obligation_moves_to_another_role() -> None:
    plan_changes = changes(changed("s0", "obligations", "OB07", reporter=plan("s0").obligation["OB08"].reporter))
    assert [(change.who, change.what[: change.what.index(" (")]) for change in plan_changes] == [
        ("Công an tỉnh", "nhận nghĩa vụ OB07"),
        ("Sở Thông tin và Truyền thông", "thôi thực hiện nghĩa vụ OB07"),
    ]


def test_obligations_are_added_and_removed() -> None:
    document = plan("s0").model_dump(mode="json")
    document["obligations"] = [obligation for obligation in document["obligations"] if obligation["id"] != "OB09"]
    (removed,) = changes(Plan.model_validate(document))
    assert removed.who == "Sở Kế hoạch và Đầu tư"
    assert removed.what.startswith("bỏ nghĩa vụ OB09: Cung cấp danh sách")
    (added,) = diff(Plan.model_validate(document), plan("s0"), NAME_OF)
    assert added == Change(removed.who, removed.what.replace("bỏ", "thêm", 1))


def test_added_and_removed_subjects_concern_the_reporter_and_the_subjects() -> None:
    plan_changes = changes(changed("s0", "obligations", "OB05", tiers=["so", "huyen", "xa"], expected=["so", "huyen"]))
    described = {
        (change.who, change.what.partition(": ")[2] or change.what.partition(" nghĩa")[0]) for change in plan_changes
    }
    assert ("Sở Nội vụ", f"thêm đối tượng: {XA}") in described
    assert ("Sở Nội vụ", f"bỏ đối tượng: {DVSN}") in described
    assert (XA, "được báo cáo, đánh giá theo") in described
    assert (DVSN, "không còn được báo cáo, đánh giá theo") in described


def test_changes_of_cut_off_quota_and_rank_rule_concern_the_tier() -> None:
    document = plan("s0").model_dump(mode="json")
    award = row(document, "awards", "B1") | {"quota": 5, "ranks": "any"}
    next(rule for rule in award["rules"] if rule.get("field") == "de-an-06")["at_most"] = 1
    document["awards"] = [award if entry["id"] == "B1" else entry for entry in document["awards"]]
    plan_changes = changes(Plan.model_validate(document))
    assert {change.who for change in plan_changes} == {SO}
    text = " | ".join(change.what for change in plan_changes)
    assert "đổi từ hạng 1 đến 5 trong lĩnh vực Thực hiện Đề án 06 sang hạng 1 trong" in text
    assert "số lượng đổi từ không nêu sang 5" in text
    assert "sang đạt ở ít nhất một lĩnh vực" in text


def test_criteria_of_an_award_are_added_and_removed() -> None:
    document = plan("s0").model_dump(mode="json")
    award = row(document, "awards", "C2")
    award["rules"] = [rule for rule in award["rules"] if rule["rule"] != "listed"]
    without = Plan.model_validate(document)
    (removed,), (added,) = changes(without), diff(without, plan("s0"), NAME_OF)
    assert removed.who == added.who == HUYEN
    assert "bỏ tiêu chuẩn “Đóng góp, kết quả nổi bật trong phát triển kinh tế - xã hội”: có tên trong" in removed.what
    assert "thêm tiêu chuẩn “Đóng góp" in added.what


def test_changed_places_concern_the_nominating_tier() -> None:
    document = plan("s0").model_dump(mode="json")
    award = row(document, "nominated", "B6")
    for place in award["places"]:
        if place["tier"] == "huyen":
            place["at_most"] = 3
    award["places"].append({"tier": "xa", "unit": None, "at_most": 1, "cite": "A19"})
    plan_changes = changes(Plan.model_validate(document))
    assert [(change.who, change.what.partition(": ")[2]) for change in plan_changes] == [
        (HUYEN, "số lượng đổi từ tối đa 02 sang tối đa 03"),
        (XA, "số lượng đổi từ không được đề nghị sang tối đa 01"),
    ]


def test_a_session_moves_and_gains_a_task() -> None:
    window = {"first": "2023-07-10", "last": "2023-09-30"}
    session = plan("s1").sessions[2]
    plan_changes = changes(changed("s1", "sessions", session.id, window=window, tasks=[*session.tasks, "T24"]), "s1")
    assert [change.who for change in plan_changes] == [COUNCIL] * 2
    assert plan_changes[0].what.endswith("thêm nhiệm vụ: T24")
    assert plan_changes[1].what.endswith("thời gian đổi từ 01/7/2023 - 30/9/2023 sang 10/7/2023 - 30/9/2023")


def test_a_task_gets_a_day_and_another_lead() -> None:
    window = {"first": "2023-10-01", "last": "2023-12-31"}
    plan_changes = changes(changed("s1", "tasks", "T27", lead="so-noi-vu", window=window, day="2023-12-20"), "s1")
    assert {
        (change.who, change.what.partition(" nhiệm vụ")[0])
        for change in plan_changes
        if "chủ trì" in change.what or "nhận" in change.what
    } == {
        ("Ban Thi đua - Khen thưởng, Sở Nội vụ", "thôi chủ trì"),
        ("Sở Nội vụ", "nhận"),
    }
    assert any(
        "sang ngày 20/12/2023 (01/10/2023 - 31/12/2023)" in change.what
        for change in plan_changes
        if change.who == "Sở Nội vụ"
    )


def test_a_changed_switch_is_described_with_its_reason() -> None:
    (first, _) = changes(changed("s0", "parameters", "A4", value="any", reason="Theo ý kiến của Sở Nội vụ."))
    assert first == Change(EVERYBODY, "lựa chọn A4 đổi từ all sang any. Lý do: Theo ý kiến của Sở Nội vụ.")
    document = plan("s0").model_dump(mode="json")
    document["parameters"] = [parameter for parameter in document["parameters"] if parameter["id"] != "A4"]
    assert changes(Plan.model_validate(document)) == [
        Change(EVERYBODY, "không nêu nữa lựa chọn A4 (all, như mặc định)")
    ]


def test_changes_are_sorted_by_the_units_concerned() -> None:
    document = plan("s0").model_dump(mode="json")
    for obligation in document["obligations"]:
        if obligation["before"]:
            obligation["before"] = "2023-12-20"
    plan_changes = changes(Plan.model_validate(document))
    assert len({change.who for change in plan_changes}) > 5
    assert plan_changes == sorted(plan_changes)


@pytest.mark.parametrize("name", ["s0", "s1", "s2", "s3", "s4"])
def test_no_change_goes_undescribed(name: str) -> None:
    """A change of any text, number or boolean of a plan is described."""
    compared = 0
    for kind, document in with_one_value_changed(plan(name).model_dump(mode="json")):
        context: dict[str, list[object]] = {}
        try:
            new = Plan.model_validate(document, context=context)
        except ValidationError:
            continue
        if not context["inconsistencies"] and kind != ".version":
            compared += 1
            assert changes(new, name), kind
    assert compared > 15


def with_one_value_changed(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kind of a value and the plan with that value changed, one value of each kind."""
    seen: set[str] = set()

    def walk(node: Any, kind: str) -> Iterator[str]:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            path = f"{kind}.{key}" if isinstance(key, str) else f"{kind}[]"
            if isinstance(value, dict | list):
                yield from walk(value, path)
            elif value is not None and path not in seen:
                seen.add(path)
                node[key] = (
                    f"{value}x" if isinstance(value, str) else not value if isinstance(value, bool) else value + 1
                )
                yield path
                node[key] = value

    for kind in walk(document, ""):
        yield kind, document
