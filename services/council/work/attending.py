"""*Điểm danh*: how each member attends, and whether the session may begin. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.session_lines import ATTENDANCE_NAMES, member_rows, sentence
from services.council.desk.session_page import SessionData
from services.council.sessions.attendance import members_on, proposed_attendance
from services.council.sessions.lifecycle import ALLOWED, PHASE_NAMES
from services.council.work.presence import Presence, presence

_STATES: Final = [(state, sentence(words)) for state, words in ATTENDANCE_NAMES.items()]


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member in the form: as recorded, otherwise as the member has answered; without either ``state`` is empty.

    ``attends`` is what is recorded, in words, and ``answered`` what the member has answered, and when.
    """

    id: str
    office: str
    role: str
    state: str
    substitute: str
    reason: str
    attends: str
    answered: str


@dataclass(frozen=True, slots=True)
class AttendingView:
    """The page. ``editable``: attendance can be recorded now; ``startable``: the next step is to begin,
    which counts the attendance that is recorded and not what is marked in the form.

    ``running``: the session has begun, and people come and go. ``closed`` says why nothing can be recorded.
    """

    address: str
    version: int
    first: Presence
    editable: bool
    startable: bool
    running: bool
    closed: str
    written: bool
    members: Sequence[MemberLine]
    states: Sequence[tuple[str, str]]


def attending_view(data: SessionData) -> AttendingView:
    """The page of one session as it stands."""
    stored, meeting = data.stored, data.stored.meeting
    head = meeting.head
    on_the_day = {member.id: member for member in members_on(head, (head.day if head else None) or data.today)}
    proposed = proposed_attendance(meeting)
    shown = zip(head.members if head else (), member_rows(stored.agenda, data.subjects.register), strict=True)
    members = [
        MemberLine(
            id=member.id,
            office=row.office,
            role=row.role,
            state=entry.state if entry else "",
            substitute=(entry.substitute if entry else None) or member.substitute or "",
            reason=(entry.reason if entry else None) or "",
            attends=row.attends or "Chưa ghi",
            answered=row.answered,
        )
        for member, row in shown
        if member.id in on_the_day
        for entry in (proposed.get(member.id),)
    ]
    editable = stored.phase in ALLOWED["attendance"]
    return AttendingView(
        address=page_of(stored),
        version=meeting.version,
        first=presence(data),
        editable=editable and bool(members),
        startable=stored.phase in ALLOWED["start"] and (bool(meeting.attendance) or meeting.form == "written"),
        running=stored.phase == "held",
        closed="" if editable else f"Phiên họp đang ở trạng thái “{PHASE_NAMES[stored.phase]}”; {_when(stored.phase)}.",
        written=meeting.form == "written",
        members=members,
        states=_STATES,
    )


def _when(phase: str) -> str:
    return "điểm danh sau khi chốt chương trình" if phase in ALLOWED["freeze"] else "không ghi điểm danh nữa"
