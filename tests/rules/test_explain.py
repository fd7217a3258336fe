"""The explanation of a unit's standing, as a clerk reads it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.scoring.explanation import Explainer, Explanation
from shared.contracts.model import Tier
from shared.wording.unit_names import full_name
from tests.support.movement import FIELDS, Given, first_in_everything, register, s0, s1, units

DOCUMENTS = {"S0": s0().source, "S1": s1().source}
SO, HUYEN, XA = units(Tier.SO), units(Tier.HUYEN), units(Tier.XA)
STAR = SO[3]


def explain(given: Given, unit: str, **selection: str) -> Explanation:
    return Explainer(given.movement_figures, given.context, DOCUMENTS).explain(unit, **selection)


def text(explanation: Explanation) -> str:
    return "\n".join(
        [explanation.heading, *(line for section in explanation.sections for line in (section.title, *section.lines))]
    )


def lines(explanation: Explanation, title: str) -> list[str]:
    return next(section.lines for section in explanation.sections if title in section.title)


def whole_year() -> Given:
    """A year with every kind of figure, an open and a closed case, and judgements of the council."""
    given = Given()
    for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN):
        for field in FIELDS:
            scores = {unit: f"{60 + n % 30}.25" for n, unit in enumerate(units(tier))}
            given.scores(field, tier, scores | {units(tier)[0]: "99.5"})
    for tier in (Tier.SO, Tier.HUYEN):
        given.apply(
            given.results("OB02", tier, [{"unit": unit, "due": 12, "done_on_time": 12} for unit in units(tier)])
        )
        given.apply(given.results("OB05", tier, [{"unit": unit, "violations": 0} for unit in units(tier)]))
        given.apply(given.results("OB09", tier, [{"unit": units(tier)[0]}], complete=True))
    attendance = {"invited": 20, "present": 17, "substitute": 3}
    given.apply(given.results("OB01", Tier.SO, [{"unit": SO[0], **attendance}]))
    given.apply(given.case(HUYEN[0], "17/QĐ-TTr")).apply(
        given.case(HUYEN[0], "17/QĐ-TTr", version=2, closed=date(2023, 12, 18))
    )
    given.apply(given.case(SO[1], "21/QĐ-TTr", about="thu chi ngân sách"))
    given.judged(SO[0], "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    return given


@pytest.mark.parametrize("unit", [SO[0], SO[1], HUYEN[0], XA[0], units(Tier.DVSN)[0]])
def test_the_explanation_has_no_codes_and_vietnamese_dates_and_numbers(unit: str) -> None:
    """A clerk has to look nothing up, for five units of five kinds."""
    full_text = text(explain(whole_year(), unit))
    codes = {entry.code for entry in register().units if not entry.code.isdigit()} | set(FIELDS)
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", full_text))
    assert words & codes == set()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", full_text)
    assert not re.search(r"\d{4}-\d{2}-\d{2}", full_text)
    assert not re.search(r"\b(PASS|FAIL|HOLD|MISSING|None|null|tinh)\b", full_text)
    assert not re.search(r"\d\.\d\d\b", full_text)
    assert "30/11/2023" in full_text
    assert "  " not in full_text
    assert full_name(register(), unit) in full_text


def test_the_explanation_names_the_report_the_score_the_rank_and_the_units_above() -> None:
    """It also has the agency, the time of receipt, the as-of and the section of the plan."""
    explanation_lines = lines(explain(whole_year(), SO[5]), "Chuyển đổi số")
    assert explanation_lines[0] == (
        "Điểm 65,25/100, theo báo cáo số 1/BC của Sở Thông tin và Truyền thông, tiếp nhận lúc 07:00 ngày 01/12/2023, "
        "số liệu tính đến hết ngày 30/11/2023 "
        "(khoản 5 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh)."
    )
    assert explanation_lines[1].startswith("Xếp hạng 34 trong 44 sở, ban, ngành, đoàn thể tỉnh, đồng hạng với ")
    assert f"; các đơn vị xếp trên: {full_name(register(), SO[0])} (99,50)" in explanation_lines[1]
    assert explanation_lines[1].endswith("đơn vị khác.")


def test_a_commune_sees_both_its_ranks() -> None:
    """The rank in the province counts for the flag, the one in its own district for the certificate (A8)."""
    explanation_lines = lines(explain(whole_year(), XA[0]), "Chuyển đổi số")
    assert explanation_lines[1].startswith("Xếp hạng 1 trong 260 xã, phường, thị trấn toàn tỉnh")
    assert explanation_lines[2].startswith("Xếp hạng 1 trong 19 đơn vị cùng cấp của thành phố Thái Bình")


def test_an_open_case_is_explained_with_its_number_and_the_report_that_opened_it() -> None:
    explanation = explain(whole_year(), SO[1], award="B1")
    (result, *criteria) = lines(explanation, "Bằng khen")
    assert "KHÔNG ĐẠT" in result or "TẠM DỪNG XÉT" in result
    discipline = next(line for line in criteria if "kỷ luật" in line)
    assert "tạm dừng xét – đang có 1 vụ việc có dấu hiệu vi phạm chưa kết luận (21/QĐ-TTr)" in discipline
    assert "Theo báo cáo số 1/BC của Sở Nội vụ" in discipline
    assert "vụ việc 21/QĐ-TTr (thu chi ngân sách), mở ngày 01/12/2023" in text(explanation).casefold().replace(
        "qđ-ttr", "QĐ-TTr"
    )


def test_a_released_case_shows_its_opening_and_its_closing_report() -> None:
    case_line = next(line for line in lines(explain(whole_year(), HUYEN[0]), "bổ trợ") if "17/QĐ-TTr" in line)
    assert "mở ngày 01/12/2023" in case_line
    assert "kết luận ngày 18/12/2023: không có vi phạm" in case_line
    assert "báo cáo số 1/BC" in case_line
    assert "báo cáo số 2/BC (lần 2)" in case_line


def test_judgements_and_decisions_of_the_council_are_explained() -> None:
    given = whole_year()
    flag = lines(explain(given, SO[0], award="C1"), "Cờ thi đua")
    assert flag[0].startswith("Kết quả: ĐẠT. Đạt đủ tiêu chuẩn để xét tặng.")
    assert any("cơ quan thường trực thẩm định: đạt. Theo ý kiến thẩm định của Chủ tịch" in line for line in flag)
    certificate = lines(explain(given, SO[0], award="B1"), "Bằng khen")
    assert "duy nhất đạt đủ tiêu chuẩn Cờ thi đua nên không xét tặng Bằng khen" in certificate[0]
    given.decided("C1", SO[0])
    assert "Hội đồng đã thống nhất đề nghị tặng." in lines(explain(given, SO[0], award="C1"), "Cờ thi đua")[0]


def test_one_field_or_one_award_can_be_explained_alone() -> None:
    given = whole_year()
    assert [section.title for section in explain(given, STAR, field="de-an-06").sections] == ["Thực hiện Đề án 06"]
    flag_only = explain(given, STAR, award="C1")
    assert [section.title for section in flag_only.sections if "Bằng khen" in section.title] == []


def test_a_unit_without_figures_sees_that_they_are_missing() -> None:
    explanation = explain(Given(), STAR)
    assert lines(explanation, "Chuyển đổi số") == ["Chưa có điểm."]
    assert "CHƯA ĐỦ CĂN CỨ" in lines(explanation, "Cờ thi đua")[0]
    assert "chưa nhận được số liệu" in text(explanation)


def test_an_incomplete_board_and_an_interim_figure_are_marked() -> None:
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None, as_of=date(2023, 8, 31))
    explanation_lines = lines(explain(given, STAR), "Đề án 06")
    assert "số liệu tạm tính" in explanation_lines[0]
    assert "Bảng xếp hạng chưa đủ đơn vị: còn 43 đơn vị chưa có điểm" in explanation_lines[1]


def test_a_score_an_agency_gives_itself_is_marked() -> None:
    """DOMAIN 1.10: Sở Nội vụ, Sở TT&TT and Công an tỉnh score their own tier."""
    given = Given().scores("cai-cach-hanh-chinh", Tier.SO, {"so-noi-vu": "88.8"})
    assert "Điểm 88,80/100 (tự đánh giá)" in lines(explain(given, "so-noi-vu"), "Cải cách")[0]


def test_a_different_declared_rank_is_pointed_out() -> None:
    """A14 settles this."""
    given = Given().scores("de-an-06", Tier.SO, {})
    given.apply(given.results("OB08", Tier.SO, [{"unit": STAR, "score": "90", "declared_rank": 4}], version=2))
    assert "Cơ quan báo cáo công bố hạng 4, khác hạng tính theo điểm." in lines(explain(given, STAR), "Đề án 06")
    assert given.finding("C1", STAR, "de-an-06").declared == 4


def test_the_explanation_names_the_proposal_and_the_decision() -> None:
    """DOMAIN 6.3: the council proposes, the chairman gives; a revocation names its decision and its reason."""
    given = first_in_everything(STAR).decided("C1", STAR)
    flag = s0().award["C1"].name
    assert "Hội đồng đã thống nhất đề nghị tặng." in lines(explain(given, STAR), flag)[0]
    given.awarded("C1", STAR)
    awarded = "Chủ tịch Ủy ban nhân dân tỉnh đã tặng, Quyết định số 12/QĐ-UBND ngày 15/01/2024."
    assert awarded in lines(explain(given, STAR), flag)[0]
    given.awarded("C1", STAR, version=2, revoked=True).decided("C1", STAR, "revoked", version=2)
    revoked = "Đã hủy bỏ quyết định tặng, Quyết định số 99/QĐ-UBND ngày 15/01/2024. Lý do: Kê khai sai."
    assert revoked in lines(explain(given, STAR), flag)[0]
