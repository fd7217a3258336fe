"""Who reads which paper and sees names in it: every cell of the table in docs/council.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from services.council.documents.blocks import Paper, Table, texts_of
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, papers_of
from services.council.documents.making import BUNDLE, Wanted, available, listing_hash, made, persons_in
from services.council.documents.naming import NOT_FETCHED, NOTICE, Names
from services.council.documents.pdf import paper_pdf
from services.council.documents.province import PaperKind, templates_folder
from services.council.documents.visibility import may_read
from services.council.documents.word import paper_docx
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.state import StoredSession
from shared.contracts.names import NAME_READERS, PersonName, kinds_with_names, may_read_names
from shared.contracts.people import ROLE_NAMES, Role
from shared.contracts.sessions import Phase
from tests.support.paper_texts import pdf_text, squeezed, word_text
from tests.support.session_papers import FIXED, session_facts

TABLE = Path(__file__).parents[2] / "docs" / "council.md"
PROPOSED, NOT_PROPOSED = "Vũ Thị Minh Nguyệt", "Đặng Quốc Khánh"
KNOWN = {
    "nguoi-1": PersonName(id="nguoi-1", name=PROPOSED, position="Giám đốc Công ty"),
    "nguoi-5": PersonName(id="nguoi-5", name=NOT_PROPOSED),
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@lru_cache
def facts() -> SessionFacts:
    """Two persons are nominated; the first is proposed."""
    return session_facts(3, more_persons=1)


def named(role: Role, names: Mapping[str, PersonName] = KNOWN) -> SessionFacts:
    return replace(facts(), names=Names(kinds_with_names(role), names))


def phases() -> list[StoredSession]:
    """The session as a draft, fixed, held before the minutes are approved, and after."""
    session = facts().session
    approved = actions.approve_minutes(session, Actor("Chủ tịch", "leader", FIXED, replaces=True))
    return [_in_phase(session, "drafted"), _in_phase(session, "frozen"), session, approved]


def _in_phase(session: StoredSession, phase: Phase) -> StoredSession:
    return replace(session, agenda=session.agenda.model_copy(update={"phase": phase}))


def table() -> dict[str, list[set[str]]]:
    """The cells of the document by kind: who reads it as a draft, fixed, approved, and who sees names."""
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \| (.+) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    cells = {kind: [set(cell.split(", ")) - {"none"} for cell in row.split(" | ")] for kind, row in rows}
    return {kind: row for kind, row in cells.items() if len(row) == 4}


def all_text(papers: list[Paper]) -> str:
    return "\n".join(text for paper in papers for text in texts_of(paper))


@EVERY_KIND
@pytest.mark.parametrize("role", ROLE_NAMES)
def test_each_role_reads_what_the_table_allows_and_nothing_more(kind: PaperKind, role: Role) -> None:
    draft, fixed, approved, _ = table()[kind]
    expected = [role in readers for readers in (draft, fixed, fixed, approved)]
    assert [may_read(role, kind, session) for session in phases()] == expected


@EVERY_KIND
@pytest.mark.parametrize("role", ROLE_NAMES)
def test_each_role_sees_names_where_the_table_allows_and_nowhere_else(kind: PaperKind, role: Role) -> None:
    """Everybody else gets the very same paper as without names."""
    text = all_text(list(papers_of(named(role), kind)))
    sees = role in table()[kind][3]
    assert (PROPOSED in text or NOT_PROPOSED in text) == sees
    if not sees:
        assert papers_of(named(role), kind) == papers_of(facts(), kind)
    assert (kind in NAME_READERS and may_read_names(role, [kind])) == sees


def test_the_table_has_every_kind_and_a_kind_it_does_not_have_is_closed() -> None:
    assert list(table()) == list(KINDS)
    assert not may_read_names("secretary", [])
    assert not may_read_names("secretary", ["ballot", "invitation"])
    assert not may_read_names("member", ["ballot", "decision"])


def test_the_decision_names_who_is_proposed_with_position_and_nominator() -> None:
    (paper,) = [p for p in papers_of(named("secretary"), "decision") if PROPOSED in all_text([p])]
    cells = [cell for block in paper.appendix if isinstance(block, Table) for row in block.rows for cell in row.cells]
    assert f"{PROPOSED}, Giám đốc Công ty (do Văn phòng Ủy ban nhân dân tỉnh đề nghị)" in cells
    assert NOT_PROPOSED not in all_text([paper])


@pytest.mark.parametrize("kind", NAME_READERS)
def test_names_stand_in_pdf_and_word_alike(kind: PaperKind) -> None:
    for paper in papers_of(named("secretary"), kind):
        for name in (PROPOSED, NOT_PROPOSED):
            stands = name in all_text([paper])
            word = paper_docx(paper, templates_folder("thai-binh") / f"{kind}.docx")
            assert (squeezed(name) in squeezed(word_text(word))) == stands
            assert (squeezed(name) in squeezed(pdf_text(paper_pdf(paper)))) == stands


@pytest.mark.parametrize("kind", NAME_READERS)
def test_a_paper_whose_names_are_missing_notes_it_at_its_beginning_and_in_each_row(kind: PaperKind) -> None:
    """A paper of the same kind that names nobody does not."""
    papers, whole = papers_of(named("secretary", {}), kind), papers_of(facts(), kind)
    assert any(NOTICE in texts_of(paper) for paper in papers)
    for paper, without in zip(papers, whole, strict=True):
        wants = "cá nhân do" in all_text([without])
        assert (NOTICE in texts_of(paper)) == wants == (NOT_FETCHED in all_text([paper]))
        if not wants:
            assert paper == without


def test_intake_is_asked_for_exactly_the_persons_of_the_file() -> None:
    """Of one ballot those on it; of a role that sees no names in a kind none; of a bundle all, with the kinds."""
    ballots = {paper.key: all_text([paper]) for paper in papers_of(facts(), "ballot")}
    for key, text in ballots.items():
        persons = persons_in(facts(), Wanted(key, "docx", "secretary"))
        assert list(persons.ids) == (["nguoi-1", "nguoi-5"] if "cá nhân do" in text else [])
    assert sum("cá nhân do" in text for text in ballots.values()) == 1
    assert list(persons_in(facts(), Wanted("exemplars", "pdf", "leader")).ids) == ["nguoi-1"]
    assert list(persons_in(facts(), Wanted("minutes", "pdf", "leader")).ids) == ["nguoi-1", "nguoi-5"]
    assert not persons_in(facts(), Wanted("minutes", "pdf", "member")).ids
    assert not persons_in(facts(), Wanted("programme", "pdf", "viewer")).ids
    assert list(persons_in(session_facts(3), Wanted("minutes", "pdf", "secretary")).ids) == ["nguoi-1"]
    assert not persons_in(session_facts(3), Wanted("conclusions", "pdf", "secretary")).ids
    bundle = persons_in(facts(), Wanted(BUNDLE, "pdf", "secretary"))
    assert (set(bundle.ids), set(bundle.kinds)) == ({"nguoi-1", "nguoi-5"}, set(NAME_READERS))
    assert set(persons_in(facts(), Wanted(BUNDLE, "zip", "member")).kinds) == {"results", "ballot", "opinion_form"}


def test_a_household_is_named_as_a_person_is() -> None:
    household = (
        facts()
        .nominations["n1"]
        .model_copy(update={"kind": "ho_gia_dinh", "subject": "ho-1", "name": None, "nominator": "338"})
    )
    household = type(household).model_validate(household.model_dump())
    with_household = replace(named("secretary"), nominations={**facts().nominations, "n1": household})
    assert with_household.subject_name("n1") == "tập thể do Ủy ban nhân dân huyện Quỳnh Phụ đề nghị, " + NOT_FETCHED
    names = {"ho-1": PersonName(id="ho-1", name="Hộ bà Minh Họa")}
    with_household = replace(with_household, names=Names(kinds_with_names("secretary"), names))
    assert with_household.subject_name("n1") == "Hộ bà Minh Họa (do Ủy ban nhân dân huyện Quỳnh Phụ đề nghị)"


def test_another_person_in_the_same_place_is_another_file_though_no_name_is_kept() -> None:
    """Without names both files say the same, so the ids are part of what a kept file is found by."""
    other = facts().nominations["n3"].model_copy(update={"subject": "nguoi-9"})
    replaced = replace(facts(), nominations={**facts().nominations, "n3": other})
    listed = available(facts(), "secretary")
    assert listed == available(replaced, "secretary")
    assert listing_hash(facts(), "secretary", listed) != listing_hash(replaced, "secretary", listed)


def test_the_same_snapshot_and_names_make_the_same_bytes() -> None:
    wanted = Wanted("ballot", "pdf", "secretary")
    first, second = (made(named("secretary"), wanted, templates_folder("thai-binh")) for _ in range(2))
    assert first == second
    assert first != made(facts(), wanted, templates_folder("thai-binh"))
