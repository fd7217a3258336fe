"""The list of sessions, by year. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.council.desk.needs import ENDED, changed_items, day_of, next_session, page_of
from services.council.desk.session_lines import sentence, status_text, time_text
from services.council.state import StoredSession
from shared.contracts.obligations import Window
from shared.wording.formats import ngay


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the list. ``when`` is its hour and day, or the time that the plan sets. ``note`` may be empty."""

    address: str
    name: str
    when: str
    status: str
    items: int
    note: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class SessionYear:
    """The sessions of one year, in order."""

    year: int
    rows: Sequence[SessionRow]


@dataclass(frozen=True, slots=True)
class SessionList:
    """The years with sessions, the latest first. ``sentence`` says which session is next.

    ``may_call``: the reader may call a session that no plan lists.
    """

    sentence: str
    years: Sequence[SessionYear]
    this_year: int
    may_call: bool = False


def session_list(sessions: Sequence[StoredSession], windows: Mapping[str, Window], today: date) -> SessionList:
    """The list of all sessions on a local day. ``windows`` are the times that the plans set, by session id."""
    coming = next_session(sessions, today)

    def window(session: StoredSession) -> Window | None:
        return windows.get(session.id)

    def year(session: StoredSession) -> int:
        planned, day = window(session), day_of(session)
        return planned.first.year if planned else day.year if day else today.year

    def place(session: StoredSession) -> tuple[int, date, str]:
        planned = window(session)
        return -year(session), planned.first if planned else day_of(session) or date.max, session.id

    ordered = sorted(sessions, key=place)
    return SessionList(
        _sentence(coming, windows) if sessions else "",
        [
            SessionYear(of_year, [_row(session, window(session), is_next=session is coming) for session in group])
            for of_year, group in groupby(ordered, key=year)
        ],
        today.year,
    )


def _sentence(coming: StoredSession | None, windows: Mapping[str, Window]) -> str:
    if coming is None:
        return "Không còn phiên họp nào phải chuẩn bị."
    when = when_text(coming, windows.get(coming.id))
    return f"Phiên họp tiếp theo: {coming.agenda.name}, {when}; {status_text(coming.agenda)}."


def _row(session: StoredSession, window: Window | None, *, is_next: bool) -> SessionRow:
    agenda = session.agenda
    changed = len(changed_items(agenda)) if session.phase not in ENDED else 0
    return SessionRow(
        address=page_of(session),
        name=agenda.name,
        when=sentence(when_text(session, window)),
        status=sentence(status_text(agenda)),
        items=len(agenda.items),
        note=f"{changed} nội dung có số liệu đã thay đổi" if changed else "",
        is_next=is_next,
    )


def when_text(session: StoredSession, window: Window | None) -> str:
    """The hour and day of a session, or "dự kiến từ 01/10/2023 đến 31/01/2024" as its plan sets it."""
    if text := time_text(session.meeting.head):
        return text
    if window is None:
        return "chưa có ngày họp"
    return f"dự kiến từ {ngay(window.first)} đến {ngay(window.last)}"
