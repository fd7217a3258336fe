"""What a new version of a plan changes, for whom, in words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.diffing import COUNCIL, EVERYBODY, diff
from shared.plans.load import THAI_BINH, load_plan, load_register
from shared.wording.plan_changes import Change
from shared.wording.plan_problems import TIERS

SO, HUYEN, XA, DVSN, KHAC = TIERS.values()


@lru_cache
def plan(name: str) -> Plan:
    return load_plan(next(THAI_BINH.glob(f"{name}-*.yaml")))


@lru_cache
def register() -> UnitRegister:
    return load_register(THAI_BINH / "units-2023.csv", "thai-binh", 1)


def row(written: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    """The row of a section with an id."""
    found: dict[str, Any] = next(item for item in written[section] if item["id"] == name)
    return found


def changed(name: str, section: str, of: str, **changes: Any) -> Plan:
    """A plan with one row changed."""
    written = plan(name).model_dump(mode="json")
    row(written, section, of).update(changes)
    return Plan.model_validate(written)


def changes(new: Plan, name: str = "s0") -> list[Change]:
    return diff(plan(name), new, register().name_of)


@pytest.mark.parametrize("name", ["s0", "s1", "s2", "s3", "s4"])
def test_a_version_that_changes_nothing_is_no_change(name: str) -> None:
    assert changes(plan(name).model_copy(update={"version": 2}), name) == []


def test_a_due_date_moves_for_who_owes_it() -> None:
    (only,) = changes(changed("s0", "obligations", "OB07", before="2023-12-12"))
    assert only == Change(
        "Sở Thông tin và Truyền thông",
        "nghĩa vụ OB07 (Tổng hợp, đánh giá lĩnh vực chuyển đổi số): "
        "thời hạn đổi từ trước ngày 05/12/2023 sang trước ngày 12/12/2023",
    )


def test_a_due_date_that_becomes_yearly_or_a_window() -> None:
    yearly = {"month": 12, "day": 5, "first": 2023, "last": 2025}
    (only,) = changes(changed("s0", "obligations", "OB07", before=None, yearly=yearly))
    assert only.what.endswith("sang trước ngày 05/12 hằng năm (2023 - 2025)")
    window = {"first": "2023-12-01", "last": "2023-12-05"}
    (only,) = changes(changed("s0", "obligations", "OB07", before=None, window=window))
    assert only.what.endswith("sang trong thời gian 01/12/2023 - 05/12/2023")


def test_an_as_of_moves_for_who_counts_and_that_of_the_movement_for_all() -> None:
    (only,) = changes(changed("s0", "obligations", "OB06", as_of="2023-11-15"))
    assert only.who == "Sở Nội vụ"
    assert only.what.endswith("ngày chốt số liệu đổi từ 30/11/2023 sang 15/11/2023")
    written = plan("s0").model_dump(mode="json")
    written["movement"]["as_of"] = "2023-11-15"
    assert changes(Plan.model_validate(written)) == [
        Change(EVERYBODY, "ngày chốt số liệu của phong trào đổi từ 30/11/2023 sang 15/11/2023")
    ]


def test_a_role_moves_to_another_unit_with_what_it_owes() -> None:
    role = plan("s0").obligation["OB07"].reporter
    assert role is not None
    held = [{"unit": "so-tttt", "last": "2023-06-30"}, {"unit": "so-khcn", "first": "2023-07-01"}]
    name = plan("s0").role[role].name
    assert changes(changed("s0", "roles", role, held=held)) == [
        Change("Sở Khoa học và Công nghệ", f"đảm nhiệm vai trò “{name}” từ ngày 01/07/2023 (nghĩa vụ báo cáo OB07)"),
        Change(
            "Sở Thông tin và Truyền thông",
            f"thời gian đảm nhiệm vai trò “{name}” đổi từ không thời hạn sang đến hết ngày 30/06/2023"
            " (nghĩa vụ báo cáo OB07)",
        ),
    ]
    whole = changes(changed("s0", "roles", role, held=[{"unit": "so-khcn"}]))
    assert [(c.who, c.what.split()[0]) for c in whole] == [
        ("Sở Khoa học và Công nghệ", "đảm"),
        ("Sở Thông tin và Truyền thông", "thôi"),
    ]


def test_an_obligation_goes_to_another_role() -> None:
    found = changes(changed("s0", "obligations", "OB07", reporter=plan("s0").obligation["OB08"].reporter))
    assert [(c.who, c.what[: c.what.index(" (")]) for c in found] == [
        ("Công an tỉnh", "nhận nghĩa vụ OB07"),
        ("Sở Thông tin và Truyền thông", "thôi thực hiện nghĩa vụ OB07"),
    ]


def test_obligations_come_and_go() -> None:
    written = plan("s0").model_dump(mode="json")
    written["obligations"] = [obligation for obligation in written["obligations"] if obligation["id"] != "OB09"]
    (gone,) = changes(Plan.model_validate(written))
    assert gone.who == "Sở Kế hoạch và Đầu tư"
    assert gone.what.startswith("bỏ nghĩa vụ OB09: Cung cấp danh sách")
    (come,) = diff(Plan.model_validate(written), plan("s0"), register().name_of)
    assert come == Change(gone.who, gone.what.replace("bỏ", "thêm", 1))


def test_subjects_that_are_added_are_told_to_the_reporter_and_to_them() -> None:
    found = changes(changed("s0", "obligations", "OB05", tiers=["so", "huyen", "xa"], expected=["so", "huyen"]))
    told = {(c.who, c.what.partition(": ")[2] or c.what.partition(" nghĩa")[0]) for c in found}
    assert ("Sở Nội vụ", f"thêm đối tượng: {XA}") in told
    assert ("Sở Nội vụ", f"bỏ đối tượng: {DVSN}") in told
    assert (XA, "được báo cáo, đánh giá theo") in told
    assert (DVSN, "không còn được báo cáo, đánh giá theo") in told


def test_a_cut_off_a_number_and_how_ranks_count_change_for_the_tier() -> None:
    written = plan("s0").model_dump(mode="json")
    award = row(written, "awards", "B1") | {"quota": 5, "ranks": "any"}
    next(rule for rule in award["rules"] if rule.get("field") == "de-an-06")["at_most"] = 1
    written["awards"] = [award if item["id"] == "B1" else item for item in written["awards"]]
    found = changes(Plan.model_validate(written))
    assert {c.who for c in found} == {SO}
    said = " | ".join(c.what for c in found)
    assert "đổi từ hạng 1 đến 5 trong lĩnh vực Thực hiện Đề án 06 sang hạng 1 trong" in said
    assert "số lượng đổi từ không nêu sang 5" in said
    assert "sang đạt ở ít nhất một lĩnh vực" in said


def test_criteria_of_an_award_come_and_go() -> None:
    written = plan("s0").model_dump(mode="json")
    award = row(written, "awards", "C2")
    award["rules"] = [rule for rule in award["rules"] if rule["rule"] != "listed"]
    without = Plan.model_validate(written)
    (gone,), (come,) = changes(without), diff(without, plan("s0"), register().name_of)
    assert gone.who == come.who == HUYEN
    assert "bỏ tiêu chuẩn “Đóng góp, kết quả nổi bật trong phát triển kinh tế - xã hội”: có tên trong" in gone.what
    assert "thêm tiêu chuẩn “Đóng góp" in come.what


def test_places_of_nominators_change_for_the_tier_that_nominates() -> None:
    written = plan("s0").model_dump(mode="json")
    award = row(written, "nominated", "B6")
    for place in award["places"]:
        if place["tier"] == "huyen":
            place["at_most"] = 3
    award["places"].append({"tier": "xa", "unit": None, "at_most": 1, "cite": "A19"})
    found = changes(Plan.model_validate(written))
    assert [(c.who, c.what.partition(": ")[2]) for c in found] == [
        (HUYEN, "số lượng đổi từ tối đa 02 sang tối đa 03"),
        (XA, "số lượng đổi từ không được đề nghị sang tối đa 01"),
    ]


def test_a_session_moves_and_gains_a_task() -> None:
    window = {"first": "2023-07-10", "last": "2023-09-30"}
    session = plan("s1").sessions[2]
    found = changes(changed("s1", "sessions", session.id, window=window, tasks=[*session.tasks, "T24"]), "s1")
    assert [c.who for c in found] == [COUNCIL] * 2
    assert found[0].what.endswith("thêm nhiệm vụ: T24")
    assert found[1].what.endswith("thời gian đổi từ 01/07/2023 - 30/09/2023 sang 10/07/2023 - 30/09/2023")


def test_a_task_gets_a_day_and_another_lead() -> None:
    window = {"first": "2023-10-01", "last": "2023-12-31"}
    found = changes(changed("s1", "tasks", "T27", lead="so-noi-vu", window=window, day="2023-12-20"), "s1")
    assert {(c.who, c.what.partition(" nhiệm vụ")[0]) for c in found if "chủ trì" in c.what or "nhận" in c.what} == {
        ("Ban Thi đua - Khen thưởng", "thôi chủ trì"),
        ("Sở Nội vụ", "nhận"),
    }
    assert any("sang ngày 20/12/2023 (01/10/2023 - 31/12/2023)" in c.what for c in found if c.who == "Sở Nội vụ")


def test_a_switch_is_told_with_its_reason() -> None:
    (first, _) = changes(changed("s0", "parameters", "A4", value="any", reason="Theo ý kiến của Sở Nội vụ."))
    assert first == Change(EVERYBODY, "quyết định A4 đổi từ all sang any. Lý do: Theo ý kiến của Sở Nội vụ.")
    written = plan("s0").model_dump(mode="json")
    written["parameters"] = [parameter for parameter in written["parameters"] if parameter["id"] != "A4"]
    assert changes(Plan.model_validate(written)) == [
        Change(EVERYBODY, "không nêu nữa quyết định A4 (all, như mặc định)")
    ]


def test_changes_are_sorted_by_whom_they_concern() -> None:
    written = plan("s0").model_dump(mode="json")
    for obligation in written["obligations"]:
        if obligation["before"]:
            obligation["before"] = "2023-12-20"
    found = changes(Plan.model_validate(written))
    assert len({c.who for c in found}) > 5
    assert found == sorted(found)


@pytest.mark.parametrize("name", ["s0", "s1", "s2", "s3", "s4"])
def test_nothing_changes_unsaid(name: str) -> None:
    """Whatever text, number or yes and no of a plan is another one, something is told."""
    tried = 0
    for kind, written in with_one_value_changed(plan(name).model_dump(mode="json")):
        context: dict[str, list[object]] = {}
        try:
            new = Plan.model_validate(written, context=context)
        except ValidationError:
            continue
        if not context["inconsistencies"] and kind != ".version":
            tried += 1
            assert changes(new, name), kind
    assert tried > 15


def with_one_value_changed(written: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The plan with one value changed, one of each kind, and the kind."""
    seen: set[str] = set()

    def walk(part: Any, kind: str) -> Iterator[str]:
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            named = f"{kind}.{key}" if isinstance(key, str) else f"{kind}[]"
            if isinstance(value, dict | list):
                yield from walk(value, named)
            elif value is not None and named not in seen:
                seen.add(named)
                part[key] = (
                    f"{value}x" if isinstance(value, str) else not value if isinstance(value, bool) else value + 1
                )
                yield named
                part[key] = value

    for kind in walk(written, ""):
        yield kind, written
