"""The page before an agenda is frozen: what the freeze will do, in words, and what is still open. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.council.desk.needs import Need, page_of, session_needs
from services.council.desk.session_page import Change, SessionData, change_lines, grouped
from services.council.sessions.lifecycle import ALLOWED


@dataclass(frozen=True, slots=True)
class FreezeView:
    """The page: whether the agenda can be frozen now, what it will do, what is open, and the numbers to be given.

    Of an agenda that was frozen earlier, ``changes`` say what is different now.
    """

    address: str
    version: int
    possible: bool
    first: str
    consequences: Sequence[str]
    open: Sequence[Need]
    groups: Sequence[tuple[str, Sequence[tuple[int, str]]]]
    changes: Sequence[Change]


def freeze_view(data: SessionData) -> FreezeView:
    """The page of one session as it stands."""
    agenda, page = data.stored.agenda, page_of(data.stored)
    count = len(agenda.items)
    possible = data.stored.phase in ALLOWED["freeze"] and count > 0
    return FreezeView(
        address=page,
        version=data.stored.meeting.version,
        possible=possible,
        first=f"{count} nội dung được đánh số 1 đến {count}." if possible else _why_not(data, count),
        consequences=_consequences(count) if possible else (),
        open=[
            need.for_reader(lambda method, path: True)
            for need in session_needs(data.stored, data.rules, data.today)
            if not need.words.startswith("Chưa chốt") and possible
        ],
        groups=[(name, [(item.number, item.title) for item in items]) for name, items in grouped(agenda)],
        changes=change_lines(data) if data.stored.agenda.frozen_at else (),
    )


def _consequences(count: int) -> list[str]:
    return [
        "Sau khi chốt, số của từng nội dung và danh sách trong đó không thay đổi.",
        f"Nội dung đến sau được đánh số {count + 1} trở đi và ghi là bổ sung.",
        "Số liệu về sau có thay đổi thì trang phiên họp nêu rõ ai vào, ai ra danh sách và vì báo cáo nào.",
        "Việc chốt không hoàn tác được; nội dung không còn cần thì ghi kết quả “rút khỏi danh sách xét” tại phiên.",
    ]


def _why_not(data: SessionData, count: int) -> str:
    if data.stored.phase in ALLOWED["freeze"] and not count:
        return "Chương trình chưa có nội dung, chưa chốt được."
    return "Chương trình đã chốt hoặc phiên họp đã qua bước này; không chốt lại được."
