"""What the plans of Thái Bình say is what the five documents say: word by word, and what is inferred is marked."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

from shared.contracts.awards import AwardForm, NominatedAward, SubjectKind
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.plans.authority import accepts_tier, expected_units
from shared.plans.load import load_plans
from shared.plans.sources import source_texts
from tests.support.movement import AS_OF, register, s0
from tests.support.provinces import HUNG_YEN, THAI_BINH

KEYS = ("S0", "S1", "S2", "S3", "S4")


@lru_cache
def plans() -> dict[str, Plan]:
    return {plan.source.key: plan for plan in load_plans(THAI_BINH)}


def flat(text: str) -> str:
    """A text without line breaks and marks of its layout, with one kind of quotation mark."""
    without_marks = re.sub(r"(?m)^\s*(#+ |[-+] |\d\. |[a-zđ]\) )", " ", text)
    return re.sub(r"\s+", " ", without_marks.replace("“", '"').replace("”", '"'))


def is_printed(text: str, key: str) -> bool:
    """Whether a document prints these words, apart from the case of the first letter and a final mark."""
    return flat(text)[1:].rstrip(" .;") in flat(source_texts(THAI_BINH)[key])


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("S0", {"S0 I.1": 2, "S0 I.2": 2}),
        ("S1", {"S1 I.1": 3, "S1 I.2": 2}),
        ("S2", {"S2 I.1": 1, "S2 I.2": 1, "S2 I.3": 1}),
        ("S3", {**{f"S3 I.1.{point}": 1 for point in "abcd"}, **{f"S3 I.2.{point}": 1 for point in "abc"}}),
        ("S4", {"S4 I.1": 2, "S4 I.2": 2}),
    ],
)
def test_purposes_and_requirements_are_in_the_plan_in_the_words_of_section_one(key: str, rows: dict[str, int]) -> None:
    purposes = plans()[key].purposes
    assert {cite: sum(row.cite == cite for row in purposes) for cite in rows} == rows
    assert len(purposes) == sum(rows.values())
    assert [row.id for row in purposes if not is_printed(row.text, key)] == []


def test_what_a_plan_is_based_on_and_what_it_has_carried_out_are_two_lists() -> None:
    """A document that a plan only tells the agencies to carry out is no basis on which it was issued."""
    numbers = re.compile(r"\d+(?:/\d+)?[/-][A-ZĐ][A-ZĐa-z-]+(?:/TW)?|Nghị quyết")
    lists = {
        key: [[match[0] for text in texts if (match := numbers.search(text))] for texts in (s.based_on, s.carries_out)]
        for key, s in ((key, plans()[key].source) for key in KEYS)
    }
    orders = ["09/CT-UBND", "09/KH-UBND", "01/2023/QĐ-UBND", "45/2018/QĐ-TTg", "164/KH-UBND"]
    assert lists == {
        "S0": [["75/TTr-BTĐKT"], ["Nghị quyết", *orders]],
        "S1": [["18/KH-UBND", "2357/QĐ-UBND"], ["34-CT/TW"]],
        "S2": [["19/CT-TTg"], []],
        "S3": [["1478/QĐ-TTg"], ["Nghị quyết"]],
        "S4": [["46/KH-UBND"], orders],
    }


def test_the_purpose_of_a_report_is_kept_where_the_source_states_one() -> None:
    stated = {o.id: (key, o.purpose) for key in KEYS for o in plans()[key].obligations if o.purpose}
    assert stated == {
        "OB01": ("S0", "Để làm cơ sở cho các đơn vị bình xét thi đua"),
        "OB02": ("S0", "Để làm cơ sở cho các đơn vị bình xét thi đua"),
        "OB16": ("S3", "Để tổng hợp, báo cáo Ủy ban nhân dân tỉnh"),
    }
    assert [row for row, (key, purpose) in stated.items() if not is_printed(purpose, key)] == []


def test_the_police_report_covers_departments_and_districts_and_takes_communes_without_chasing_them() -> None:
    """A46: S0 VI.6 lists no tiers."""
    for number in ("OB07", "OB08"):
        obligation = s0().obligation[number]
        assert obligation.expected == (Tier.SO, Tier.HUYEN)
        assert "expected" in obligation.inferred
        assert accepts_tier(s0(), obligation, Tier.XA)
        covered = expected_units(s0(), obligation, register(), AS_OF, "cong-an-tinh")
        assert {register().by_code[unit].tier for unit in covered} == {Tier.SO, Tier.HUYEN}


def test_recipients_that_the_source_does_not_name_are_marked_as_inferred() -> None:
    obligations = [o for key in KEYS for o in plans()[key].obligations]
    assert [o.id for o in obligations if "recipients" in o.inferred] == ["OB14"]
    assert all(o.recipients for o in obligations if "recipients" in o.inferred)


def test_kinds_of_nominees_that_the_source_does_not_name_are_marked_as_inferred() -> None:
    named: dict[str, set[SubjectKind]] = {
        award.id: set(award.kinds) - set(award.inferred_kinds)
        for key in ("S0", "S4")
        for award in plans()[key].nominated
    }
    assert named == {
        "B4": {SubjectKind.TAP_THE},
        "B5": {SubjectKind.DOANH_NGHIEP, SubjectKind.DOANH_NHAN},
        "B6": {SubjectKind.CAN_BO, SubjectKind.NGUOI_DAN},
        "S4-TT": {SubjectKind.TAP_THE},
        "S4-CN": {SubjectKind.CAN_BO},
    }


def test_an_inferred_kind_is_one_of_the_kinds_of_the_award() -> None:
    award = s0().nominated_award["B4"].model_dump(mode="json")
    with pytest.raises(ValueError, match="kinds"):
        NominatedAward.model_validate({**award, "inferred_kinds": ["nguoi_dan"]})


def test_the_criterion_of_advice_keeps_its_object() -> None:
    advice = next(c for c in s0().criteria if c.id == "tham-muu-hieu-qua")
    assert advice.name.startswith("Tham mưu, đề xuất và thực hiện có hiệu quả những vụ việc tồn tại")
    assert advice.name.endswith("thuộc phạm vi quản lý nhà nước về ngành, lĩnh vực")
    assert is_printed(advice.name, "S0")


def test_the_movement_of_directive_19_is_named_after_its_title() -> None:
    """A50: "Đoàn kết, sáng tạo, …" is the theme of the congress, and stays a theme."""
    movement = plans()["S2"].movement
    assert movement is not None
    assert movement.name == (
        "Thi đua thực hiện thắng lợi nhiệm vụ phát triển kinh tế - xã hội hằng năm và Kế hoạch 5 năm 2021-2025"
    )
    assert any("Đoàn kết, sáng tạo" in theme.text for theme in plans()["S2"].themes)


def test_awards_of_every_year_and_the_standard_of_the_reviews_are_in_the_data() -> None:
    """S3 IV.2.1 and IV.2.2."""
    s3 = plans()["S3"]
    yearly = [row for row in s3.checklist if row.cite == "S3 IV.2.1"]
    assert [row.when for row in yearly] == ["Hàng năm"]
    standards = [occasion.standards for occasion in s3.occasions]
    assert standards[0] == standards[1] != ()
    assert all(is_printed(text, "S3") for text in (yearly[0].text, *standards[0]))


@pytest.mark.parametrize(
    ("key", "cites"),
    [
        ("S3", ["S3 IV.1.1", "S3 IV.1.2", "S3 IV.1.3.a", "S3 IV.1.3.b", "S3 IV.1.3.c", "S3 IV.2.1, IV.2.2"]),
        ("S4", ["S4 IV.1", "S4 IV.1"]),
    ],
)
def test_the_kinds_of_subjects_are_in_the_data(key: str, cites: list[str]) -> None:
    assert [row.cite for row in plans()[key].subject_kinds] == cites


def test_no_row_of_the_councils_checklist_repeats_a_task() -> None:
    s1 = plans()["S1"]
    names = {flat(task.name).rstrip(".") for task in s1.tasks}
    assert [row.id for row in s1.checklist if flat(row.text).rstrip(".") in names] == []
    assert {row.cite.partition(" ")[2][:3] for row in s1.checklist} == {"I.2", "III"}


def test_the_raw_lines_are_those_of_the_copy() -> None:
    """A30: ``raw`` keeps what the copy shows, and nothing else."""
    for key in KEYS:
        copy = flat((THAI_BINH / "sources" / f"{key}.raw.txt").read_text(encoding="utf-8"))
        assert [line for line in plans()[key].source.raw if flat(line) not in copy] == []
    assert plans()["S4"].source.raw == ("Số: /KH-SNNPTNT",)


@pytest.mark.parametrize("province", [THAI_BINH, HUNG_YEN])
def test_the_law_is_spelled_as_in_the_official_gazette(province: Path) -> None:
    """It is "Luật Thi đua, khen thưởng", in the plans of every province."""
    for plan in load_plans(province):
        assert "Luật Thi đua, Khen thưởng" not in plan.model_dump_json()


def test_a_flag_of_the_government_has_a_form() -> None:
    """S1 Phụ lục 6. It does not exclude the province's own awards (A9 is about the province's flag)."""
    document = s0().model_dump(mode="json")
    document["nominated"][0]["form"] = "co_thi_dua_chinh_phu"
    assert Plan.model_validate(document).nominated[0].form is AwardForm.CO_THI_DUA_CHINH_PHU


def test_a_plan_without_the_new_fields_is_written_as_before() -> None:
    """Releases that do not know these fields read such a plan."""
    new = {"purposes", "carries_out", "purpose", "inferred", "inferred_kinds"}
    plan = load_plans(HUNG_YEN)[0]
    assert new & set(re.findall(r'"([a-z_]+)":', plan.model_dump_json())) == set()
