"""The papers of a session: what stands in them, that PDF and Word agree, that bytes are stable."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest
from pypdf import PdfReader

from services.council.changes import FindingState
from services.council.documents.blocks import Line, Paper, Table, texts_of
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, kind_of, papers_of
from services.council.documents.pdf import paper_pdf
from services.council.documents.province import PaperKind, templates_folder
from services.council.documents.review_lists import result_text
from services.council.documents.word import paper_docx
from shared.contracts.council import AgendaItem
from shared.contracts.model import Tier
from shared.contracts.sessions import ItemOutcome, OutcomeGiven, RemovedItem
from tests.support.agendas import MOVEMENT, NOW
from tests.support.movement import s0, units
from tests.support.paper_texts import pdf_text, squeezed, word_text
from tests.support.session_papers import FIRST_DONG_HOANG, SECOND_DONG_HOANG, session_facts

ROOT = Path(__file__).parents[2]
KINDS_SHOWN = pytest.mark.parametrize("kind", KINDS)
LONG = ("results", "ballot", "decision")


@lru_cache
def small() -> SessionFacts:
    return session_facts(3)


@lru_cache
def large() -> SessionFacts:
    return session_facts(len(units(Tier.XA)), longest=True)


def word(paper: Paper) -> bytes:
    return paper_docx(paper, templates_folder("thai-binh") / f"{kind_of(paper)}.docx")


def first(facts: SessionFacts, kind: PaperKind) -> Paper:
    return papers_of(facts, kind)[0]


def text_of(paper: Paper) -> str:
    return "\n".join(texts_of(paper)).replace("\u00a0", " ")


def tables(paper: Paper) -> Iterator[Table]:
    yield from (block for block in (*paper.blocks, *paper.appendix) if isinstance(block, Table))


@KINDS_SHOWN
def test_pdf_and_word_have_every_text_of_the_paper(kind: PaperKind) -> None:
    paper = papers_of(small(), kind)[-1]
    in_pdf, in_word = squeezed(pdf_text(paper_pdf(paper))), squeezed(word_text(word(paper)))
    for text in texts_of(paper):
        assert squeezed(text) in in_word
        # A cell's lines are not neighbours in the text of a PDF, so a long cell is looked for word by word.
        assert squeezed(text) in in_pdf or all(squeezed(part) in in_pdf for part in text.split())


def longest_table(paper: Paper) -> Table:
    return max(tables(paper), key=lambda table: len(table.rows))


@pytest.mark.parametrize("kind", LONG)
def test_every_commune_of_the_province_stands_in_a_paper_with_a_head_on_every_page(kind: PaperKind) -> None:
    """The longest names and all communes: nothing is lost, no page begins without the head, nothing leaves the page."""
    paper = max(papers_of(large(), kind), key=lambda paper: len(longest_table(paper).rows))
    pdf = PdfReader(io.BytesIO(paper_pdf(paper)))
    table = longest_table(paper)
    names = [squeezed(row.cells[1]) for row in table.rows if row.kind == "cells"]
    assert len(names) >= len(units(Tier.XA)) - 1
    right_edges: list[float] = []

    def note_edge(text: str, _: object, matrix: list[float], font: object, size: object) -> None:
        if text.strip():
            right_edges.append(matrix[4])

    pages = [squeezed(page.extract_text(visitor_text=note_edge)) for page in pdf.pages]
    assert [name for name in names if name not in "".join(pages)] == []
    whole = [page for page in pages if squeezed(names[0]) not in page and any(name in page for name in names)]
    assert len(whole) > 5
    assert all(squeezed(table.columns[0].head) in page[:12] for page in whole)
    assert max(right_edges) < float(pdf.pages[-1].mediabox.width) - 40


def test_a_long_agenda_has_whole_lines_in_the_minutes() -> None:
    assert len(PdfReader(io.BytesIO(paper_pdf(first(large(), "minutes")))).pages) > 2


def test_two_communes_of_one_name_have_their_districts() -> None:
    text = text_of(next(p for p in papers_of(small(), "ballot") if "xã, phường" in p.name))
    names = [small().subject_name(code) for code in (FIRST_DONG_HOANG, SECOND_DONG_HOANG)]
    assert names == [
        "Ủy ban nhân dân xã Đông Hoàng, huyện Đông Hưng",
        "Ủy ban nhân dân xã Đông Hoàng, huyện Tiền Hải",
    ]
    assert all(name in text for name in names)


def test_the_numbers_of_the_agenda_stand_in_the_programme() -> None:
    lines = [b.text for b in first(small(), "programme").blocks if isinstance(b, Line) and b.style == "text"]
    assert [int(line.partition(".")[0]) for line in lines] == [item.number for item in small().items]


def test_the_sums_of_a_count_are_those_of_its_rows() -> None:
    paper = next(p for p in papers_of(small(), "counting_minutes") if "xã, phường" in p.name)
    (table,) = tables(paper)
    *rows, total = (row.cells for row in table.rows)
    assert (
        [sum(int(row[n]) for row in rows) for n in (2, 3, 4, 5)]
        == [int(total[n]) for n in (2, 3, 4, 5)]
        == [17, 4, 0, 0]
    )
    assert [row[6:] for row in rows] == [["77,78%", "Đạt"], ["77,78%", "Đạt"], ["33,33%", "Không đạt"]]


def test_the_submission_adds_up_cases_and_money() -> None:
    text = text_of(first(small(), "submission"))
    assert "Cờ thi đua của Ủy ban nhân dân tỉnh: 02 tập thể" in text
    assert "Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh: 03 tập thể, 01 doanh nghiệp, 01 cá nhân" in text
    assert "02 x 14.400.000 đồng = 28.800.000 đồng" in text
    assert "tổng cộng 45.000.000 đồng" in text
    assert "Nghị định số 91/2017/NĐ-CP" in text
    assert "Nghị định số 98/2023/NĐ-CP" not in text


def test_papers_propose_what_closing_the_session_records_and_nothing_else() -> None:
    """A unit that waited for its appraisal, and to which the council agreed, stood in tờ trình with its money."""
    facts = small()
    agenda = facts.session.agenda
    base = {"title": "x", "award": "B1", "units": (units(Tier.SO)[1],), "cite": "S0"}
    waiting = [
        AgendaItem.model_validate({**base, "number": 90 + n, "id": f"{kind}/{MOVEMENT}/B1", "kind": kind})
        for n, kind in enumerate(("for_judgement", "otherwise"))
    ]
    agreed = [
        ItemOutcome(number=i.number, given=OutcomeGiven(item=i.id, outcome="proposed"), by="x", at=NOW) for i in waiting
    ]
    more = agenda.model_copy(update={"items": (*agenda.items, *waiting), "outcomes": (*agenda.outcomes, *agreed)})
    with_waiting = replace(facts, session=replace(facts.session, agenda=more))
    assert list(with_waiting.proposals()) == list(facts.proposals())
    assert "Còn chờ thẩm định 01 đơn vị: Bằng khen" in text_of(first(with_waiting, "appraisal"))


def test_a_report_that_was_taken_off_the_agenda_still_counts_as_not_received() -> None:
    """Tờ trình said that no report was missing."""
    facts = small()
    removed = RemovedItem(item="report/m/OB16", title="Báo cáo", reason="Hứa gửi trước phiên họp", by="x", at=NOW)
    meeting = facts.meeting.model_copy(update={"removed": (removed,)})
    more = replace(
        facts, session=replace(facts.session, agenda=facts.session.agenda.model_copy(update={"meeting": meeting}))
    )
    sentences = [text_of(first(one, "submission")) for one in (facts, more)]
    before, after = (int(text.partition("còn ")[2].partition(" nội dung báo cáo")[0]) for text in sentences)
    assert after == before + 1


def test_a_criterion_that_nobody_reports_waits_for_its_appraisal() -> None:
    """It was printed as "chưa đủ căn cứ", as if a report were missing."""
    facts, missing = small(), FindingState("MISSING", None, ())
    communes = next(item for item in facts.items if item.id == f"candidates/{MOVEMENT}/B3")
    assert result_text(facts, communes, "hoan-thanh-xuat-sac", missing) == "Chờ thẩm định"
    ranked = next(rule.criterion for rule in s0().award["B3"].rules if rule.ranked_field)
    assert result_text(facts, communes, ranked, missing) == "Chưa đủ căn cứ"


def test_the_year_is_left_open_on_a_paper_that_may_be_signed_before_the_year_of_the_session() -> None:
    later = replace(small(), signing_day=date(2024, 1, 12))
    places = {kind: first(later, kind).letterhead.place_and_day for kind in ("invitation", "minutes")}
    assert (places["invitation"][-6:], places["minutes"][-8:]) == ("20    ", "năm 2024")


def test_the_list_of_a_decision_agrees_with_its_first_article() -> None:
    paper = next(p for p in papers_of(small(), "decision") if "Bằng khen" in p.name)
    text = text_of(paper)
    assert "Điều 1. Tặng Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh cho 04 tập thể, 01 cá nhân" in text
    assert "Tổng số: 04 tập thể, 01 cá nhân./." in text
    groups = [row.cells[0] for table in tables(paper) for row in table.rows if row.kind == "group"]
    assert [group.partition(" thuộc ")[2] for group in groups[:2]] == ["huyện Đông Hưng", "huyện Tiền Hải"]
    assert groups[2:] == ["Tập thể trực thuộc", "Doanh nghiệp"]
    assert "Chưa tiêu biểu" not in text
    assert "hạng" not in text.replace("hạng mục", "")


def test_what_changed_since_the_freeze_is_a_line_of_the_minutes() -> None:
    text = text_of(first(small(), "minutes"))
    assert "Số liệu đã thay đổi từ ngày 20/12/2023: vào: Ủy ban nhân dân xã Duy Nhất, huyện Vũ Thư; vì báo cáo" in text
    assert "có mặt: 07/09" in text
    assert "lý do: Chưa tiêu biểu" in text


def test_the_minutes_name_the_units_and_nominees_of_an_item_unless_they_are_many() -> None:
    """An item said "Hội đồng thống nhất đề nghị", and of whom stood in another paper."""
    facts = small()
    communes = next(item for item in facts.items if item.id == f"candidates/{MOVEMENT}/B3")
    lines = [b.text for b in first(facts, "minutes").blocks if isinstance(b, Line)]
    (line,) = (line for line in lines if line.startswith(f"Nội dung {communes.number}:"))
    one, other, *_ = map(facts.subject_name, communes.units)
    assert f"Xét 03 trường hợp: {one}; {other}" in line
    late = next(item for item in facts.items if item.kind == "open_report")
    (line,) = (line for line in lines if line.startswith(f"Nội dung {late.number}:"))
    assert "trường hợp:" not in line, "its title names who is late"
    many = " ".join(b.text for b in first(large(), "minutes").blocks if isinstance(b, Line))
    assert "Xét 260 trường hợp (danh sách tại bảng tổng hợp kết quả xét kèm theo)." in many


def test_to_trinh_and_the_conclusions_count_the_same_cases_as_deferred() -> None:
    """The conclusions also counted what is reported to the council and letters without a unit."""
    facts = small()
    about = facts.about_awards()
    others = [item for item in facts.items if item not in about]
    given = {item.id: "deferred" for item in (about[0], *others)}
    outcomes = [
        o.model_copy(update={"given": OutcomeGiven(item=o.given.item, outcome="deferred", reason="Chờ.")})
        if o.given.item in given
        else o
        for o in facts.session.agenda.outcomes
    ]
    agenda = facts.session.agenda.model_copy(update={"outcomes": tuple(outcomes)})
    deferred = replace(facts, session=replace(facts.session, agenda=agenda))
    (results,) = (t for t in tables(first(deferred, "submission")) if t.columns[-1].head == "Để lại")
    cases = int(results.rows[-1].cells[-1])
    assert cases == len(facts.subjects(about[0]))
    text = text_of(first(deferred, "conclusions"))
    assert f"để lại phiên sau {cases:02} trường hợp xét khen thưởng và {len(others):02} nội dung khác;" in text
    assert "để lại phiên sau 0 trường hợp xét khen thưởng; tạm dừng" in text_of(first(facts, "conclusions"))


def test_conclusions_name_no_candidate() -> None:
    text = text_of(first(small(), "conclusions"))
    assert "Đông Hoàng" not in text
    assert "Cờ thi đua của Ủy ban nhân dân tỉnh: 02 tập thể" in text


def test_a_ballot_limits_the_choice_only_where_there_are_more_candidates_than_flags() -> None:
    facts = small()
    assert not any("không quá" in text_of(ballot) for ballot in papers_of(facts, "ballot"))
    item = next(item for item in facts.items if item.award == "C2")
    more = item.model_copy(update={"units": ("336", "338")})
    agenda = facts.session.agenda.model_copy(update={"items": (more,)})
    (ballot,) = papers_of(replace(facts, session=replace(facts.session, agenda=agenda)), "ballot")
    assert "Được đồng ý không quá 01 trường hợp." in text_of(ballot)


def test_an_agency_is_urged_only_about_what_is_late() -> None:
    """The closing of the movement is due on 31/12/2023, after the freeze."""
    (paper,) = papers_of(small(), "urging")
    text = text_of(paper)
    assert "Kính gửi: Sở Nội vụ; Sở Thông tin và Truyền thông; Công an tỉnh; Sở Kế hoạch và Đầu tư" in text
    assert {row.cells[4] for table in tables(paper) for row in table.rows} == {"chậm 16 ngày"}
    assert "31/12/2023" not in text
    assert "Chưa đến thời hạn" in text_of(first(small(), "reporting"))


def test_no_official_paper_has_a_code_an_iso_date_or_a_hash() -> None:
    for kind in KINDS:
        for paper in papers_of(small(), kind):
            text = text_of(paper)
            assert re.findall(r"\b\d{4}-\d{2}-\d{2}\b|\b[0-9a-f]{12,}\b|thai-binh/|\bS\d\b|tv-\d", text) == []
            assert "None" not in text


_PRINT = """
import hashlib, locale
from tests.support.session_papers import session_facts
from services.council.documents.kinds import papers_of
from services.council.documents.pdf import paper_pdf
from services.council.documents.province import templates_folder
from services.council.documents.word import paper_docx
paper = papers_of(session_facts(3), "minutes")[0]
for content in (paper_pdf(paper), paper_docx(paper, templates_folder("thai-binh") / "minutes.docx")):
    print(hashlib.sha256(content).hexdigest())
"""


def test_the_same_session_gives_the_same_bytes_under_other_time_zones_and_locales() -> None:
    places = ({"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8"}, {"TZ": "America/New_York", "LC_ALL": "C"})
    hashes = {
        subprocess.run(
            [sys.executable, "-c", _PRINT],
            cwd=ROOT,
            env={**os.environ, **place, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(n)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for n, place in enumerate(places, 1)
    }
    assert len(hashes) == 1
