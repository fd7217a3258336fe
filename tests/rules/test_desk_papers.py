"""The page of a session's papers: what there is for the reader, and where each file is."""

from __future__ import annotations

from services.council.desk.papers import (
    LONG_FILES,
    ReaderPapers,
    long_files,
    newest_first,
    papers_address,
    papers_view,
    session_shown,
)
from services.council.documents.facts import SessionFacts
from services.council.documents.making import available
from services.council.paper_life.state import PaperRecord
from shared.contracts.people import Role
from tests.support.desk_data import session
from tests.support.session_papers import session_facts


def papers_for(facts: SessionFacts, role: Role, *records: PaperRecord) -> ReaderPapers:
    return ReaderPapers(role, available(facts, role), records)


def test_each_paper_has_its_files_and_a_reader_sees_only_what_is_for_the_role() -> None:
    """An official paper is a draft until it is signed on paper; the tables are for the standing office."""
    facts = session_facts()
    stored = facts.session
    staff = papers_view([stored], stored, papers_for(facts, "secretary"), with_tables=True)
    viewer = papers_view([stored], stored, papers_for(facts, "viewer"), with_tables=False)
    rows = {row.name: row for kind in staff.kinds for row in kind.rows}
    submission = next(row for name, row in rows.items() if name.startswith("Tờ trình"))
    assert submission.state == "Dự thảo"
    files = f"/v1/sessions/{stored.id}/papers/submission"
    assert [file.address for file in submission.files] == [f"{files}.pdf", f"{files}.docx"]
    bundle = long_files(stored, dict.fromkeys(LONG_FILES), 0.0)
    assert [file.page.rpartition("/")[2] for file in bundle] == ["bundle.pdf", "bundle.zip"]
    assert staff.tables[0].files[0].address == f"/v1/sessions/{stored.id}/tables/agenda.xlsx"
    assert {kind.name for kind in viewer.kinds} < {kind.name for kind in staff.kinds}
    assert viewer.tables == []


def test_the_page_opens_with_the_latest_session_that_has_begun() -> None:
    """A session that nobody prepares yet has nothing to read; another one is a link away."""
    early, late = session(session="P1", phase="closed"), session(session="P3", phase="frozen", name="Phiên ba")
    planned = session(session="P4", phase="planned")
    ordered = newest_first([early, planned, late], {})
    shown = session_shown(ordered, "")
    assert shown is late
    assert session_shown(ordered, early.id) is early
    assert session_shown(ordered, "khac") is None
    view = papers_view(ordered, shown, ReaderPapers("viewer", [], []), with_tables=False)
    assert view.first == "Phiên ba: chưa có văn bản."
    assert {other.address for other in view.others} == {papers_address(early), papers_address(planned)}
    assert papers_view([], None, None, with_tables=True).session == ""
