"""How many members are present with a vote, and whether that is a quorum: always in view. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.council.desk.session_page import SessionData
from services.council.sessions.attendance import Electorate, electorate, needed


@dataclass(frozen=True, slots=True)
class Presence:
    """The sentence, and whether a sitting may begin or go on."""

    words: str
    enough: bool


def voters_of(data: SessionData) -> Electorate:
    """Who may vote on the session's day; without a day, today."""
    head = data.stored.meeting.head
    day = (head.day if head else None) or data.today
    return electorate(head, data.stored.meeting.attendance, data.rules, day)


def presence(data: SessionData) -> Presence:
    """The attendance as it is recorded."""
    meeting, who = data.stored.meeting, voters_of(data)
    members, present = len(who.members), len(who.present)
    if not members:
        return Presence("Chưa có danh sách thành viên Hội đồng cho ngày họp.", enough=False)
    if meeting.form == "written":
        return Presence(f"Lấy ý kiến bằng văn bản của {members} thành viên.", enough=True)
    least = needed(data.rules.quorum, members)
    if not meeting.attendance:
        return Presence(f"Chưa điểm danh; cần ít nhất {least}/{members} thành viên.", enough=False)
    return Presence(f"Có mặt {present}/{members} thành viên; cần ít nhất {least}.", enough=present >= least)
