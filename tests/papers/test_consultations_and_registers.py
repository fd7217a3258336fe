"""Công văn xin ý kiến, and the registers of exemplars and of what monitoring found."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from services.council.arrivals import Arrivals, ReportArrival
from services.council.changes import FindingState
from services.council.documents.blocks import BOX, Row, Table, texts_of
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import papers_of
from services.council.documents.pdf import papers_pdf
from shared.contracts.opinions import AgencyOpinion
from shared.plans.duties import duties
from tests.support.agendas import MOVEMENT
from tests.support.movement import s0
from tests.support.session_papers import session_facts

FACTS = session_facts(3)


def opinion(agency: str, award: str = "C1", number: str = "45/BTĐKT-NV", **changes: object) -> AgencyOpinion:
    given: dict[str, object] = {
        "id": f"{number[:2]}-{agency}",
        "movement": MOVEMENT,
        "plan": s0().ref,
        "agency": agency,
    }
    given |= {"number": number, "date": date(2023, 12, 8), "answer_by": date(2023, 12, 15), "award": award}
    given |= {"about": "kết quả giải quyết khiếu nại, tố cáo.", "by": "Thư ký", "version": 1}
    return AgencyOpinion.model_validate({**given, "at": datetime(2023, 12, 8, tzinfo=UTC), **changes})


def with_opinions(*opinions: AgencyOpinion) -> SessionFacts:
    return replace(FACTS, opinions={MOVEMENT: list(opinions)})


def test_a_recorded_consultation_has_its_number_day_agencies_and_deadline_and_is_no_draft() -> None:
    facts = with_opinions(opinion("thanh-tra-tinh"), opinion("cong-an-tinh"))
    paper = papers_of(facts, "consultation")[0]
    assert (paper.letterhead.number, paper.letterhead.draft) == ("Số: 45/BTĐKT-NV", "")
    assert paper.letterhead.place_and_day == "Thái Bình, ngày 08 tháng 12 năm 2023"
    texts = "\n".join(texts_of(paper))
    assert "Kính gửi: Thanh tra tỉnh; Công an tỉnh" in texts
    assert "01 trường hợp xét tặng Cờ thi đua" in texts
    assert "về kết quả giải quyết khiếu nại, tố cáo.\n" in texts
    assert "trước ngày 15/12/2023" in texts
    assert paper.key.isascii()


def test_an_award_about_which_nobody_was_asked_has_a_draft_with_all_its_cases() -> None:
    papers = {paper.key: paper for paper in papers_of(with_opinions(opinion("thanh-tra-tinh")), "consultation")}
    assert f"consultation-{MOVEMENT}-C1" not in papers
    draft = papers[f"consultation-{MOVEMENT}-B3"]
    assert (draft.letterhead.number, draft.letterhead.draft) == ("Số:        /BTĐKT-NV", "DỰ THẢO")
    assert "Ủy ban nhân dân xã Đông Hoàng, huyện Tiền Hải" in texts_of(draft)
    assert "Ủy ban nhân dân xã Đông Hoàng, huyện Đông Hưng" in texts_of(draft)
    assert any("03 trường hợp" in text for text in texts_of(draft))


def test_a_consultation_about_a_whole_list_that_came_off_the_agenda_does_not_ask_about_no_case() -> None:
    """Once the units were appraised and came off the agenda, the letter that had been sent asked about 0 cases."""
    without = FACTS.session.agenda.model_copy(update={"items": tuple(i for i in FACTS.items if i.award != "C1")})
    facts = with_opinions(opinion("thanh-tra-tinh"))
    facts = replace(facts, session=replace(facts.session, agenda=without))
    (paper,) = (paper for paper in papers_of(facts, "consultation") if "-C1-" in paper.key)
    texts = "\n".join(texts_of(paper))
    assert "đối với các trường hợp xét tặng Cờ thi đua" in texts
    assert "(danh sách kèm theo công văn đã gửi) về kết quả" in texts
    assert not any(isinstance(block, Table) for block in paper.blocks)


def test_a_consultation_about_some_cases_names_only_these_and_two_about_one_award_are_two() -> None:
    facts = with_opinions(opinion("thanh-tra-tinh", "B3", subjects=("12808",)), opinion("cong-an-tinh", "B3", "46/X"))
    first, second = (paper for paper in papers_of(facts, "consultation") if "-B3-" in paper.key)
    assert (len(first.blocks[3].rows), len(second.blocks[3].rows)) == (1, 3)  # type: ignore[union-attr]
    assert first.key != second.key


def test_more_agencies_than_fit_into_the_head_are_named_among_the_recipients() -> None:
    agencies = [unit.code for unit in FACTS.register.units[:12]]
    paper = papers_of(with_opinions(*map(opinion, agencies)), "consultation")[0]
    assert "Kính gửi: Các cơ quan, đơn vị có tên tại Nơi nhận" in texts_of(paper)
    assert len(paper.recipients) == 12 + 2


def test_exemplars_are_whom_the_council_proposed_with_the_four_steps_to_tick() -> None:
    (register,) = papers_of(FACTS, "exemplars")
    texts = texts_of(register)
    proposed = [FACTS.subject_name(subject) for _, subject in FACTS.proposals()]
    assert proposed
    assert all(name in texts for name in proposed)
    assert texts.count(BOX) == 4 * len(proposed)
    assert {"Phát hiện", "Bồi dưỡng", "Tổng kết", "Nhân rộng"} <= set(texts)
    assert any(text.startswith("Kịp thời phát hiện các nhân tố mới") for text in texts)
    rejected = [s for item in FACTS.items for s in FACTS.subjects(item) if FACTS.outcome(item, s) == "not_proposed"]
    assert rejected
    assert not any(FACTS.subject_name(subject) in texts for subject in rejected)


def test_monitoring_lists_open_cases_with_their_reports_and_late_reports_but_none_that_is_not_due() -> None:
    (open_item,) = [item for item in FACTS.of_kind("held") if item.award == "B3"]
    unit = open_item.units[0]
    findings = {**FACTS.findings[MOVEMENT, "B3"], unit: {"ky-luat-ky-cuong": FindingState("HOLD", None, ("e1",))}}
    facts = replace(FACTS, findings={**FACTS.findings, (MOVEMENT, "B3"): findings})
    (register,) = papers_of(facts, "monitoring")
    texts = texts_of(register)
    assert facts.subject_name(unit) in texts
    assert any(text.endswith(": tạm dừng xét") for text in texts)
    assert any(text.startswith("Báo cáo số 88/BC-STTTT") for text in texts)
    assert any("Chưa gửi đủ báo cáo, chậm" in text for text in texts)
    not_due = [item.title for item in facts.of_kind("open_report") if "hạn trước ngày 01/01/2024" in item.title]
    assert not_due
    assert not any(title in text for text in texts for title in not_due)


def test_a_session_that_decided_nothing_has_registers_without_rows() -> None:
    empty = replace(FACTS.session, agenda=FACTS.session.agenda.model_copy(update={"items": (), "outcomes": ()}))
    facts = replace(FACTS, session=empty)
    assert "Hội đồng chưa đề nghị trường hợp nào." in texts_of(papers_of(facts, "exemplars")[0])
    assert "Không có nội dung phát hiện." in texts_of(papers_of(facts, "monitoring")[0])
    assert papers_of(facts, "consultation") == []


def test_their_pdf_has_every_text_of_the_paper() -> None:
    facts = with_opinions(opinion("thanh-tra-tinh"))
    for kind in ("consultation", "exemplars", "monitoring"):
        papers = papers_of(facts, kind)
        read = "".join(page.extract_text() for page in PdfReader(io.BytesIO(papers_pdf(kind, papers))).pages)
        shown = "".join(read.split())
        for text in (text for paper in papers for text in texts_of(paper) if text != BOX):
            assert "".join(text.split())[:40].lower() in shown.lower(), text


def test_the_report_on_reporting_names_who_is_late_by_how_many_days_and_nobody_whose_time_is_not_over() -> None:
    (report,) = papers_of(FACTS, "reporting")
    by_content, late = (block for block in report.blocks if isinstance(block, Table))
    assert [row.cells[1] for row in late.rows].count("Sở Nội vụ") == 2
    assert {row.cells[4] for row in late.rows} == {"chậm 16 ngày"}
    assert any("Chưa đến thời hạn" in row.cells[-1] for row in by_content.rows)
    agencies = {row.cells[1] for row in late.rows}
    assert f"Tổng cộng {len(late.rows):02} nội dung của {len(agencies):02} cơ quan, đơn vị." in texts_of(report)


def came(obligation: str, at: datetime, last_day: date | None = None) -> Arrivals:
    """The report of an obligation, complete at an instant."""
    of_obligation = [d for d in duties(s0(), FACTS.register, date(2023, 12, 20)) if d.obligation == obligation]
    return {(MOVEMENT, duty.id, duty.account): ReportArrival(at, last_day) for duty in of_obligation}


def test_the_report_on_reporting_marks_what_came_late_and_the_submission_counts_it() -> None:
    """OB07 was due by the end of 04/12/2023; midnight in Việt Nam is 17:00 in UTC."""
    late = replace(FACTS, arrivals=came("OB07", datetime(2023, 12, 6, 17, 30, tzinfo=UTC)))
    (report,) = papers_of(late, "reporting")
    table = [block for block in report.blocks if isinstance(block, Table)][-1]
    assert [(row.cells[1], *row.cells[3:]) for row in table.rows] == [
        (
            "Sở Thông tin và Truyền thông",
            "trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023)",
            "07/12/2023",
            "chậm 03 ngày",
        )
    ]
    (of_content,) = [row for block in report.blocks if isinstance(block, Table) for row in block.rows if _is_late(row)]
    assert "chuyển đổi số" in of_content.cells[1].lower()
    assert "01 báo cáo nhận chậm" in " ".join(texts_of(papers_of(late, "submission")[0]))


def _is_late(row: Row) -> bool:
    return row.cells[-1].endswith("; 01 đơn vị gửi chậm")


@pytest.mark.parametrize(
    ("at", "last_day"),
    [
        (datetime(2023, 12, 4, 16, 59, tzinfo=UTC), None),
        (datetime(2023, 12, 6, 17, 30, tzinfo=UTC), date(2023, 12, 7)),
    ],
)
def test_a_report_that_came_on_the_last_day_or_within_its_extension_is_not_called_late(
    at: datetime, last_day: date | None
) -> None:
    (report,) = papers_of(replace(FACTS, arrivals=came("OB07", at, last_day)), "reporting")
    assert "gửi chậm" not in " ".join(texts_of(report))
    assert "0 báo cáo nhận chậm" in " ".join(texts_of(papers_of(FACTS, "submission")[0]))
