"""The first page of the desk: what must be done now, what has changed, who is late, and the year. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from textwrap import shorten
from typing import Final

from services.council.desk.acts_done import Act
from services.council.desk.needs import ENDED, RECORD, Need, day_of, next_session, page_of, session_needs
from services.council.desk.records import Records
from services.council.desk.reporting import (
    LateReport,
    Reported,
    ReportRow,
    late_reports,
    next_deadline,
    report_rows,
)
from services.council.desk.session_lines import BEFORE_HELD, is_overdue
from services.council.desk.session_list import when_text
from services.council.desk.subjects import Subjects
from services.council.sessions.outcomes import subjects_of
from services.council.state import StoredSession
from shared.contracts.council import ItemChange
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import local
from shared.contracts.obligations import Window
from shared.contracts.people import Person
from shared.plans.working_days import WARNING_DAYS, WorkingDays, viet_nam
from shared.runtime.http.pages.pictures import Picture, ReportedBar, YearEvent, reported_bars, year_line
from shared.wording.agenda_changes import AWAITS_DECISION
from shared.wording.formats import gio_ngay, ngay, thoi_han

_MOST_CHANGES: Final = 20
_FEW: Final = 6
_NAME_LENGTH: Final = 90


@dataclass(frozen=True, slots=True)
class OverviewData:
    """What the first page is made from. ``now`` is an aware instant; ``looked_at`` when the reader last marked it seen.

    ``windows`` are the times that the plans set for sessions and ``rules`` the rules of their councils, by session id.
    ``year`` is the year that the reader asked for.
    """

    person: Person
    now: datetime
    looked_at: datetime | None
    sessions: Sequence[StoredSession]
    windows: Mapping[str, Window]
    rules: Mapping[str, CouncilRules]
    subjects: Subjects
    records: Records
    reports: Sequence[Reported]
    acts: Sequence[Act]
    year: int | None = None
    calendar: WorkingDays = field(default_factory=viet_nam)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that has changed: when, by whom, what, and the page that shows it; the last may be empty."""

    at: datetime
    by: str
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class LateRow:
    """A late report as the page shows it."""

    what: str
    plan: str
    due: str
    days: int
    owners: Sequence[str]
    long: bool


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """How far one report is: in, expected and late. ``owner`` is its only agency, or empty."""

    what: str
    plan: str
    owner: str
    due: str
    expected: int
    received: int
    late: int


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The first page. ``first`` are its first sentences, ``years`` the years beside the one that is shown.

    ``seen`` is the instant, in milliseconds of Unix time, up to which the form marks the changes as seen.
    """

    first: Sequence[str]
    session: tuple[str, str] | None
    needs: Sequence[Need]
    warning: str
    since: str
    changes: Sequence[ChangeRow]
    more_changes: int
    seen: int
    late: Sequence[LateRow]
    line: Picture
    bars: Picture
    expected: Sequence[ExpectedRow]
    year: int
    years: Sequence[int]


@dataclass(frozen=True, slots=True)
class YearShown:
    """What the first page shows of a year, whoever reads it; ``late`` is of every year."""

    line: Picture
    bars: Picture
    expected: Sequence[ExpectedRow]
    late: Sequence[LateRow]


def year_shown(data: OverviewData, year: int) -> YearShown:
    """The pictures and reports of a year."""
    today = local(data.now).date()
    expected = [_expected_row(row, data) for row in report_rows(data.reports, year, today)]
    return YearShown(
        line=year_line(year, _events(data, data.reports, year, today), today),
        bars=reported_bars([ReportedBar(_bar_name(row), row.expected, row.received, row.late) for row in expected]),
        expected=expected,
        late=[_late_row(entry, data) for entry in late_reports(data.reports, today)],
    )


def overview(data: OverviewData, shown_of: Callable[[OverviewData, int], YearShown] = year_shown) -> OverviewView:
    """The first page for one reader. ``shown_of`` may return what ``year_shown`` returned before."""
    today = local(data.now).date()
    rows = data.reports
    coming = next_session(data.sessions, today)
    needs = _needs(data, coming, today)
    late_count = sum(row.days_late(today) > 0 for row in rows)
    changes = changes_since(data)
    years = _years(data, today)
    year = data.year or _year_to_show(coming, data.windows, years, today)
    shown = shown_of(data, year)
    return OverviewView(
        first=_first(data, coming, len(needs), late_count, rows, changes, today),
        session=(coming.agenda.name, page_of(coming)) if coming else None,
        needs=[*needs, *([Need(f"{late_count} báo cáo chậm.", "/#bao-cao-cham")] if late_count else [])],
        warning=calendar_warning(data.calendar, data.person, today),
        since=_since(data.looked_at),
        changes=changes[:_MOST_CHANGES],
        more_changes=max(len(changes) - _MOST_CHANGES, 0),
        seen=int(data.now.timestamp() * 1000),
        late=shown.late,
        line=shown.line,
        bars=shown.bars,
        expected=shown.expected,
        year=year,
        years=sorted(years - {year}),
    )


def _needs(data: OverviewData, coming: StoredSession | None, today: date) -> list[Need]:
    """What the next session lacks, then what earlier sessions left undone."""
    others = [s for s in data.sessions if s is not coming and s.phase not in ENDED and is_overdue(s.agenda)]
    closed = [s for s in data.sessions if s is not coming and s.phase == "closed"]
    needs = [*_own_needs(data, coming), *_session_needs(data, coming, today)] if coming else []
    for session in others:
        words = f"{session.agenda.name}: quá thời gian dự kiến, chưa ghi nhận đã họp."
        needs.append(Need(words, page_of(session), **RECORD))
    for session in closed:
        needs += [
            replace(need, words=f"{session.agenda.name}: {need.words[:1].lower()}{need.words[1:]}")
            for need in _session_needs(data, session, today)
        ]
    return needs


def _own_needs(data: OverviewData, coming: StoredSession) -> list[Need]:
    """What a member of the council owes the next session: an answer to the invitation, until it begins."""
    meeting, member = coming.meeting, data.person.id
    members = {one.id for one in meeting.head.members} if meeting.head else set[str]()
    answered = {one.member for one in meeting.confirmations}
    if coming.phase != "frozen" or member not in members or member in answered:
        return []
    return [Need("Chưa trả lời dự họp.", f"{page_of(coming)}/thanh-vien", "Trả lời")]


def _session_needs(data: OverviewData, session: StoredSession, today: date) -> list[Need]:
    items = [i for i in session.agenda.items if i.kind in ("candidates", "nominations")]
    proposals = sum(data.records.award_state(item, s) == AWAITS_DECISION for item in items for s in subjects_of(item))
    return session_needs(session, data.rules.get(session.id, CouncilRules()), today, proposals)


def _first(
    data: OverviewData,
    coming: StoredSession | None,
    lacking: int,
    late: int,
    rows: Sequence[Reported],
    changes: Sequence[ChangeRow],
    today: date,
) -> list[str]:
    """The sentences: "{phien} họp {gio} ngày {ngay}: còn thiếu {n} việc.", "{m} báo cáo chậm." and what has changed."""
    sentences: list[str] = []
    if coming is not None:
        when = when_text(coming, data.windows.get(coming.id))
        day = day_of(coming)
        verb = "đã họp" if coming.phase in ("minutes_drafted", "approved") else "họp" if day else ""
        lacks = f"còn thiếu {lacking} việc" if lacking else "không còn thiếu việc nào"
        sentences.append(f"{coming.agenda.name} {f'{verb} ' if verb else ''}{when}: {lacks}.")
    elif lacking:
        sentences.append(f"Còn {lacking} việc của các phiên đã qua.")
    sentences.append(f"{late} báo cáo chậm." if late else "Không có cơ quan nào chậm gửi.")
    label = "Từ lần xem trước" if data.looked_at else "Trong 7 ngày qua"
    sentences.append(f"{label}: {f'{len(changes)} thay đổi' if changes else 'không có thay đổi'}.")
    if not lacking and not late:
        due = next_deadline(rows, today)
        following = f" Việc tiếp theo: {due.duty.what}, {thoi_han(due.last_day)}." if due else ""
        sentences.insert(0, f"Hiện không có việc phải làm.{following}")
    return sentences


def _since(looked_at: datetime | None) -> str:
    if looked_at is None:
        since = "Chưa đánh dấu lần xem nào; dưới đây là thay đổi trong 7 ngày qua"
    else:
        since = f"Lần xem trước: {gio_ngay(looked_at)}"
    return f"{since}. Không kể việc của người đang đăng nhập."


def changes_since(data: OverviewData) -> list[ChangeRow]:
    """What others have done and what has changed on fixed agendas since the reader last looked, the latest first."""
    since = data.looked_at.timestamp() if data.looked_at else data.now.timestamp() - 7 * 86_400
    rows = [
        ChangeRow(act.at, act.by, act.words, act.address)
        for act in data.acts
        if act.at.timestamp() > since and act.by != data.person.name
    ]
    for session in data.sessions:
        for item in session.agenda.items:
            if item.change is not None and (at := _changed_at(item.change, since)) is not None:
                words = data.records.change(item, data.subjects.name, data.subjects.register)
                text = f"{session.agenda.name}, nội dung số {item.number}: {words[:1].lower()}{words[1:]}"
                rows.append(ChangeRow(at, "", text, f"{page_of(session)}#noi-dung-{item.number}"))
    return sorted(rows, key=lambda row: row.at)[::-1]


def _changed_at(change: ItemChange, since: float) -> datetime | None:
    """When an item changed last, if that was after an instant."""
    at = max([change.since, *(cause.at for cause in change.because)])
    return at if at.timestamp() > since else None


def _late_row(entry: LateReport, data: OverviewData) -> LateRow:
    owners = [data.subjects.unit(code) for code in entry.owners]
    return LateRow(entry.what, entry.plan, thoi_han(entry.last_day), entry.days, owners, len(owners) > _FEW)


def _expected_row(row: ReportRow, data: OverviewData) -> ExpectedRow:
    owner = data.subjects.unit(row.owner) if row.owner else ""
    return ExpectedRow(row.what, row.plan, owner, thoi_han(row.last_day), row.expected, row.received, row.late)


def _bar_name(row: ExpectedRow) -> str:
    return _short(f"{row.owner}: {row.what}" if row.owner else row.what)


def _years(data: OverviewData, today: date) -> set[int]:
    """The years that have a session, and those up to the next that have a deadline of a report."""
    sessions = {data.windows[stored.id].first.year for stored in data.sessions if stored.id in data.windows}
    sessions |= {day.year for stored in data.sessions if (day := day_of(stored)) is not None}
    deadlines = {row.duty.last_day.year for row in data.reports}
    return sessions | {year for year in deadlines if year <= today.year + 1}


def _year_to_show(
    coming: StoredSession | None, windows: Mapping[str, Window], years: Collection[int], today: date
) -> int:
    """The year of the session that is next, or this year; in January the last year, whose awards are being finished."""
    if today.month == 1 and today.year - 1 in years:
        return today.year - 1
    window = windows.get(coming.id) if coming else None
    return window.first.year if window else today.year


def _events(data: OverviewData, rows: Sequence[Reported], year: int, today: date) -> list[YearEvent]:
    """The deadlines and the sessions of a year. A session without a day is on the last day that its plan sets."""
    events = [
        YearEvent(_short(row.what), row.last_day, done=row.received == row.expected, late=row.late > 0)
        for row in report_rows(rows, year, today)
    ]
    for session in data.sessions:
        window = data.windows.get(session.id)
        day = day_of(session) or (window.last if window else None)
        if session.phase != "cancelled" and day is not None and year in (day.year, window.first.year if window else 0):
            is_held = session.phase not in BEFORE_HELD
            events.append(YearEvent(session.agenda.name, day, is_held, late=is_overdue(session.agenda), session=True))
    return events


def _short(text: str) -> str:
    return shorten(text, _NAME_LENGTH, placeholder=" …")


def calendar_warning(calendar: WorkingDays, person: Person, today: date) -> str:
    """A warning that the calendar of working days nears its end, for those who can see to it; empty otherwise."""
    left = calendar.days_left(today)
    if left >= WARNING_DAYS or person.role not in ("secretary", "operator"):
        return ""
    until = f"Lịch ngày làm việc chỉ có căn cứ đến hết ngày {ngay(calendar.decreed_until)}"
    rest = f"còn {left} ngày" if left >= 0 else "đã hết"
    return f"{until}, {rest}: cần bổ sung ngày nghỉ và ngày làm bù của năm sau để thời hạn và lịch nhắc đúng."
