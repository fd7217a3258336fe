"""Who belongs to the council on a day, who attends with a vote, and whether that is a quorum: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.council.sessions.problem import SessionProblem
from shared.contracts.council_rules import CouncilRules, Quorum, fraction
from shared.contracts.sessions import Attendance, AttendanceConfirmed, CouncilMeeting, Member, SessionHead


@dataclass(frozen=True, slots=True)
class Electorate:
    """The members of the council, those present with a vote, and the unit that each member's office heads."""

    members: frozenset[str]
    present: frozenset[str]
    units: dict[str, str]


def members_on(head: SessionHead | None, day: date) -> list[Member]:
    """The members whose time covers a local day."""
    return [
        member
        for member in (head.members if head else ())
        if (member.first is None or member.first <= day) and (member.last is None or day <= member.last)
    ]


def electorate(
    head: SessionHead | None, attendance: Iterable[Attendance], rules: CouncilRules, day: date
) -> Electorate:
    """Who may vote on a local day. A substitute votes for the member replaced only where the plan has it so."""
    voting = {"present", "replaced"} if rules.substitutes == "vote" else {"present"}
    members = members_on(head, day)
    ids = frozenset(member.id for member in members)
    present = frozenset(entry.member for entry in attendance if entry.state in voting) & ids
    return Electorate(ids, present, {member.id: member.unit for member in members if member.unit})


def needed(quorum: Quorum, members: int) -> int:
    """How many members a quorum needs: the share of all members, rounded up."""
    numerator, denominator = fraction(quorum.share)
    return -(-members * numerator // denominator)


def require_quorum(voters: Electorate, quorum: Quorum) -> None:
    """Raise ``SessionProblem`` where no sitting may begin: no members are known, or too few are present."""
    members, present = len(voters.members), len(voters.present)
    if not members:
        raise SessionProblem(409, "no_members", "Chưa có danh sách thành viên Hội đồng cho ngày họp.")
    if present < (least := needed(quorum, members)):
        detail = f"Chưa bắt đầu được phiên họp: có mặt {present}/{members} thành viên, cần ít nhất {least}."
        raise SessionProblem(409, "no_quorum", detail)


def check_head(head: SessionHead, units: Iterable[str]) -> None:
    """Raise ``SessionProblem`` for a member listed twice, a chair who is no member, or a unit that does not exist."""
    ids = [member.id for member in head.members]
    _require_once(ids, "/members")
    if head.chair is not None and head.chair not in ids:
        raise SessionProblem(422, "unknown_member", "Người chủ trì không có trong danh sách thành viên.", "/chair")
    codes = frozenset(units)
    for n, member in enumerate(head.members):
        if member.unit is not None and member.unit not in codes:
            raise SessionProblem(422, "unknown_unit", f"Không có đơn vị mang mã “{member.unit}”.", f"/members/{n}/unit")


def checked_attendance(given: Sequence[Attendance], head: SessionHead | None) -> tuple[Attendance, ...]:
    """The attendance with the members' own substitutes filled in. Raises ``SessionProblem`` naming what is wrong."""
    by_id = {member.id: member for member in (head.members if head else ())}
    _require_once([entry.member for entry in given], "/members")
    checked: list[Attendance] = []
    for n, entry in enumerate(given):
        member = by_id.get(entry.member)
        if member is None:
            detail = f"Không có thành viên mang mã “{entry.member}” trong danh sách."
            raise SessionProblem(422, "unknown_member", detail, f"/members/{n}/member")
        substitute = entry.substitute or member.substitute
        if entry.state == "replaced" and substitute is None:
            detail = f"Chưa ghi chức danh người dự thay {member.office}."
            raise SessionProblem(422, "no_substitute", detail, f"/members/{n}/substitute")
        kept = substitute if entry.state == "replaced" else None
        checked.append(entry.model_copy(update={"substitute": kept}))
    return tuple(checked)


def check_confirmation(given: AttendanceConfirmed, member: str, head: SessionHead | None) -> AttendanceConfirmed:
    """A member's answer with the member's own substitute filled in. Raises ``SessionProblem`` naming what is wrong."""
    answering = next((entry for entry in (head.members if head else ()) if entry.id == member), None)
    if answering is None:
        detail = "Tài khoản này chưa gắn với thành viên nào của phiên họp; liên hệ Thư ký Hội đồng."
        raise SessionProblem(403, "not_a_member", detail)
    if given.state == "excused" and given.reason is None:
        raise SessionProblem(422, "reason_needed", "Vắng mặt phải ghi lý do.", "/reason")
    substitute = given.substitute or answering.substitute
    if given.state == "replaced" and substitute is None:
        raise SessionProblem(422, "no_substitute", "Ghi chức danh người dự thay.", "/substitute")
    return given.model_copy(update={"substitute": substitute if given.state == "replaced" else None})


def proposed_attendance(meeting: CouncilMeeting) -> dict[str, Attendance]:
    """How the form of attendance is filled before it is recorded, by member: as it is recorded, else as answered."""
    answered = {
        entry.member: Attendance(member=entry.member, **entry.given.model_dump()) for entry in meeting.confirmations
    }
    return answered | {entry.member: entry for entry in meeting.attendance}


def _require_once(ids: Sequence[str], pointer: str) -> None:
    twice = [member for member, times in Counter(ids).items() if times > 1]
    if twice:
        raise SessionProblem(422, "member_twice", f"Thành viên “{twice[0]}” được ghi hai lần.", pointer)
