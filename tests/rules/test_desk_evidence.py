"""*Vì sao?*, *Tìm đơn vị*, *Đề nghị khen thưởng*: the chain behind a result, found by a name, and what is proposed."""

from __future__ import annotations

from datetime import date

from services.council.desk.evidence import NO_DETAILS, Details, EvidenceView, evidence_view
from services.council.desk.nominating import NominatingView, NomineeLine, Places, nominating_view
from services.council.desk.search import MAX_FOUND, SearchView, search_view, units_found
from services.council.standings import MovementResults
from services.council.state import StoredDecisions
from shared.contracts.conferral import ConferredAward, OfficialPaper
from shared.contracts.model import Tier, Verdict
from shared.contracts.nominations import Nomination
from shared.contracts.scoring import AwardLists, Evidence
from shared.plans.quotas import NominationContext
from shared.wording.unit_names import full_name, short_name
from tests.support.desk_results import AT, FIRST, SECOND, THIRD, board, finding, result, results
from tests.support.movement import register, s0, units

TODAY = date(2023, 12, 5)
DOCUMENTS = {"S0": s0().source}
C1 = s0().award["C1"]
REPORT = Evidence(
    event="r1", version=2, at=AT, by="so-tttt", report="12/BC-STTTT", obligation="OB07", as_of=date(2023, 11, 30)
)


def scored(award: str = "C1", unit: str = FIRST) -> MovementResults:
    behind = finding("chuyen-doi-so", Verdict.FAIL, "rank_outside", limit=1, events=("r1",))
    scores = {("chuyen-doi-so", Tier.SO): board(**{FIRST: "90.5", SECOND: "95", THIRD: "90.5"})}
    lists = [AwardLists(award="C1", candidates=(), for_judgement=())]
    return results({award: {unit: result(award, chuyen_doi_so=behind)}}, scores, lists, [REPORT])


def explained(details: Details | None = (), decisions: StoredDecisions | None = None) -> EvidenceView:
    nothing = StoredDecisions("thai-binh/x", 0, {})
    return evidence_view(scored(), register().by_code[FIRST], C1, DOCUMENTS, decisions or nothing, details=details)


def test_the_chain_leads_from_the_report_to_the_score_the_rank_and_the_verdict() -> None:
    """The first sentence answers; each step below says where it comes from."""
    view = explained()
    assert view.first[0].startswith(f"{full_name(register(), FIRST)} không có trong danh sách xét Cờ thi đua")
    (award,) = view.awards
    chain = next(criterion for criterion in award.criteria if criterion.id == "chuyen-doi-so")
    assert (chain.verdict, chain.reason) == (Verdict.FAIL, "xếp hạng 2, yêu cầu dẫn đầu")
    assert [(step.name, step.text) for step in chain.steps] == [
        ("Yêu cầu", "hạng 1 trong lĩnh vực Chuyển đổi số"),
        (
            "Căn cứ",
            "Báo cáo số 12/BC-STTTT (lần 2) của Sở Thông tin và Truyền thông, tiếp nhận lúc 09:00 ngày 05/12/2023, "
            "số liệu tính đến hết ngày 30/11/2023 (khoản 5 Mục VI Kế hoạch số 46/KH-UBND)",
        ),
        ("Điểm", "90,50/100"),
        (
            "Hạng",
            f"2 trong 3 sở, ban, ngành, đoàn thể tỉnh có điểm, đồng hạng với {short_name(register(), THIRD)} (90,50); "
            f"các đơn vị xếp trên: {short_name(register(), SECOND)} (95,00)",
        ),
    ]
    assert f"don-vi={FIRST}" in chain.board


def test_a_chain_shows_how_far_the_award_has_come() -> None:
    """The chairman's decision is a step after the council's proposal."""
    paper = OfficialPaper(number="12/QĐ-UBND", date=date(2024, 1, 10), signer="Chủ tịch Ủy ban nhân dân tỉnh")
    given = ConferredAward.model_validate(
        {
            **{"movement": "m", "plan": s0().ref, "register_version": 1, "unit": FIRST, "tier": "so", "page": 0},
            **{"award": "C1", "subject": FIRST, "decision": paper, "by": "Thư ký", "at": AT, "version": 1},
        }
    )
    decided = StoredDecisions("thai-binh/x", 1, {}, {("C1", FIRST): given})
    assert "12/QĐ-UBND" in explained(decisions=decided).awards[0].state
    assert explained().awards[0].state == ""


def test_a_page_shows_the_rest_where_scoring_does_not_answer() -> None:
    """What the answer rests on is council's own; only what supports it is missing."""
    assert explained(details=None).no_details == NO_DETAILS
    assert explained(details=None).awards == explained().awards
    supported = explained(details=[("Căn cứ bổ trợ về kỷ luật, kỷ cương", ["Tham dự họp: …"])])
    assert (supported.no_details, supported.details[0][0]) == ("", "Căn cứ bổ trợ về kỷ luật, kỷ cương")


def test_a_unit_of_a_tier_without_awards_reads_that_there_are_none() -> None:
    """Public service units are evaluated and have no award."""
    unit = register().by_code[units(Tier.DVSN)[0]]
    view = evidence_view(scored(), unit, None, DOCUMENTS, StoredDecisions("x", 0, {}))
    assert view.first == ["Kế hoạch không có hình thức khen thưởng cho đơn vị sự nghiệp công lập trực thuộc tỉnh."]
    assert view.awards == []


def searched(typed: str) -> SearchView:
    return search_view(typed, units_found(register(), typed), scored(), register(), TODAY)


def test_a_search_answers_in_one_sentence_a_unit() -> None:
    """Where it stands and what it lacks; a link leads to the evidence."""
    view = searched(short_name(register(), FIRST))
    assert view.first == "Có 1 đơn vị."
    assert view.units[0].sentences == [
        "Cờ thi đua của Ủy ban nhân dân tỉnh: không đạt 1 tiêu chuẩn: Chuyển đổi số (hạng 2, cần hạng 1).",
        "Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh: chưa có kết quả xét.",
    ]
    assert view.units[0].address.endswith(f"/{FIRST}")


def test_both_communes_of_a_name_are_answered_with_their_districts() -> None:
    """Nobody is sent to the wrong one."""
    view = searched("dong hoang")
    assert sorted(unit.name for unit in view.units) == [
        "Xã Đông Hoàng, huyện Tiền Hải",
        "Xã Đông Hoàng, huyện Đông Hưng",
    ]


def test_a_search_that_finds_nothing_or_too_much_advises_what_to_type() -> None:
    """The sentence at the head helps on."""
    assert searched("").first.startswith("Gõ tên đơn vị")
    assert searched("khongco").first == (
        "Không có đơn vị nào tên “khongco”. Kiểm tra lại tên, hoặc chỉ gõ một phần của tên."
    )
    assert len(searched("xa").units) == MAX_FOUND
    assert "Gõ thêm tên huyện" in searched("xa").first


def nomination(nominator: str, number: int, **changes: object) -> Nomination:
    given = {
        **{"id": f"n{number}", "plan": s0().ref, "movement": s0().movement.id, "award": "B4"},  # type: ignore[union-attr]
        **{"nominator": nominator, "kind": "tap_the", "subject": f"c{number}", "name": f"Phòng {number}"},
        **{"status": "accepted", "at": AT},
    }
    return Nomination.model_validate({**given, **changes})


def proposed(*nominations: Nomination, shown: str = "") -> NominatingView:
    return nominating_view(NominationContext(s0(), None, register()), nominations, [s0()], TODAY, shown)


def test_each_agency_is_shown_with_what_it_proposed_and_the_places_it_has_left() -> None:
    """S0 IV.4: one collective of a department; a withdrawal gives the place back."""
    view = proposed(
        nomination(FIRST, 1),
        nomination(SECOND, 2, status="withdrawn", withdrawn_at=AT),
        nomination(THIRD, 3, award="B5"),
        nomination(THIRD, 4, status="refused", detail="Đã đề nghị đủ số lượng."),
    )
    assert [whom for whom, *_ in view.awards][1:] == ["Doanh nghiệp, doanh nhân", "Cá nhân"]
    rows = {row.name: row.places for row in view.rows}
    first, second, third = (rows[short_name(register(), unit)] for unit in (FIRST, SECOND, THIRD))
    assert first[0] == Places("1/1", "đã đề nghị đủ", [NomineeLine("Phòng 1", "đề nghị ngày 05/12/2023")])
    assert second[0] == Places("0/1", "còn 1", [NomineeLine("Phòng 2", "đã rút ngày 05/12/2023")])
    assert third[1] is not None
    assert (third[1].made, third[1].left) == ("1", "không giới hạn")
    assert third[0] is not None
    assert third[0].nominees[0].why == "Đã đề nghị đủ số lượng."
    assert view.first.startswith("2 đề nghị của 2 cơ quan, 1 đã rút, 1 không tiếp nhận; ")


def test_a_proposal_for_an_award_that_figures_decide_stands_beside() -> None:
    """A district proposes its communes (A42); no number limits that."""
    view = proposed(nomination(FIRST, 1, award="B1", subject=FIRST, name=None), shown="da-de-nghi")
    assert view.has_others
    assert [line.name for line in view.rows[0].others] == [full_name(register(), FIRST)]


def test_the_agencies_can_be_narrowed_to_those_that_proposed_or_still_may() -> None:
    """Whom to call: those with places left."""
    full = [nomination(FIRST, 1), nomination(FIRST, 2, award="B6", kind="can_bo", name=None)]
    assert [row.name for row in proposed(*full, shown="da-de-nghi").rows] == [short_name(register(), FIRST)]
    assert short_name(register(), FIRST) not in [row.name for row in proposed(*full, shown="con-so-luong").rows]
    assert short_name(register(), SECOND) in [row.name for row in proposed(*full, shown="con-so-luong").rows]


def test_the_name_of_a_nominated_person_is_not_known_here() -> None:
    """It never leaves intake (L15)."""
    (row,) = proposed(nomination(FIRST, 1, award="B6", kind="can_bo", name=None), shown="da-de-nghi").rows
    (line,) = [line for places in row.places if places for line in places.nominees]
    assert line.name == f"cá nhân do {full_name(register(), FIRST)} đề nghị"
