"""A member's own answer to the invitation, on the member's page. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.council.desk.session_lines import answer_text
from services.council.desk.sitting_pages import MemberView
from services.council.sessions.lifecycle import ALLOWED
from services.council.state import StoredSession


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What the reader is asked. ``sentence`` is what is recorded, or why nothing is asked; the rest fills the form."""

    sentence: str
    is_asked: bool = False
    state: str = ""
    substitute: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MemberPage:
    """The member's page with the part that is the reader's own; None for readers who are no members by their role."""

    member: MemberView
    own: OwnAnswer | None


def own_answer(session: StoredSession, person: str) -> OwnAnswer:
    """What the member whose account has this id is asked about a session; the id is the member's (0090)."""
    meeting = session.meeting
    member = next((entry for entry in (meeting.head.members if meeting.head else ()) if entry.id == person), None)
    if meeting.head is None or not meeting.head.members:
        return OwnAnswer("Phiên họp chưa có danh sách thành viên; trả lời dự họp khi có giấy mời.")
    if member is None:
        return OwnAnswer("Tài khoản này chưa gắn với thành viên nào của phiên họp; liên hệ Thư ký Hội đồng.")
    answer = next((entry for entry in meeting.confirmations if entry.member == person), None)
    sentence = f"Đã trả lời: {answer_text(answer)}." if answer else f"{member.office}: chưa trả lời dự họp."
    if session.phase not in ALLOWED["confirm"]:
        return OwnAnswer(sentence if answer else "Đã hết thời gian trả lời; liên hệ Thư ký Hội đồng.")
    given = answer.given if answer else None
    return OwnAnswer(
        sentence=sentence,
        is_asked=True,
        state=given.state if given else "",
        substitute=(given.substitute if given else member.substitute) or "",
        reason=(given.reason if given else "") or "",
    )
