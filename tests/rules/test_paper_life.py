"""The steps in the life of a paper, and who may read its draft and its scan when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.council.documents.province import PaperKind
from services.council.documents.visibility import may_read
from services.council.paper_life import rules
from services.council.paper_life.signed import edition_text
from services.council.paper_life.state import Made, PaperRecord, Scan
from services.council.paper_life.visibility import SCAN_READERS, may_know_of, may_read_scan
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.sessions.problem import SessionProblem
from shared.contracts.people import ROLE_NAMES, Role
from tests.support.session_papers import session_facts

NOW = datetime(2023, 12, 25, 3, tzinfo=UTC)
CLERK = Actor("Thư ký", "secretary", NOW)
DAY = date(2023, 12, 22)
HELD = session_facts(3).session
DRAFTED = replace(HELD, agenda=HELD.agenda.model_copy(update={"phase": "drafted"}))
APPROVED = actions.approve_minutes(HELD, Actor("Chủ tịch", "leader", NOW))
REOPENED = actions.reopen(actions.close(APPROVED, CLERK), "đọc nhầm số phiếu", CLERK)
SESSIONS = {"drafted": DRAFTED, "held": HELD, "approved": APPROVED, "reopened": REOPENED}

STAFF, MEMBER, VIEWER = ("secretary", "leader"), "member", "viewer"

DRAFTS: dict[tuple[PaperKind, str], set[str]] = {
    ("programme", "drafted"): {*STAFF},
    ("programme", "held"): {*STAFF, MEMBER, VIEWER},
    ("invitation", "held"): {*STAFF, MEMBER},
    ("submission", "approved"): {*STAFF},
    ("decision", "approved"): {*STAFF},
    ("minutes", "held"): {*STAFF},
    ("minutes", "approved"): {*STAFF, MEMBER},
    ("minutes", "reopened"): {*STAFF},
    ("conclusions", "held"): {*STAFF},
    ("conclusions", "approved"): {*STAFF, MEMBER, VIEWER},
    ("explanation", "held"): {*STAFF, MEMBER},
}
"""Who reads the paper as it is made. Whoever is not named here does not."""

SCANS: dict[tuple[PaperKind, str, str], set[str]] = {
    ("minutes", "held", "scanned"): {*STAFF},
    ("minutes", "held", "issued"): {*STAFF},
    ("minutes", "approved", "scanned"): {*STAFF},
    ("minutes", "approved", "issued"): {*STAFF, MEMBER},
    ("minutes", "approved", "replaced"): {*STAFF, MEMBER},
    ("minutes", "approved", "withdrawn"): set(),
    ("minutes", "reopened", "issued"): {*STAFF},
    ("conclusions", "approved", "issued"): {*STAFF, MEMBER, VIEWER},
    ("decision", "held", "scanned"): {*STAFF},
    ("decision", "held", "issued"): {*STAFF, MEMBER, VIEWER},
    ("submission", "approved", "issued"): {*STAFF},
    ("attendance", "held", "scanned"): {*STAFF},
    ("ballot", "held", "scanned"): {*STAFF, MEMBER},
}
"""Who reads the first scan of a paper of a kind, by where the session and the paper stand."""


def record(kind: PaperKind = "minutes") -> PaperRecord:
    numbered = kind not in ("ballot", "attendance")
    return PaperRecord(session=HELD.id, paper=kind, kind=kind, name="Biên bản họp", bears_number=numbered)


def made(text: str = "a") -> Made:
    return Made(snapshot="0" * 64, text=text * 64, by="Thư ký", at=NOW)


def scan(n: int = 1) -> Scan:
    return Scan(id=str(n), sha256=str(n) * 64, size=9, pages=2, by="Thư ký", at=NOW)


def issued(kind: PaperKind = "minutes") -> PaperRecord:
    return rules.give_number(rules.add_scan(record(kind), scan(), CLERK), "12", DAY, "BB-HĐTĐKT", CLERK)


def replaced() -> PaperRecord:
    again = rules.add_scan(rules.make(issued(), made("b"), "sai số phiếu", CLERK), scan(2), CLERK)
    return rules.give_number(again, "15", DAY, "BB-HĐTĐKT", CLERK)


def at(kind: PaperKind, state: str) -> PaperRecord:
    scanned = rules.add_scan(record(kind), scan(), CLERK)
    states = {"scanned": lambda: scanned, "issued": lambda: issued(kind), "replaced": replaced}
    return states.get(state, lambda: rules.withdraw_scan(scanned, "nhầm", CLERK))()


@pytest.mark.parametrize(("kind", "session"), DRAFTS, ids="-".join)
def test_who_reads_a_draft(kind: PaperKind, session: str) -> None:
    readers = {role for role in ROLE_NAMES if may_read(role, kind, SESSIONS[session])}
    assert readers == DRAFTS[kind, session]


@pytest.mark.parametrize(("kind", "session", "state"), SCANS, ids="-".join)
def test_who_reads_a_scan(kind: PaperKind, session: str, state: str) -> None:
    kept = at(kind, state)
    readers = {role for role in ROLE_NAMES if may_read_scan(role, kept, kept.versions[0], SESSIONS[session])}
    assert readers == SCANS[kind, session, state]
    assert {role for role in ROLE_NAMES if may_know_of(role, kept, SESSIONS[session])} == readers | {*STAFF}


def test_agencies_and_operators_read_no_scan_of_any_kind() -> None:
    outside: set[Role] = {"officer", "operator"}
    assert all(not readers & outside for readers in SCAN_READERS.values())


def code(step: Callable[[], object]) -> str:
    with pytest.raises(SessionProblem) as problem:
        step()
    return problem.value.code


def test_a_paper_in_force_is_replaced_only_by_one_that_bears_its_own_number() -> None:
    first = issued()
    assert first.state == "issued"
    assert code(lambda: rules.make(first, made("b"), "", CLERK)) == "reason_needed"
    again = rules.make(first, made("b"), "sai số phiếu", CLERK)
    assert [again.state_of(version) for version in again.versions] == ["issued", "made"]
    both = replaced()
    assert [both.state_of(version) for version in both.versions] == ["replaced", "issued"]
    assert "đã được thay thế bởi văn bản số 15/BB-HĐTĐKT ngày 22/12/2023" in edition_text(both, both.versions[0])


def test_a_withdrawn_scan_leaves_the_number_and_makes_room_for_the_right_one() -> None:
    withdrawn = rules.withdraw_scan(issued(), "tải nhầm", CLERK)
    assert (withdrawn.state, withdrawn.versions[0].scan) == ("made", None)
    assert code(lambda: rules.withdraw_scan(withdrawn, "lần nữa", CLERK)) == "no_scan"
    assert rules.add_scan(withdrawn, scan(2), CLERK).state == "issued"
    assert [step.verb for step in withdrawn.steps] == ["scan", "number", "withdraw"]


def test_a_number_is_completed_checked_and_corrected_only_by_who_has_seen_it() -> None:
    first = issued()
    assert first.versions[0].numbered is not None
    assert first.versions[0].numbered.number == "12/BB-HĐTĐKT"
    assert code(lambda: rules.give_number(first, "13", DAY, "BB-HĐTĐKT", CLERK)) == "already_recorded"
    seen = replace(CLERK, replaces=True)
    corrected = rules.give_number(first, "13/BB-HĐTĐKT", DAY, "BB-HĐTĐKT", seen)
    assert rules.numbers_of(corrected) == ["thai-binh|2023|13/BB-HĐTĐKT"]
    scanned = rules.add_scan(record(), scan(), CLERK)
    assert code(lambda: rules.give_number(scanned, "12", date(2023, 12, 26), "BB-HĐTĐKT", CLERK)) == "date_in_future"
    assert code(lambda: rules.give_number(scanned, "12 x", DAY, "BB-HĐTĐKT", CLERK)) == "invalid"
    ballot = rules.add_scan(record("ballot"), scan(), CLERK)
    assert (ballot.state, code(lambda: rules.give_number(ballot, "1", DAY, "", CLERK))) == ("issued", "no_number")


def test_no_two_papers_of_a_province_share_a_number_in_a_year() -> None:
    other = issued("conclusions")
    assert code(lambda: rules.require_free_number(issued(), [other])) == "number_taken"
    rules.require_free_number(issued(), [issued()])
    seen = replace(CLERK, replaces=True)
    rules.require_free_number(rules.give_number(issued(), "12", date(2022, 1, 3), "BB-HĐTĐKT", seen), [other])


def test_the_same_text_made_again_changes_nothing_and_another_text_before_the_scan_does() -> None:
    first = rules.make(record(), made(), "", CLERK)
    assert rules.make(first, made(), "", CLERK) is first
    assert rules.make(first, made("b"), "", CLERK).steps[-1].edition == 1
    scanned = rules.add_scan(first, scan(), CLERK)
    assert code(lambda: rules.make(scanned, made("b"), "", CLERK)) == "has_scan"
    assert code(lambda: rules.add_scan(scanned, scan(2), CLERK)) == "has_scan"
