"""The chair's page, and a member's page for a telephone: what has to be decided, in few lines. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.needs import page_of
from services.council.desk.papers import papers_address
from services.council.desk.records import movement_of
from services.council.desk.session_lines import (
    BEFORE_HELD,
    minutes_wait,
    sentence,
    status_text,
    time_text,
)
from services.council.desk.session_page import Change, SessionData, change_lines
from services.council.sessions.attendance import members_on, needed
from services.council.sessions.lifecycle import ALLOWED
from services.council.sessions.outcomes import is_reported, subjects_of
from shared.contracts.council import AgendaItem

_NO_CHANGES: Final = "Số liệu không thay đổi từ khi chốt."
_NO_TIES: Final = "Không có trường hợp đồng hạng phải chọn."
_NO_HOLDS: Final = "Không có trường hợp tạm dừng xét."
_LONG_LIST: Final = 12


@dataclass(frozen=True, slots=True)
class Weighed:
    """An item that the chair must weigh: its number, title, and the subjects with the addresses of their evidence."""

    number: int
    title: str
    subjects: Sequence[tuple[str, str]]
    long: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that the chair must weigh. ``empty`` is said where there is nothing of it."""

    name: str
    rows: Sequence[Weighed]
    empty: str


@dataclass(frozen=True, slots=True)
class ChairView:
    """The chair's page of a session; ``numbered``: its items have the numbers that people quote.

    ``can_approve``: the minutes wait for the chair. ``can_cancel``: the session has not begun.
    """

    address: str
    first: str
    when: str
    place: str
    attendance: str
    numbered: bool
    sections: Sequence[Section]
    changes: Sequence[Change]
    changes_empty: str
    can_approve: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member's page: when and where, and the lines worth knowing before the session."""

    address: str
    papers: str
    facts: Sequence[tuple[str, str]]
    first: str
    lines: Sequence[str]


def chair_view(data: SessionData) -> ChairView:
    """What the chair has to decide before the awards, and what has changed since the freeze."""
    agenda, meeting = data.stored.agenda, data.stored.meeting
    readings, ties, holds = _of(data, _is_open_reading), _of(data, _is_tie(data)), _of(data, _is_hold)
    waiting = _of(data, _waits)
    changes = change_lines(data)
    head = meeting.head
    return ChairView(
        address=page_of(data.stored),
        first=_chair_sentence(readings, ties, waiting, holds, changes),
        when=sentence(time_text(head) or "chưa có ngày họp"),
        place=(head.place if head else None) or "Chưa ghi nơi họp",
        attendance=_attendance(data),
        numbered=agenda.numbered,
        sections=[
            Section("Cách hiểu cần quyết định trước", readings, "Không có tiêu chuẩn nào còn hai cách hiểu."),
            Section("Đồng hạng, nhiều hơn số lượng được tặng", ties, _NO_TIES),
            Section("Chờ thẩm định", waiting, "Không có đơn vị chờ thẩm định."),
            Section("Tạm dừng xét", holds, _NO_HOLDS),
        ],
        changes=changes,
        changes_empty=(_NO_CHANGES if agenda.numbered else "Chưa chốt chương trình; số liệu còn cập nhật."),
        can_approve=data.stored.phase in ALLOWED["approve_minutes"] and minutes_wait(meeting),
        can_cancel=data.stored.phase in ALLOWED["cancel"],
    )


def _of(data: SessionData, weighed: Callable[[AgendaItem], bool]) -> list[Weighed]:
    rows: list[Weighed] = []
    for item in filter(weighed, data.stored.agenda.items):
        subjects = [(data.subjects.name(subject), data.subjects.why(item, subject)) for subject in subjects_of(item)]
        rows.append(Weighed(item.number, item.title, subjects, len(subjects) > _LONG_LIST))
    return rows


def _is_open_reading(item: AgendaItem) -> bool:
    return item.kind == "otherwise"


def _is_hold(item: AgendaItem) -> bool:
    return item.kind == "held"


def _waits(item: AgendaItem) -> bool:
    return item.kind == "for_judgement"


def _is_tie(data: SessionData) -> Callable[[AgendaItem], bool]:
    def is_tie(item: AgendaItem) -> bool:
        plan = data.records.plans.get(movement_of(item))
        quotas = {award.id: award.quota for award in plan.awards} if plan else {}
        quota = quotas.get(item.award or "")
        return item.kind == "candidates" and quota is not None and len(item.units) > quota

    return is_tie


def _chair_sentence(
    readings: Sequence[Weighed],
    ties: Sequence[Weighed],
    waiting: Sequence[Weighed],
    holds: Sequence[Weighed],
    changes: Sequence[Change],
) -> str:
    """The sentence "Cần quyết định trước: …; đồng hạng: …; chờ thẩm định: …; tạm dừng xét: …; thay đổi sau chốt: …"."""
    parts = [
        f"{label}: {count} {what}"
        for label, count, what in (
            ("cần quyết định trước", len(readings), "cách hiểu"),
            ("đồng hạng", len(ties), "danh sách"),
            ("chờ thẩm định", _units(waiting), "đơn vị"),
            ("tạm dừng xét", _units(holds), "đơn vị"),
            ("thay đổi sau chốt", len(changes), "nội dung"),
        )
        if count
    ]
    return sentence(f"{'; '.join(parts)}.") if parts else "Không có điểm nào cần quyết định trước."


def _units(rows: Sequence[Weighed]) -> int:
    return len({name for row in rows for name, _ in row.subjects})


def _attendance(data: SessionData) -> str:
    meeting = data.stored.meeting
    if meeting.head is None or meeting.form == "written":
        return sentence(status_text(data.stored.agenda))
    members = len(members_on(meeting.head, meeting.head.day or data.today))
    least = needed(data.rules.quorum, members)
    if not meeting.attendance:
        words = f"Chưa điểm danh; cần ít nhất {least}/{members} thành viên"
        coming = sum(entry.given.state == "present" for entry in meeting.confirmations)
        return f"{words}; {len(meeting.confirmations)} đã trả lời, {coming} dự họp" if meeting.confirmations else words
    return f"Có mặt {meeting.present}/{members} thành viên; cần ít nhất {least}"


def member_view(data: SessionData) -> MemberView:
    """Day, hour and place, and five lines: what is asked, how many awards, what to weigh, holds, changes."""
    agenda, meeting = data.stored.agenda, data.stored.meeting
    to_ask = [item for item in agenda.items if not is_reported(item)]
    to_weigh = _of(data, lambda item: _is_open_reading(item) or _is_tie(data)(item))
    holds = {unit for item in agenda.items if _is_hold(item) for unit in item.units}
    changes = change_lines(data)
    facts = [
        ("Thời gian", sentence(time_text(meeting.head) or "chưa có ngày họp")),
        ("Địa điểm", (meeting.head.place if meeting.head else None) or "Chưa ghi nơi họp"),
        ("Trạng thái", sentence(status_text(agenda))),
    ]
    return MemberView(
        address=page_of(data.stored),
        papers=papers_address(data.stored),
        facts=facts,
        first=f"{len(to_ask)} nội dung xin ý kiến, {len(to_weigh) + len(holds)} điểm cần cân nhắc.",
        lines=[
            f"Xin ý kiến: {len(to_ask)} nội dung; báo cáo Hội đồng: {len(agenda.items) - len(to_ask)} nội dung.",
            _awards_line(to_ask),
            f"Cần cân nhắc: {'; '.join(row.title for row in to_weigh)}."
            if to_weigh
            else "Không có đồng hạng phải chọn.",
            f"Tạm dừng xét: {data.subjects.listed(sorted(holds))}." if holds else _NO_HOLDS,
            _changes_line(data, changes),
        ],
    )


def _awards_line(to_ask: Sequence[AgendaItem]) -> str:
    """How many units and nominees the council is asked about, and on how many lists."""
    lists = [item for item in to_ask if item.kind in ("candidates", "nominations")]
    subjects = sum(len(subjects_of(item)) for item in lists)
    return (
        f"Xét đề nghị tặng: {subjects} trường hợp trong {len(lists)} danh sách." if lists else "Không xét khen thưởng."
    )


def _changes_line(data: SessionData, changes: Sequence[Change]) -> str:
    if not data.stored.agenda.numbered:
        return "Chương trình chưa chốt." if data.stored.phase in BEFORE_HELD else "Chương trình không đánh số."
    if not changes:
        return _NO_CHANGES
    numbers = ", ".join(str(change.number) for change in changes)
    return f"Số liệu đã thay đổi từ khi chốt ở nội dung số {numbers}."
