"""The bundle of a session, its exports, and who may read which paper."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from services.council.documents.bundle import SignedPaper, bundled, session_bundle, snapshot_hash, write_session_zip
from services.council.documents.exports import TABLES, Sheet, csv_file, xlsx
from services.council.documents.kinds import KINDS, papers_of
from services.council.documents.province import templates_folder
from services.council.documents.visibility import READERS, may_read
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from tests.support.pdfs import signed_scan
from tests.support.session_papers import FIXED, session_facts

HOSTILE = ("=1+1", "+84", "-5", "@x", "\tx", "Ủy ban nhân dân xã Đông Hoàng, huyện Tiền Hải")


def bookmarks(pdf: PdfReader) -> list[Any]:
    return list(pdf.outline)


def test_the_bundle_lists_every_paper_at_its_page_and_has_bookmarks() -> None:
    facts = session_facts(3)
    pdf = PdfReader(io.BytesIO(session_bundle(facts, "abc123")))
    titles = [(entry["/Title"], pdf.get_destination_page_number(entry) or 0) for entry in bookmarks(pdf)]
    assert [title for title, _ in titles] == [paper.name for paper in bundled(facts)]
    contents = "".join(page.extract_text() for page in pdf.pages[: titles[0][1]])
    for title, at in titles:
        assert pdf.pages[at].extract_text().strip().splitlines()[0].strip() == str(at + 1)
        assert title.split(":")[0].split()[0] in contents
    assert str(titles[-1][1] + 1) in contents
    assert snapshot_hash(facts)[:20] in contents.replace("\n", "")
    assert "abc123" in contents
    assert "Số liệu đã thay đổi từ ngày" in contents.replace("\n", " ")
    later = "".join(page.extract_text() for page in pdf.pages[titles[0][1] :])
    assert snapshot_hash(facts)[:12] not in later


def test_the_zip_has_every_word_file_and_every_scan_and_the_same_bytes_again(tmp_path: Path) -> None:
    facts = session_facts(3)
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(signed_scan())
    signed = SignedPaper("minutes", "Biên bản họp", "số 12/BB-HĐTĐKT ngày 21/12/2023, 2 trang", "ab" * 32)
    first, second = io.BytesIO(), io.BytesIO()
    reports: list[tuple[int, int, str]] = []
    for packed in (first, second):
        reports.clear()
        templates = templates_folder("thai-binh")
        write_session_zip(
            packed, facts, templates, ("invitation", "ballot"), [(signed, scan)], lambda *now: reports.append(now)
        )
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        assert archive.read(names[-1]) == signed_scan()
    assert len(names) == 1 + len(papers_of(facts, "ballot")) + 1
    assert (names[0], names[-1]) == ("01-invitation.docx", "ban-ky/minutes-abababab.pdf")
    assert [done for done, _, _ in reports] == [*range(1, len(names) + 1)]
    cover = PdfReader(io.BytesIO(session_bundle(facts, "", ["invitation"], [signed]))).pages[0].extract_text()
    assert "Biên bản họp: số 12/BB-HĐTĐKT ngày 21/12/2023, 2 trang; tệp" in cover.replace("\n", " ")


def test_what_looks_like_a_formula_stays_text() -> None:
    sheet = Sheet("Bảng", ["Tên", "Số"], [[text, n] for n, text in enumerate(HOSTILE)])
    page = openpyxl.load_workbook(io.BytesIO(xlsx(sheet))).worksheets[0]
    cells = [row[0] for row in page.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in HOSTILE]
    assert [row[1].value for row in page.iter_rows(min_row=2)] == [*range(len(HOSTILE))]
    assert page.freeze_panes == "A2"
    content = csv_file(sheet)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]
    assert [row[0] for row in rows] == [f"'{text}" for text in HOSTILE[:-1]] + [HOSTILE[-1]]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_exported_twice_alike(name: str) -> None:
    sheet = TABLES[name](session_facts(3))
    assert sheet.rows
    assert {len(row) for row in sheet.rows} == {len(sheet.heads)}
    assert xlsx(sheet) == xlsx(sheet)
    assert all("None" not in str(value) for row in sheet.rows for value in row if value is not None)


def test_who_may_read_which_paper() -> None:
    """Members read from the freeze on; what tells the result waits for the approved minutes."""
    drafted = session_facts(3).session
    secret = replace(drafted, agenda=drafted.agenda.model_copy(update={"phase": "drafted"}))
    approved = actions.approve_minutes(drafted, Actor("Chủ tịch", "leader", FIXED))
    reopened = actions.reopen(
        actions.close(approved, Actor("x", "secretary", FIXED)), "lý do", Actor("x", "secretary", FIXED)
    )
    result = {"minutes", "counting_minutes", "conclusions"}

    def readable(role: str, session: object = drafted) -> set[str]:
        return {kind for kind in KINDS if may_read(role, kind, session)}  # type: ignore[arg-type]

    assert readable("secretary", secret) == readable("leader", secret) == set(KINDS) == set(READERS)
    assert readable("member", secret) == readable("viewer", secret) == set()
    of_members = set(KINDS) - {"run_sheet", "urging", "attendance", "submission", "decision"}
    of_members -= {"consultation", "exemplars", "monitoring"}
    assert readable("member") == of_members - result
    assert readable("member", approved) == of_members
    assert readable("member", reopened) == of_members - result
    assert readable("viewer") == {"programme"}
    assert readable("viewer", approved) == {"programme", "conclusions"}
    assert readable("officer", approved) == readable("operator", approved) == set()
