"""Every province with a plan has what its papers need; where something is missing, people read a sentence."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from services.council.documents import province
from services.council.documents.blocks import texts_of
from services.council.documents.kinds import KINDS, kind_of, papers_of
from services.council.documents.pdf import papers_pdf
from services.council.documents.province import FILE, NoPapers, load_papers, read_papers, templates_folder
from services.council.documents.template_check import check
from services.council.documents.word import paper_docx
from shared.plans.load import PROVINCES, load_plans
from tests.support.session_papers import session_facts

CODES = sorted({plan.province for units in PROVINCES.glob("*/units-*.csv") for plan in load_plans(units.parent)})
OWN = templates_folder("thai-binh") / FILE


@pytest.mark.parametrize("code", CODES)
def test_every_province_with_a_plan_has_its_data_and_a_usable_template_of_every_kind(code: str) -> None:
    folder = templates_folder(code)
    assert load_papers(code).kinds.keys() == set(KINDS)
    assert {path.stem for path in folder.glob("*.docx")} == set(KINDS)
    assert {path.name: problems for path in folder.glob("*.docx") if (problems := check(path))} == {}


@pytest.mark.parametrize("code", CODES)
def test_every_kind_of_paper_is_made_from_the_data_and_templates_of_a_province(code: str) -> None:
    """The session is that of one province; what the papers state about the province is another's."""
    papers_data = load_papers(code)
    facts = replace(session_facts(3), papers=papers_data, signing_day=date(2025, 12, 20))
    for kind in KINDS:
        paper = papers_of(facts, kind)[0]
        assert paper_docx(paper, templates_folder(code) / f"{kind_of(paper)}.docx").startswith(b"PK")
        head = paper.letterhead
        day = head.place_and_day
        assert not day or day.startswith(f"{papers_data.place}, ngày")
        assert not head.superior or head.superior.casefold().endswith(f"tỉnh {papers_data.place.casefold()}")
    text = " ".join(texts_of(papers_of(facts, "decision")[0]))
    assert "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16/6/2025" in text
    assert "Nghị định số 152/2025/NĐ-CP" in text
    assert "None" not in text
    pdf = PdfReader(io.BytesIO(papers_pdf("Tờ trình", papers_of(facts, "submission"))))
    assert "TỜ TRÌNH" in pdf.pages[0].extract_text()


@pytest.mark.parametrize("code", CODES)
def test_no_paper_cites_what_was_issued_after_the_day_it_may_be_signed(code: str) -> None:
    """A tờ trình of January cited a circular of February."""
    for basis in load_papers(code).legal_bases:
        cited = re.findall(r"(\d{1,2})/(\d{1,2})/(\d{4})", " ".join((*basis.government, *basis.awards)))
        days = [date(int(year), int(month), int(day)) for day, month, year in cited]
        assert days
        assert basis.first is None or max(days) <= basis.first


def test_a_province_without_data_for_its_papers_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoPapers, match=r"^Tỉnh chưa có dữ liệu văn bản của Hội đồng \(tệp papers.yaml\)"):
        load_papers("tinh-khac")
    with pytest.raises(NoPapers, match="Tỉnh chưa có"):
        read_papers(tmp_path / FILE)


@pytest.mark.parametrize(
    ("written", "instead", "reason"),
    [
        ("place: Thái Bình", "place: [Thái Bình", r"viết sai ở dòng \d+\.$"),
        ("place: Thái Bình\n", "", r"thiếu hoặc sai ở mục place\.$"),
        ("issuer: committee", "issuer: someone", r"thiếu hoặc sai ở mục kinds\.decision\.issuer\.$"),
        ("  exemplars: {issuer: office}\n", "", r"thiếu hoặc sai ở mục cả tệp\.$"),
    ],
)
def test_wrong_data_are_refused_with_the_place(written: str, instead: str, reason: str, tmp_path: Path) -> None:
    text = OWN.read_text(encoding="utf-8")
    assert written in text
    path = tmp_path / FILE
    path.write_text(text.replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(NoPapers, match=reason):
        read_papers(path)


def test_the_folder_of_a_province_has_its_code_as_name() -> None:
    assert {path.parent.name for path in PROVINCES.glob("*/units-*.csv")} == set(CODES)
    assert province.templates_folder("x").parent == PROVINCES / "x"
