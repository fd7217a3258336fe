"""*Xét tiêu chuẩn* and the answers behind it: why a unit is, or is not, on the list of an award."""

from __future__ import annotations

import pytest

from services.council.desk.answers import Outcome, answer, outcome_of
from services.council.desk.criteria import MAX_ROWS, CriteriaAsked, award_asked, criteria_view
from shared.contracts.model import Tier, Verdict
from shared.contracts.scoring import AwardLists
from shared.wording.unit_names import full_name, short_name
from tests.support.desk_results import FIRST, SECOND, THIRD, board, finding, result, results
from tests.support.movement import register, s0, units

C1, C3 = s0().award["C1"], s0().award["C3"]
BEHIND = finding("chuyen-doi-so", Verdict.FAIL, "rank_outside", limit=1)
OPEN_CASE = finding("ky-luat-ky-cuong", Verdict.HOLD, "inspection_open", count=1, cases=("VV-01",))
NOT_SENT = finding("nhiem-vu-duoc-giao", Verdict.MISSING, "not_reported")
UNJUDGED = finding("hoan-thanh-xuat-sac", Verdict.MISSING, "no_feed")
TWO = {("chuyen-doi-so", Tier.SO): board(**{FIRST: "90", SECOND: "95", THIRD: "88"})}


def lists(**changes: tuple[str, ...]) -> AwardLists:
    return AwardLists.model_validate({"award": "C1", "candidates": (), "for_judgement": (), **changes})


def test_the_first_sentence_counts_the_units_of_the_award() -> None:
    """WORDS 2.6: one look says how far the award is."""
    rows = {FIRST: result("C1"), SECOND: result("C1", hoan_thanh_xuat_sac=UNJUDGED)}
    rows[THIRD] = result("C1", ky_luat_ky_cuong=OPEN_CASE)
    scored = results({"C1": rows}, lists=[lists(candidates=(FIRST,), for_judgement=(SECOND,))])
    view = criteria_view(scored, [s0()], C1, CriteriaAsked())
    assert view.first == "1 đơn vị đạt đủ, 1 chờ thẩm định, 0 chưa đủ căn cứ, 1 tạm dừng xét, 0 không đạt"
    assert [row.name + row.place for row in view.rows] == [
        short_name(register(), unit) for unit in (FIRST, SECOND, THIRD)
    ]
    assert view.empty == ""


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            result("C1", chuyen_doi_so=BEHIND),
            "không có trong danh sách xét Cờ thi đua của Ủy ban nhân dân tỉnh: "
            "không đạt 1 tiêu chuẩn: Chuyển đổi số (hạng 2, cần hạng 1).",
        ),
        (
            result("C1", ky_luat_ky_cuong=OPEN_CASE),
            "chưa vào danh sách xét Cờ thi đua của Ủy ban nhân dân tỉnh, đang tạm dừng xét: Chấp hành nghiêm kỷ luật, "
            "kỷ cương hành chính (đang có 1 vụ việc có dấu hiệu vi phạm chưa kết luận (VV-01)).",
        ),
        (
            result("C1", nhiem_vu_duoc_giao=NOT_SENT, hoan_thanh_xuat_sac=UNJUDGED),
            "chưa vào danh sách xét Cờ thi đua của Ủy ban nhân dân tỉnh: chưa đủ căn cứ: Hoàn thành 100% nhiệm vụ được "
            "cấp trên giao theo đúng thời gian (chưa nhận báo cáo); chờ thẩm định Hoàn thành xuất sắc các nhiệm vụ "
            "công tác theo kế hoạch đề ra.",
        ),
    ],
)
def test_the_answer_is_one_sentence_about_what_keeps_a_unit_off_the_list(row: object, sentence: str) -> None:
    """It is what the secretary says on the telephone: a rank comes from the board where the verdict has none."""
    scored = results({"C1": {FIRST: row}}, TWO, [lists()])  # type: ignore[dict-item]
    assert answer(scored, C1, FIRST, full_name(register(), FIRST)) == f"{full_name(register(), FIRST)} {sentence}"


def test_a_candidate_is_on_the_list_and_a_flags_winner_is_not_on_that_of_certificates() -> None:
    """A unit gets one of both (A9)."""
    certificate = AwardLists(award="B1", candidates=(), for_judgement=())
    scored = results(
        {"C1": {FIRST: result("C1")}, "B1": {FIRST: result("B1")}}, lists=[lists(candidates=(FIRST,)), certificate]
    )
    assert "có trong danh sách xét Cờ thi đua" in answer(scored, C1, FIRST, "X")
    assert "không xét vì đã đạt đủ tiêu chuẩn hoặc được đề nghị tặng Cờ thi đua" in answer(
        scored, s0().award["B1"], FIRST, "X"
    )


def test_a_unit_without_results_has_no_outcome() -> None:
    """Nothing is not a failure."""
    assert outcome_of(results({}), C1, FIRST) is None
    view = criteria_view(results({}), [s0()], C1, CriteriaAsked())
    assert view.rows == []
    assert view.empty.startswith("Chưa có kết quả xét Cờ thi đua của Ủy ban nhân dân tỉnh: chưa nhận báo cáo nào.")


def test_where_nobody_qualifies_the_nearest_are_named_with_what_they_lack() -> None:
    """WORDS 46."""
    scored = results({"C1": {FIRST: result("C1", chuyen_doi_so=BEHIND)}}, TWO, [lists(nearest=(FIRST,))])
    view = criteria_view(scored, [s0()], C1, CriteriaAsked())
    assert view.empty == (
        "Chưa có đơn vị nào đạt đủ tiêu chuẩn Cờ thi đua của Ủy ban nhân dân tỉnh. "
        "Đơn vị gần nhất và tiêu chuẩn còn thiếu ghi dưới đây."
    )
    assert [near.lacks for near in view.nearest] == ["Chuyển đổi số (hạng 2, cần hạng 1)"]


def test_communes_are_shown_district_by_district_unless_few_are_asked_for() -> None:
    """260 rows at once are too heavy; a filter that leaves few shows them all."""
    communes = units(Tier.XA)
    behind = {"chuyen_doi_so": BEHIND}
    rows = {unit: result("C3", **(behind if n % 20 else {})) for n, unit in enumerate(communes)}
    scored = results({"C3": rows})
    view = criteria_view(scored, [s0()], C3, CriteriaAsked("C3"))
    districts = {register().by_code[unit].parent for unit in communes}
    assert 0 < len(view.rows) < len(communes)
    assert len(view.districts_left) == len(districts) - 1
    assert view.shown.endswith(f"/{len(communes)} đơn vị")
    passing = criteria_view(scored, [s0()], C3, CriteriaAsked("C3", outcome=Outcome.PASS.value))
    assert len(passing.rows) == len(communes[::20]) <= MAX_ROWS
    one = criteria_view(scored, [s0()], C3, CriteriaAsked("C3", district=register().by_code[communes[-1]].parent or ""))
    assert {row.place.removeprefix(", ") for row in one.rows} == {
        short_name(register(), register().by_code[communes[-1]].parent or "")
    }


def test_an_address_of_an_unknown_award_shows_the_first_award() -> None:
    """A shared address outlives the plan it was made under."""
    assert award_asked(s0(), CriteriaAsked("khac", "khac")).id == s0().awards[0].id
    assert award_asked(s0(), CriteriaAsked(tier="huyen")).tier is Tier.HUYEN
