"""The page before an agenda is frozen: what the freeze will do, in words, and what is still open. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.addresses import OPINIONS, with_query
from services.council.desk.needs import Need, page_of, session_needs
from services.council.desk.session_page import Change, SessionData, change_lines, grouped
from services.council.sessions.lifecycle import ALLOWED

_INVITED: Final = (
    "Khi đã chốt và đã ghi ngày, giờ, nơi họp, hệ thống gửi thư mời họp đến hộp thư của đơn vị các thành viên; "
    "sau đó đổi ngày, giờ, nơi họp thì gửi thư báo đổi."
)
"""What notify does at the freeze (0084): nobody sends these mails, so they are announced here."""


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
        consequences=_consequences(data) if possible else (),
        open=[*_open_needs(data), *_unanswered(data)] if possible else (),
        groups=[(name, [(item.number, item.title) for item in items]) for name, items in grouped(agenda)],
        changes=change_lines(data) if data.stored.agenda.frozen_at else (),
    )


def _open_needs(data: SessionData) -> list[Need]:
    needs = session_needs(data.stored, data.rules, data.today)
    return [need.for_reader(lambda method, path: True) for need in needs if not need.words.startswith("Chưa chốt")]


def _unanswered(data: SessionData) -> list[Need]:
    """The opinions of other agencies about the items that are not there yet."""
    count = data.records.unanswered(data.stored.agenda.items)
    return (
        [Need(f"Còn {count} ý kiến cơ quan khác chưa trả lời.", with_query(OPINIONS, phien=data.stored.id))]
        if count
        else []
    )


def _consequences(data: SessionData) -> list[str]:
    count = len(data.stored.agenda.items)
    waits = any(item.kind == "for_judgement" for item in data.stored.agenda.items)
    late = "Đơn vị còn chờ thẩm định khi chốt thì Hội đồng cho ý kiến, chưa đề nghị tặng tại phiên này."
    return [
        *([late] if waits else []),
        "Sau khi chốt, số của từng nội dung và danh sách trong đó không thay đổi.",
        f"Nội dung đến sau được đánh số {count + 1} trở đi và ghi là bổ sung.",
        "Số liệu về sau có thay đổi thì trang phiên họp nêu rõ ai vào, ai ra danh sách và vì báo cáo nào.",
        f"{_INVITED} Giấy mời ký, đóng dấu thì lập ở trang Văn bản, tài liệu và gửi riêng.",
        "Việc chốt không hoàn tác được; nội dung không còn cần thì ghi kết quả “rút khỏi danh sách xét” tại phiên.",
    ]


def _why_not(data: SessionData, count: int) -> str:
    if data.stored.phase in ALLOWED["freeze"] and not count:
        return "Chương trình chưa có nội dung, chưa chốt được."
    return "Chương trình đã chốt hoặc phiên họp đã qua bước này; không chốt lại được."
