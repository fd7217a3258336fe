"""Agendas as council publishes them, sessions as notify knows them, and the messages about a session in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from services.notify.sittings import Session, due_messages
from shared.contracts.council import Agenda, AgendaAssembled
from shared.contracts.invitations import Invitation
from shared.contracts.model import VIETNAM, Event
from shared.contracts.sessions import CouncilMeeting, Member, SessionHead
from shared.plans.working_days import viet_nam
from tests.support.council_desk import event_of
from tests.support.movement import s1
from tests.support.provinces import OFFICE

SITTING = date(2023, 12, 21)
"""A Thursday."""

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


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), VIETNAM)


def session(
    day: date | None = SITTING, hour: int = 14, place: str | None = "Phòng họp số 1", **more: object
) -> Session:
    head = SessionHead(day=day, at=time(hour), place=place, chair="tv-1", members=MEMBERS)
    given = {"id": "P2", "plan": s1().ref, "name": "Phiên thứ Hai", "version": 1, "phase": "frozen", "head": head}
    return Session.model_validate({**given, **more})


class Notified:
    """The messages of a session, kept in memory, as notify keeps them in its database."""

    def __init__(self) -> None:
        self.by_member: dict[str, list[Invitation]] = defaultdict(list)

    def at(self, of: Session, now: datetime) -> list[tuple[str, str]]:
        """The members notified at an instant, each with the kind of message; a second look notifies nobody."""
        due = due_messages(of, self.by_member, OFFICE, time(8), viet_nam(), now)
        ids = {message.id for messages in self.by_member.values() for message in messages}
        assert not ids & {message.id for message in due}
        for message in due:
            self.by_member[message.member].append(message)
        assert due_messages(of, self.by_member, OFFICE, time(8), viet_nam(), now) == []
        return [(message.member, message.kind) for message in due]

    def days(self, of: Session, first: date, last: date) -> list[tuple[date, str]]:
        """The days on which the second member is notified, looking at each hour from the first day to the last."""
        sent: list[tuple[date, str]] = []
        now = at(first, 0)
        while now.date() <= last:
            sent += [(now.date(), kind) for member, kind in self.at(of, now) if member == "tv-2"]
            now += timedelta(hours=1)
        return sent
