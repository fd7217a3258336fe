"""Agendas as council publishes them, with the head of a session and its members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from shared.contracts.council import Agenda, AgendaAssembled
from shared.contracts.model import Event
from shared.contracts.sessions import CouncilMeeting, Member, SessionHead
from tests.support.council_desk import event_of
from tests.support.movement import s1

SITTING = date(2023, 12, 21)
MEMBERS = (
    Member(id="tv-1", role="chair", office="Chủ tịch Ủy ban nhân dân tỉnh"),
    Member(id="tv-2", role="member", office="Giám đốc Sở Nội vụ", unit="so-noi-vu"),
    Member(id="tv-3", role="member", office="Chủ tịch Hội Nông dân tỉnh"),
)


def agenda(
    version: int,
    phase: str = "frozen",
    day: date | None = SITTING,
    place: str = "Phòng họp số 1",
    members: Sequence[Member] = MEMBERS,
) -> Event:
    """The event of a session's agenda. ``day`` is local; the sitting begins at 14:00."""
    head = SessionHead(day=day, at=time(14), place=place, chair="tv-1", members=tuple(members))
    given = {
        "session": "P4",
        "name": "Phiên thứ Tư",
        "plan": s1().ref,
        "status": "frozen",
        "version": version,
        "items": (),
        "phase": phase,
        "numbered": True,
        "meeting": CouncilMeeting(head=head),
    }
    return event_of(AgendaAssembled, Agenda.model_validate(given), f"{s1().province}/{s1().id}/P4")
