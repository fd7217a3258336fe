"""What the pages say about a session: where it stands, who attends, how each item was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.council.sessions.attendance import needed
from services.council.sessions.lifecycle import PHASE_NAMES, VERB_NAMES, Verb
from services.council.sessions.outcomes import OUTCOME_NAMES
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.council_rules import Threshold
from shared.contracts.sessions import (
    Attendance,
    AttendanceConfirmed,
    Confirmation,
    CouncilMeeting,
    MemberRole,
    Outcome,
    Phase,
    SessionHead,
    Vote,
    VoteRow,
)
from shared.contracts.units import UnitRegister
from shared.wording.citations import Citing
from shared.wording.formats import gio_ngay, ngay, so
from shared.wording.unit_names import full_name

_NOT_HELD = "quá thời gian dự kiến, chưa ghi nhận đã họp"
_EXPLAINED: tuple[Verb, ...] = ("reopen", "cancel")
BEFORE_HELD = frozenset[Phase]({"planned", "drafted", "frozen"})
"""The phases of a session that has not begun."""
_WAYS = {"hands": "giơ tay", "ballots": "bỏ phiếu kín", "written": "lấy ý kiến bằng văn bản"}
_BASES = {
    "total_members": "tổng số thành viên Hội đồng",
    "present": "số thành viên có mặt",
    "valid_ballots": "số phiếu hợp lệ",
}
ATTENDANCE_NAMES = {"present": "có mặt", "excused": "vắng có lý do", "absent": "vắng", "replaced": "cử người dự thay"}
_ANSWERS = {**ATTENDANCE_NAMES, "present": "dự họp"}
ROLES: Mapping[MemberRole, str] = {
    "chair": "Chủ tịch Hội đồng",
    "first_deputy_chair": "Phó Chủ tịch thứ nhất",
    "standing_deputy_chair": "Phó Chủ tịch thường trực",
    "deputy_chair": "Phó Chủ tịch",
    "standing_member": "Ủy viên thường trực",
    "member": "Ủy viên",
    "secretary": "Thư ký",
}
"""The roles of members, as people read them."""


def status_text(agenda: Agenda) -> str:
    """Where a session stands; what nobody has closed is not called closed, whenever its time was."""
    name = PHASE_NAMES[agenda.phase or "planned"]
    meeting = agenda.meeting
    if meeting is not None and meeting.form == "written":
        received = max((vote.given.written for vote in meeting.votes), default=0)
        name += f", lấy ý kiến bằng văn bản, đã nhận {received}/{meeting.members}"
    return f"{name}, {_NOT_HELD}" if is_overdue(agenda) else name


def is_overdue(agenda: Agenda) -> bool:
    """Whether the time planned for a session is over, and nobody has recorded that it was held."""
    return agenda.window_over and agenda.phase in BEFORE_HELD


def sentence(text: str) -> str:
    """A text as a line of its own: its first letter is a capital."""
    return text[:1].upper() + text[1:]


def time_text(head: SessionHead | None) -> str:
    """The hour and the day of a session, as far as they are known: "08:00 ngày 05/12/2023"."""
    if head is None or head.day is None:
        return ""
    return f"{head.at:%H:%M} ngày {ngay(head.day)}" if head.at else f"ngày {ngay(head.day)}"


def head_facts(agenda: Agenda) -> list[tuple[str, str]]:
    """When and where a session is, who chairs it, who attends and how far its minutes are: labels and values."""
    meeting, head = agenda.meeting, agenda.meeting.head if agenda.meeting else None
    chair = next((member.office for member in head.members if member.id == head.chair), "") if head else ""
    facts = [
        ("Trạng thái", sentence(status_text(agenda))),
        ("Chốt chương trình", gio_ngay(agenda.frozen_at) if agenda.frozen_at else ""),
        ("Thời gian", sentence(time_text(head))),
        ("Địa điểm", (head.place if head else None) or ""),
        ("Chủ trì", chair),
        ("Thư ký", (head.secretary if head else None) or ""),
        ("Ý kiến cho phép của Chủ tịch Hội đồng", (head.leave if head else None) or ""),
        ("Có mặt, có quyền bỏ phiếu", _present_text(meeting) if meeting and meeting.attendance else ""),
        ("Ghi nhận phiên đã họp, căn cứ", (meeting.recorded if meeting else None) or ""),
        ("Biên bản", minutes_text(meeting) if meeting and agenda.phase not in BEFORE_HELD else ""),
    ]
    facts += [
        (sentence(VERB_NAMES[verb]), f"{gio_ngay(step.at)}, {step.by}; lý do: {step.reason}")
        for step in (meeting.steps if meeting else ())
        for verb in _EXPLAINED
        if step.verb == verb and step.reason
    ]
    return [(label, value) for label, value in facts if value]


def minutes_text(meeting: CouncilMeeting) -> str:
    """How far the minutes of a session are; reopening the session takes nothing back from them."""
    steps = {step.verb: step for step in meeting.steps}
    if minutes_wait(meeting):
        return f"dự thảo lúc {gio_ngay(steps['draft_minutes'].at)}, chờ ký"
    return f"đã thông qua lúc {gio_ngay(steps['approve_minutes'].at)}" if "approve_minutes" in steps else "chưa lập"


def basis_text(item: AgendaItem, citing: Citing) -> str:
    """What an item is based on; of an item added by hand what was typed, also where a later session took it over."""
    return item.cite if "added" in item.id.split("/") else citing.text(item.cite)


def minutes_wait(meeting: CouncilMeeting) -> bool:
    """Whether minutes are written and not approved since."""
    last = next((step for step in reversed(meeting.steps) if step.verb in ("draft_minutes", "approve_minutes")), None)
    return last is not None and last.verb == "draft_minutes"


def _present_text(meeting: CouncilMeeting) -> str:
    return f"{meeting.present}/{meeting.members} thành viên{_least(meeting)}"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of the council: the office, the role, and how it attends, with the substitute or the reason.

    ``answered`` is what the member has answered to the invitation, or empty.
    """

    office: str
    role: str
    attends: str
    answered: str


def member_rows(agenda: Agenda, register: UnitRegister) -> list[MemberRow]:
    """The members of a session in the order of its head; ``attends`` is empty before attendance was taken."""
    meeting, head = agenda.meeting, agenda.meeting.head if agenda.meeting else None
    if meeting is None or head is None:
        return []
    attendance = {entry.member: entry for entry in meeting.attendance}
    answers = {entry.member: entry for entry in meeting.confirmations}
    rows: list[MemberRow] = []
    for member in head.members:
        unit = full_name(register, member.unit) if member.unit in register.by_code else ""
        office = f"{member.office} ({unit})" if unit and unit not in member.office else member.office
        entry, answer = attendance.get(member.id), answers.get(member.id)
        attends = _attends(ATTENDANCE_NAMES, entry) if entry else ""
        rows.append(MemberRow(office, ROLES[member.role], attends, answer_text(answer) if answer else ""))
    return rows


def answer_text(answer: Confirmation) -> str:
    """What a member has answered to the invitation, and when."""
    return f"{_attends(_ANSWERS, answer.given)}, lúc {gio_ngay(answer.at)}"


def _attends(names: Mapping[str, str], entry: Attendance | AttendanceConfirmed) -> str:
    details = ": ".join(text for text in (entry.substitute, entry.reason) if text)
    return sentence(names[entry.state]) + (f" ({details})" if details else "")


def _least(meeting: CouncilMeeting) -> str:
    """How many members the sitting needed, and whether that is assumed."""
    if (quorum := meeting.quorum) is None:
        return ""
    basis = "; mức tạm áp dụng, cần đối chiếu Quy chế của Hội đồng" if quorum.basis == "assumed" else ""
    return f" (cần ít nhất {needed(quorum, meeting.members)}{basis})"


def removed_lines(agenda: Agenda) -> list[str]:
    """What was taken off the agenda, and why."""
    meeting = agenda.meeting
    return [f"{entry.title}; lý do: {entry.reason}" for entry in (meeting.removed if meeting else ())]


def item_notes(item: AgendaItem, session_names: Mapping[str, str]) -> list[str]:
    """Why an item stands where it stands: deferred by a session, or moved by hand."""
    notes: list[str] = []
    if item.from_session:
        notes.append(f"{session_names.get(item.from_session, 'Phiên trước')} để lại")
    if item.moved:
        reason = f"; lý do: {item.moved.reason}" if item.moved.reason else ""
        notes.append(f"{item.moved.by} đổi vị trí lúc {gio_ngay(item.moved.at)}{reason}")
    return notes


def outcome_line(outcome: Outcome, reason: str | None) -> str:
    """An outcome with its reason."""
    return f"{OUTCOME_NAMES[outcome]}; lý do: {reason}" if reason else OUTCOME_NAMES[outcome]


def outcome_text(item: AgendaItem, agenda: Agenda) -> str | None:
    """How an item was decided, with the sums of its vote; None while it is not."""
    recorded = next((outcome.given for outcome in agenda.outcomes if outcome.given.item == item.id), None)
    votes = agenda.meeting.votes if agenda.meeting else ()
    vote = next((vote for vote in votes if vote.given.item == item.id), None)
    counted = vote_text(vote) if vote else ""
    if recorded is None:
        return f"chưa có kết quả ({counted})" if counted else None
    return outcome_line(recorded.outcome, recorded.reason) + (f" ({counted})" if counted else "")


def vote_text(vote: Vote) -> str:
    """The sums of a vote: "giơ tay: đồng ý 9/12, không đồng ý 2, không có ý kiến 1"."""
    rows = vote.given.rows
    way = _WAYS[vote.given.way]
    base = threshold_text(vote.threshold)
    whole = next((row for row in rows if row.subject is None), rows[0] if len(rows) == 1 else None)
    if whole is not None:
        return f"{way}: {_row_text(whole, vote)}; {base}"
    return f"{way}: {so(len(vote.passed))}/{so(len(rows))} trường hợp đạt ngưỡng; {base}"


def threshold_text(threshold: Threshold) -> str:
    """The clause "ngưỡng quá 1/2 tổng số thành viên Hội đồng"."""
    return f"ngưỡng {'từ' if threshold.at_least else 'quá'} {threshold.share} {_BASES[threshold.base]}"


def vote_details(vote: Vote, name_of: Callable[[str], str]) -> list[str]:
    """The sums of a vote on several subjects, one line each, and the ballots with who counted them."""
    rows = [row for row in vote.given.rows if row.subject is not None]
    lines = [f"{name_of(row.subject or '')}: {_row_text(row, vote)}" for row in rows] if len(rows) > 1 else []
    if (ballots := vote.given.ballots) is not None:
        counts = f"phát ra {ballots.handed_out}, thu về {ballots.returned}"
        lines.append(f"Phiếu: {counts}, hợp lệ {ballots.valid}, không hợp lệ {ballots.invalid}")
    if vote.given.written:
        lines.append(f"Ý kiến bằng văn bản của thành viên vắng mặt: {vote.given.written}")
    if vote.given.counters:
        lines.append(f"Ban kiểm phiếu: {'; '.join(vote.given.counters)}")
    return lines


def _row_text(row: VoteRow, vote: Vote) -> str:
    text = f"đồng ý {row.agree}/{vote.members}, không đồng ý {row.disagree}, không có ý kiến {row.no_opinion}"
    return f"{text}, không hợp lệ {row.invalid}" if row.invalid else text
