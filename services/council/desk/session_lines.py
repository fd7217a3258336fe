"""What the pages say about a session: where it stands, who attends, how each item was decided."""

from __future__ import annotations

from collections.abc import Mapping

from services.council.sessions.attendance import needed
from services.council.sessions.lifecycle import PHASE_NAMES, VERB_NAMES, Verb
from services.council.sessions.outcomes import OUTCOME_NAMES
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.sessions import CouncilMeeting, Outcome, Vote, VoteRow
from shared.contracts.units import UnitRegister
from shared.wording.formats import gio_ngay, ngay, so
from shared.wording.unit_names import full_name

_NOT_HELD = "quá thời gian dự kiến, chưa ghi nhận đã họp"
_EXPLAINED: tuple[Verb, ...] = ("reopen", "cancel")
_BEFORE_HELD = frozenset({"planned", "drafted", "frozen"})
_WAYS = {"hands": "giơ tay", "ballots": "bỏ phiếu kín", "written": "lấy ý kiến bằng văn bản"}
_BASES = {
    "total_members": "tổng số thành viên Hội đồng",
    "present": "số thành viên có mặt",
    "valid_ballots": "số phiếu hợp lệ",
}
_STATES = {"present": "có mặt", "excused": "vắng có lý do", "absent": "vắng", "replaced": "dự thay"}


def status_text(agenda: Agenda) -> str:
    """Where a session stands; what nobody has closed is not called closed, whenever its time was."""
    name = PHASE_NAMES[agenda.phase or "planned"]
    meeting = agenda.meeting
    if meeting is not None and meeting.form == "written":
        received = max((vote.given.written for vote in meeting.votes), default=0)
        name += f", lấy ý kiến bằng văn bản, đã nhận {received}/{meeting.members}"
    return f"{name}, {_NOT_HELD}" if agenda.window_over and agenda.phase in _BEFORE_HELD else name


def sitting_lines(agenda: Agenda, register: UnitRegister) -> list[str]:
    """When and where, who chairs, who attends, and how a session was recorded."""
    meeting = agenda.meeting
    if meeting is None:
        return []
    lines: list[str] = []
    if head := meeting.head:
        offices = {member.id: member.office for member in head.members}
        at = f"{head.at:%H:%M} ngày {ngay(head.day)}" if head.at and head.day else ngay(head.day) if head.day else ""
        parts = [
            ("Thời gian", at),
            ("Địa điểm", head.place or ""),
            ("Chủ trì", offices.get(head.chair or "", "")),
            ("Thư ký", head.secretary or ""),
            ("Ý kiến cho phép của Chủ tịch Hội đồng", head.leave or ""),
        ]
        lines += [f"{label}: {value}" for label, value in parts if value]
        if meeting.attendance:
            lines.append(f"Thành viên có mặt, có quyền bỏ phiếu: {meeting.present}/{meeting.members}{_least(meeting)}")
        for entry in meeting.attendance:
            if entry.state == "present":
                continue
            unit = next((member.unit for member in head.members if member.id == entry.member), None)
            office = offices.get(entry.member, "thành viên")
            name = full_name(register, unit) if unit else ""
            of_unit = f" ({name})" if name not in office else ""
            details = ": ".join(text for text in (entry.substitute, entry.reason) if text)
            lines.append(f"{office}{of_unit}: {_STATES[entry.state]}" + (f" ({details})" if details else ""))
    if meeting.recorded:
        lines.append(f"Ghi nhận phiên đã họp, căn cứ: {meeting.recorded}")
    lines += [
        f"{VERB_NAMES[verb].capitalize()} lúc {gio_ngay(step.at)}, lý do: {step.reason}"
        for step in meeting.steps
        for verb in _EXPLAINED
        if step.verb == verb and step.reason
    ]
    return lines


def _least(meeting: CouncilMeeting) -> str:
    """How many members the sitting needed, and whether that is assumed."""
    if (quorum := meeting.quorum) is None:
        return ""
    basis = "; nguồn không nêu, tự chọn" if quorum.basis == "assumed" else ""
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
    base = f"ngưỡng {'từ' if vote.threshold.at_least else 'quá'} {vote.threshold.share} {_BASES[vote.threshold.base]}"
    if len(rows) == 1:
        return f"{way}: {_row_text(rows[0], vote)}; {base}"
    return f"{way}: {so(len(vote.passed))}/{so(len(rows))} trường hợp đạt ngưỡng; {base}"


def _row_text(row: VoteRow, vote: Vote) -> str:
    text = f"đồng ý {row.agree}/{vote.members}, không đồng ý {row.disagree}, không có ý kiến {row.no_opinion}"
    return f"{text}, không hợp lệ {row.invalid}" if row.invalid else text
