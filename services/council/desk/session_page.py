"""One session: its head, its agenda by groups, its votes, outcomes and awards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from types import MappingProxyType

from services.council.desk import addresses
from services.council.desk.addresses import OPINIONS, with_query
from services.council.desk.needs import ENDED, Need, changed_items, page_of, session_needs
from services.council.desk.next_steps import NextStep, last_step
from services.council.desk.papers import files_folder, papers_address
from services.council.desk.records import Records
from services.council.desk.session_lines import (
    MemberRow,
    basis_text,
    head_facts,
    item_notes,
    member_rows,
    outcome_line,
    outcome_text,
    removed_lines,
    sentence,
    vote_details,
)
from services.council.desk.subjects import Subjects
from services.council.documents.exports import TABLE_NAMES
from services.council.sessions.outcomes import is_reported, subjects_of
from services.council.state import StoredSession
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.council_rules import CouncilRules
from shared.wording.agenda_changes import AWAITS_DECISION
from shared.wording.citations import Citing, Documents

GROUPS = ("I. Nội dung xin ý kiến Hội đồng", "II. Nội dung báo cáo Hội đồng")

_LONG_LIST = 12


@dataclass(frozen=True, slots=True)
class SessionData:
    """What the pages of one session are made from.

    ``documents`` are the source documents by their keys, ``session_names`` the names of sessions by id.
    """

    stored: StoredSession
    subjects: Subjects
    documents: Documents
    records: Records
    rules: CouncilRules
    today: date
    session_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A unit or nominee of an item, the address of its evidence, and what is said of it; each may be empty."""

    name: str
    why: str
    marks: Sequence[str]
    award: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of the agenda. ``votes`` are the sums of its vote, ``exceptions`` the subjects with another outcome.

    ``ask`` is where other agencies are asked about it; empty where it is about no award, or the session is over.
    """

    number: int
    title: str
    supplement: bool
    subjects: Sequence[SubjectRow]
    long: bool
    changed: bool
    opinions: Sequence[str]
    cite: str
    notes: Sequence[str]
    outcome: str
    exceptions: Sequence[str]
    votes: Sequence[str]
    ask: str


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Neighbouring items that the council is asked about, or that are reported to it."""

    name: str
    rows: Sequence[ItemRow]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed about a fixed item: its number, and the sentence."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """The page of a session.

    ``papers`` is the address of its papers, ``first`` its first sentence, ``last_step`` what was done last, ``steps``
    what its reader can do now, ``stamp`` the audit chain's head. ``tables`` are files with its agenda and decisions,
    for a reader who may have them: pairs of a name and an address.
    """

    address: str
    papers: str
    opinions: str
    first: str
    needs: Sequence[Need]
    changes: Sequence[Change]
    facts: Sequence[tuple[str, str]]
    members: Sequence[MemberRow]
    attended: bool
    answered: bool
    numbered: bool
    groups: Sequence[ItemGroup]
    count: int
    decided: bool
    removed: Sequence[str]
    awards: str
    last_step: str
    steps: Sequence[NextStep] = ()
    version: int = 0
    stamp: str = ""
    tables: Sequence[tuple[str, str]] = ()


def tables_of(stored: StoredSession) -> list[tuple[str, str]]:
    """The agenda and the decisions of a session as Excel workbooks: pairs of a name and an address."""
    folder = f"{files_folder(stored)}/tables"
    return [(f"{TABLE_NAMES[table]} (Excel)", f"{folder}/{table}.xlsx") for table in ("agenda", "decisions")]


def session_view(data: SessionData) -> SessionView:
    """The page of a session, as it stands."""
    agenda = data.stored.agenda
    changes = change_lines(data)
    proposed, given, revoked = _award_counts(data)
    return SessionView(
        address=page_of(data.stored),
        papers=papers_address(data.stored),
        opinions=with_query(OPINIONS, phien=data.stored.id),
        first=first_sentence(agenda, len(changes)),
        needs=session_needs(data.stored, data.rules, data.today, proposed),
        changes=changes,
        facts=head_facts(agenda),
        members=member_rows(agenda, data.subjects.register),
        attended=bool(agenda.meeting and agenda.meeting.attendance),
        answered=bool(agenda.meeting and agenda.meeting.confirmations),
        numbered=agenda.numbered,
        groups=_groups(data),
        count=len(agenda.items),
        decided=bool(agenda.outcomes) or agenda.phase == "held",
        removed=removed_lines(agenda),
        awards=_awards_text(proposed, given, revoked),
        last_step=last_step(data.stored),
        version=data.stored.meeting.version,
    )


def first_sentence(agenda: Agenda, changes: int) -> str:
    """The first sentence of a session's page: what is left to do before the freeze, what has changed after it."""
    match agenda.phase:
        case "planned" | "drafted":
            counts = [
                (sum(item.kind == "open_report" for item in agenda.items), "báo cáo chưa nhận đủ"),
                (_units(agenda, "for_judgement"), "đơn vị chờ thẩm định"),
                (_units(agenda, "held"), "trường hợp tạm dừng xét"),
            ]
            left = [f"{count} {words}" for count, words in counts if count]
            return f"Chưa chốt. Còn {', '.join(left)}." if left else "Chưa chốt. Không còn việc chờ số liệu."
        case "cancelled":
            return "Phiên họp đã hủy."
        case "historical":
            return "Phiên họp đã qua trước khi ban hành kế hoạch; chỉ có các nhiệm vụ của kế hoạch."
        case _:
            if changes:
                return f"Số liệu của {changes} nội dung đã thay đổi từ khi chốt."
            return "Số liệu không thay đổi từ khi chốt."


def _units(agenda: Agenda, kind: str) -> int:
    return len({unit for item in agenda.items if item.kind == kind for unit in item.units})


def change_lines(data: SessionData) -> list[Change]:
    """What has changed since the freeze, item by item."""
    return [Change(item.number, _change_text(item, data)) for item in changed_items(data.stored.agenda)]


def _change_text(item: AgendaItem, data: SessionData) -> str:
    if text := data.records.change(item, data.subjects.name, data.subjects.register):
        return f"{text}."
    if item.supplement and not item.changed:
        return "Nội dung bổ sung sau khi chốt."
    now = "; ".join(data.subjects.now(item))
    return f"Số liệu đã thay đổi; theo số liệu mới nhất: {now or 'không còn trường hợp nào'}."


def grouped(agenda: Agenda) -> list[tuple[str, list[AgendaItem]]]:
    """The items in the order of the agenda, by their group's name; a group that moves parted is named again."""
    seen, groups = set[bool](), list[tuple[str, list[AgendaItem]]]()
    for reported, items in groupby(agenda.items, key=is_reported):
        groups.append((f"{GROUPS[reported]}{' (tiếp)' if reported in seen else ''}", list(items)))
        seen.add(reported)
    return groups


def _groups(data: SessionData) -> list[ItemGroup]:
    citing = Citing(data.documents)
    return [
        ItemGroup(name, [_row(item, data, citing) for item in group]) for name, group in grouped(data.stored.agenda)
    ]


def _row(item: AgendaItem, data: SessionData, citing: Citing) -> ItemRow:
    agenda = data.stored.agenda
    subjects = _subject_rows(item, data)
    return ItemRow(
        number=item.number,
        title=item.title,
        supplement=item.supplement,
        subjects=subjects,
        long=len(subjects) > _LONG_LIST,
        changed=item.changed or item.change is not None,
        opinions=data.records.opinions_on(item, data.subjects.register),
        cite=basis_text(item, citing),
        notes=item_notes(item, data.session_names),
        outcome=sentence(outcome_text(item, agenda) or "chưa có kết quả"),
        exceptions=_exceptions(item, data),
        votes=_votes(item, data),
        ask=(
            addresses.with_query(addresses.ASK, phien=data.stored.id, noi_dung=item.id)
            if item.award is not None and data.stored.phase not in ENDED
            else ""
        ),
    )


def _subject_rows(item: AgendaItem, data: SessionData) -> list[SubjectRow]:
    return [
        SubjectRow(
            name=data.subjects.name(subject),
            why=data.subjects.why(item, subject),
            marks=[
                words
                for words, holds in (
                    ("đã đề nghị", subject in item.proposed),
                    ("đã rút đề nghị", data.subjects.is_withdrawn(subject)),
                )
                if holds
            ],
            award=data.records.award_state(item, subject),
        )
        for subject in subjects_of(item)
    ]


def _exceptions(item: AgendaItem, data: SessionData) -> list[str]:
    """The subjects of an item whose outcome differs from the item's, each with it."""
    outcomes = data.stored.agenda.outcomes
    recorded = next((outcome.given for outcome in outcomes if outcome.given.item == item.id), None)
    return [
        f"{data.subjects.name(exception.subject)}: {outcome_line(exception.outcome, exception.reason)}"
        for exception in (recorded.exceptions if recorded else ())
    ]


def _votes(item: AgendaItem, data: SessionData) -> list[str]:
    vote = next((vote for vote in data.stored.meeting.votes if vote.given.item == item.id), None)
    return vote_details(vote, data.subjects.name) if vote else []


def _award_counts(data: SessionData) -> tuple[int, int, int]:
    """How many of the session's subjects are proposed without a decision yet, awarded, and revoked."""
    states: list[str] = []
    for item in data.stored.agenda.items:
        if item.kind in ("candidates", "nominations") or item.other_kind == "carried_over":
            states += [data.records.award_state(item, subject) for subject in subjects_of(item)]
    return _starting(states, AWAITS_DECISION), _starting(states, "Đã có"), _starting(states, "Đã hủy")


def _starting(states: Iterable[str], beginning: str) -> int:
    return sum(state.startswith(beginning) for state in states)


def _awards_text(proposed: int, given: int, revoked: int) -> str:
    counts = ((proposed, "chờ quyết định"), (given, "đã có quyết định"), (revoked, "đã hủy bỏ quyết định"))
    parts = [f"{count} {words}" for count, words in counts if count]
    return sentence(", ".join(parts))
