"""Why a unit stands where it stands, as a clerk reads it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.scoring.explanation import Explainer, Explanation
from shared.contracts.model import Tier
from tests.support.movement import FIELDS, Given, register, units

DOCUMENTS = {"S0": "Kế hoạch 46/KH-UBND", "S1": "Kế hoạch 38/KH-HĐTĐKT"}
SO, HUYEN, XA = units(Tier.SO), units(Tier.HUYEN), units(Tier.XA)
STAR = SO[3]


def explain(given: Given, unit: str, **only: str) -> Explanation:
    return Explainer(given.tally, given.context, DOCUMENTS).explain(unit, **only)


def text(told: Explanation) -> str:
    return "\n".join([told.heading, *(line for s in told.sections for line in (s.title, *s.lines))])


def lines(told: Explanation, title: str) -> list[str]:
    return next(section.lines for section in told.sections if title in section.title)


def whole_year() -> Given:
    """Every kind of figure, one case open and one closed, the council's word, a decision."""
    given = Given()
    for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN):
        for field in FIELDS:
            scores = {unit: f"{60 + n % 30}.25" for n, unit in enumerate(units(tier))}
            given.scores(field, tier, scores | {units(tier)[0]: "99.5"})
    for tier in (Tier.SO, Tier.HUYEN):
        given.hear(given.results("OB02", tier, [{"unit": u, "due": 12, "done_on_time": 12} for u in units(tier)]))
        given.hear(given.results("OB05", tier, [{"unit": u, "violations": 0} for u in units(tier)]))
        given.hear(given.results("OB09", tier, [{"unit": units(tier)[0]}], complete=True))
    attendance = {"invited": 20, "present": 17, "substitute": 3}
    given.hear(given.results("OB01", Tier.SO, [{"unit": SO[0], **attendance}]))
    given.hear(given.case(HUYEN[0], "17/QĐ-TTr")).hear(
        given.case(HUYEN[0], "17/QĐ-TTr", version=2, closed=date(2023, 12, 18))
    )
    given.hear(given.case(SO[1], "21/QĐ-TTr", about="thu chi ngân sách"))
    given.judged(SO[0], "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    return given


@pytest.mark.parametrize("unit", [SO[0], SO[1], HUYEN[0], XA[0], units(Tier.DVSN)[0]])
def test_it_reads_well_no_codes_correct_dates_vietnamese_numbers(unit: str) -> None:
    """Five units of five kinds: nothing a clerk would have to look up."""
    told = text(explain(whole_year(), unit))
    codes = {u.code for u in register().units if not u.code.isdigit()} | set(FIELDS)
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", told))
    assert words & codes == set()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", told)
    assert not re.search(r"\d{4}-\d{2}-\d{2}", told)
    assert not re.search(r"\b(PASS|FAIL|HOLD|MISSING|None|null|tinh)\b", told)
    assert not re.search(r"\d\.\d\d\b", told)
    assert "30/11/2023" in told
    assert "  " not in told
    assert register().name_of(unit) in told


def test_the_chain_goes_from_the_report_to_the_score_the_rank_and_who_is_above() -> None:
    """Which report of whom, received when, counted to when, under which section."""
    told = lines(explain(whole_year(), SO[5]), "Chuyển đổi số")
    assert told[0] == (
        "Điểm 65,25/100, theo báo cáo số 1/BC của Sở Thông tin và Truyền thông, nhận lúc 07:00 ngày 01/12/2023, "
        "số liệu tính đến ngày 30/11/2023 (Kế hoạch 46/KH-UBND, mục VI.5)."
    )
    assert told[1].startswith("Xếp hạng 34 trong 44 sở, ban, ngành, đoàn thể tỉnh, đồng hạng với ")
    assert f"đứng trên: {register().name_of(SO[0])} (99,5)" in told[1]
    assert told[1].endswith("đơn vị khác.")


def test_a_commune_is_told_both_its_ranks() -> None:
    """In the province for the flag, in its own district for the certificate (A8)."""
    told = lines(explain(whole_year(), XA[0]), "Chuyển đổi số")
    assert told[1].startswith("Xếp hạng 1 trong 260 xã, phường, thị trấn toàn tỉnh")
    assert told[2].startswith("Xếp hạng 1 trong 19 đơn vị cùng cấp của Thành phố Thái Bình")


def test_an_open_case_is_told_with_its_number_and_the_report_that_opened_it() -> None:
    told = explain(whole_year(), SO[1], award="B1")
    (result, *criteria) = lines(told, "Bằng khen")
    assert "KHÔNG ĐẠT" in result or "TẠM DỪNG XÉT" in result
    discipline = next(line for line in criteria if "kỷ luật" in line)
    assert "tạm dừng xét – đang có 1 vụ việc có dấu hiệu vi phạm chưa kết luận (21/QĐ-TTr)" in discipline
    assert "Theo báo cáo số 1/BC của Sở Nội vụ" in discipline
    assert "vụ việc 21/QĐ-TTr (thu chi ngân sách), mở ngày 01/12/2023" in text(told).casefold().replace(
        "qđ-ttr", "QĐ-TTr"
    )


def test_a_released_case_keeps_what_opened_and_what_closed_it() -> None:
    told = next(line for line in lines(explain(whole_year(), HUYEN[0]), "bổ trợ") if "17/QĐ-TTr" in line)
    assert "mở ngày 01/12/2023" in told
    assert "kết luận ngày 18/12/2023: không có vi phạm" in told
    assert "báo cáo số 1/BC" in told
    assert "báo cáo số 2/BC (bản 2)" in told


def test_what_the_council_said_and_decided_is_told() -> None:
    given = whole_year()
    flag = lines(explain(given, SO[0], award="C1"), "Cờ thi đua")
    assert flag[0].startswith("Kết quả: ĐẠT. Đủ điều kiện xét tặng.")
    assert any("Hội đồng đánh giá đạt. Theo ý kiến của Chủ tịch" in line for line in flag)
    certificate = lines(explain(given, SO[0], award="B1"), "Bằng khen")
    assert "duy nhất đủ điều kiện xét tặng Cờ thi đua nên không xét tặng Bằng khen" in certificate[0]
    given.decided("C1", SO[0])
    assert "Đã quyết định tặng." in lines(explain(given, SO[0], award="C1"), "Cờ thi đua")[0]


def test_one_field_or_one_award_can_be_asked_for_alone() -> None:
    given = whole_year()
    assert [s.title for s in explain(given, STAR, field="de-an-06").sections] == ["Thực hiện Đề án 06"]
    only = explain(given, STAR, award="C1")
    assert [s.title for s in only.sections if "Bằng khen" in s.title] == []


def test_a_unit_without_figures_is_told_so() -> None:
    told = explain(Given(), STAR)
    assert lines(told, "Chuyển đổi số") == ["Chưa có điểm."]
    assert "CHƯA ĐỦ CĂN CỨ" in lines(told, "Cờ thi đua")[0]
    assert "chưa nhận được số liệu" in text(told)


def test_an_incomplete_board_and_an_interim_figure_are_called_so() -> None:
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None, as_of=date(2023, 8, 31))
    told = lines(explain(given, STAR), "Đề án 06")
    assert "số liệu tạm tính" in told[0]
    assert "Bảng chưa đủ: còn 43 đơn vị chưa có điểm" in told[1]


def test_a_score_an_agency_gives_itself_is_marked() -> None:
    """DOMAIN 1.10: Sở Nội vụ, Sở TT&TT and Công an tỉnh score their own tier."""
    given = Given().scores("cai-cach-hanh-chinh", Tier.SO, {"so-noi-vu": "88.8"})
    assert "Điểm 88,8/100 (tự đánh giá)" in lines(explain(given, "so-noi-vu"), "Cải cách")[0]


def test_a_rank_its_owner_declares_otherwise_is_pointed_out() -> None:
    """A14."""
    given = Given().scores("de-an-06", Tier.SO, {})
    given.hear(given.results("OB08", Tier.SO, [{"unit": STAR, "score": "90", "declared_rank": 4}], version=2))
    assert "Cơ quan báo cáo công bố hạng 4, khác hạng tính theo điểm." in lines(explain(given, STAR), "Đề án 06")
    assert given.finding("C1", STAR, "de-an-06").declared == 4
