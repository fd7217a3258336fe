"""Render the desk's pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from services.council.desk.frame import FRAME, PACKAGE
from services.council.desk.records import NameOf, Records, movement_of
from services.council.desk.session_lines import (
    item_notes,
    outcome_line,
    outcome_text,
    removed_lines,
    sitting_lines,
    status_text,
)
from services.council.state import is_active, nominee_name
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.units import UnitRegister
from shared.runtime.audit.hash_chain import SHORT_HASH_DIGITS, Head
from shared.runtime.http.pages.frame import Page
from shared.runtime.http.pages.rendering import render
from shared.wording.citations import Citing, Documents
from shared.wording.formats import gio_ngay, ngay
from shared.wording.unit_names import full_name

Nominations = Mapping[str, Mapping[str, Sequence[Nomination]]]
"""A province's nominations by movement and award."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A unit or nominee of an item; ``withdrawn``: its nomination was withdrawn. ``award_state`` may be empty."""

    name: str
    proposed: bool
    withdrawn: bool
    award_state: str


@dataclass(frozen=True, slots=True)
class _ItemRow:
    """An agenda item as the page shows it."""

    number: int
    title: str
    supplement: bool
    subjects: Sequence[_Subject]
    changed: bool
    change: str
    current_names: Sequence[str]
    opinions: Sequence[str]
    cite: str
    notes: Sequence[str]
    outcome: str | None
    exceptions: Sequence[str]


@dataclass(frozen=True, slots=True)
class _SessionRow:
    """A session in the list: how many items its agenda has, and how many of them have changed since it was fixed."""

    path: str
    name: str
    status: str
    count: int
    changed: int


@dataclass(frozen=True, slots=True)
class _AgendaView:
    """What the template of an agenda is filled with; instants are written out."""

    agenda: Agenda
    rows: Sequence[_ItemRow]
    status: str
    sitting: Sequence[str]
    removed: Sequence[str]
    has_outcomes: bool
    frozen_at: str | None
    audit_stamp: str | None


@dataclass(frozen=True, slots=True)
class _SessionsView:
    """What the template of the list of sessions is filled with."""

    rows: Sequence[_SessionRow]


def agenda_page(
    agenda: Agenda,
    register: UnitRegister,
    nominations: Nominations,
    documents: Documents,
    changed_at: datetime,
    head: Head | None = None,
    session_names: Mapping[str, str] = MappingProxyType({}),
    records: Records | None = None,
) -> str:
    """A session's agenda as HTML.

    ``documents`` are the source documents by their keys. ``changed_at`` is shown in local time.
    ``head`` of council's audit chain is printed at the foot. ``session_names`` are by session id. ``records`` are what
    stands beside the items.
    """
    records = records or Records()
    citing = Citing(documents)
    rows = [
        _ItemRow(
            number=item.number,
            title=item.title,
            supplement=item.supplement,
            subjects=_subjects(item, register, nominations, records),
            changed=item.changed,
            change=records.change(item, _namer(item, register, nominations), register),
            current_names=_current_names(item, register, nominations) if item.changed and not item.change else [],
            opinions=records.opinions_on(item, register),
            cite=item.cite if item.other_kind == "by_hand" else citing.text(item.cite),
            notes=item_notes(item, session_names),
            outcome=outcome_text(item, agenda),
            exceptions=_exceptions(item, agenda, register, nominations),
        )
        for item in agenda.items
    ]
    view = _AgendaView(
        agenda=agenda,
        rows=rows,
        status=status_text(agenda),
        sitting=sitting_lines(agenda, register),
        removed=removed_lines(agenda),
        has_outcomes=bool(agenda.outcomes),
        frozen_at=gio_ngay(agenda.frozen_at) if agenda.frozen_at else None,
        audit_stamp=_audit_stamp(head) if head else None,
    )
    page = Page(f"Chương trình {agenda.name}", place="/phien", updated_at=changed_at)
    return render(PACKAGE, "agenda.html", view, FRAME, page)


def _exceptions(item: AgendaItem, agenda: Agenda, register: UnitRegister, nominations: Nominations) -> list[str]:
    """The subjects of an item whose outcome differs from the item's, each with it."""
    recorded = next((outcome.given for outcome in agenda.outcomes if outcome.given.item == item.id), None)
    by_id = {nomination.id: nomination for nomination in _nominations_for(item, nominations)}
    lines: list[str] = []
    for exception in recorded.exceptions if recorded else ():
        nomination = by_id.get(exception.subject)
        name = nominee_name(nomination, register) if nomination else _unit_names([exception.subject], register)[0]
        lines.append(f"{name}: {outcome_line(exception.outcome, exception.reason)}")
    return lines


def _audit_stamp(head: Head) -> str:
    """The printed head of the audit chain, which `thidua audit verify council --head` checks."""
    return f"số {head.n} · {head.hash[:SHORT_HASH_DIGITS]} · {ngay(local(datetime.fromisoformat(head.at)).date())}"


def _namer(item: AgendaItem, register: UnitRegister, nominations: Nominations) -> NameOf:
    """Names the units and nominees that an item was or is about."""
    by_id = {nomination.id: nomination for nomination in _nominations_for(item, nominations)}

    def name_of(subject: str) -> str:
        return nominee_name(by_id[subject], register) if subject in by_id else _unit_names([subject], register)[0]

    return name_of


def _subjects(item: AgendaItem, register: UnitRegister, nominations: Nominations, records: Records) -> list[_Subject]:
    """The units and nominees of an item."""
    units = [
        _Subject(name, unit in item.proposed, withdrawn=False, award_state=records.award_state(item, unit))
        for unit, name in zip(item.units, _unit_names(item.units, register), strict=True)
    ]
    by_id = {nomination.id: nomination for nomination in _nominations_for(item, nominations)}
    of_item = [by_id[nomination_id] for nomination_id in item.nominations if nomination_id in by_id]
    return units + [
        _Subject(
            nominee_name(nomination, register),
            proposed=False,
            withdrawn=not is_active(nomination),
            award_state=records.award_state(item, nomination.id),
        )
        for nomination in of_item
    ]


def _current_names(item: AgendaItem, register: UnitRegister, nominations: Nominations) -> list[str]:
    """The names of the units or nominees that a fixed item would be about now."""
    if not item.nominations:
        return _unit_names(item.units_now, register)
    return [nominee_name(n, register) for n in _nominations_for(item, nominations) if is_active(n)]


def _nominations_for(item: AgendaItem, nominations: Nominations) -> Sequence[Nomination]:
    """All nominations for an item's award."""
    return nominations.get(movement_of(item), {}).get(item.award or "", ())


def _unit_names(codes: Iterable[str], register: UnitRegister) -> list[str]:
    """Names of units. Codes are never shown, because they mean nothing to the reader."""
    unknown = "đơn vị chưa có trong danh sách đơn vị"
    return [full_name(register, code) if code in register.by_code else unknown for code in codes]


def sessions_page(agendas: Sequence[tuple[str, Agenda]]) -> str:
    """The list of sessions as HTML. ``agendas`` are pairs of a page's path and its agenda."""
    rows = [
        _SessionRow(
            path=path,
            name=agenda.name,
            status=status_text(agenda),
            count=len(agenda.items),
            changed=sum(item.changed for item in agenda.items),
        )
        for path, agenda in agendas
    ]
    page = Page("Các phiên họp Hội đồng Thi đua - Khen thưởng tỉnh", place="/phien")
    return render(PACKAGE, "sessions.html", _SessionsView(rows), FRAME, page)
