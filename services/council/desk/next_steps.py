"""What the secretariat can do about a session now: the buttons of its page, each with what it will do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from services.council.desk.addresses import PAPERS, SESSION
from services.council.desk.needs import page_of
from services.council.desk.papers import papers_address
from services.council.desk.session_lines import BEFORE_HELD
from services.council.sessions.lifecycle import ALLOWED, Verb
from services.council.sessions.outcomes import is_about_an_award, open_items
from services.council.sessions.step_words import step_words
from services.council.state import StoredSession
from shared.contracts.sessions import Phase
from shared.wording.formats import gio_ngay

_MAKE: Final = f"{PAPERS}/{{province}}/{{plan}}/{{session}}/{{paper}}/lap"
"""The route by which a paper is made: who may not use it has nothing to do about papers."""

May = Callable[[str, str], bool]
"""Whether the reader may use a route, by method and path."""


class Doing(NamedTuple):
    """A thing that can be done: its page below the session's own, or the session's papers, its words, and what it does.

    It is offered in the phases that allow one of its ``verbs`` and are not in ``unless``. With ``at_once`` it is a
    button that does it, otherwise a link to the form.
    """

    address: str
    verbs: tuple[Verb, ...]
    words: str
    what: Callable[[StoredSession], str]
    at_once: bool = False
    unless: tuple[Phase, ...] = ()

    @property
    def route(self) -> str:
        """The route by which it is done: who may not use it is not offered it."""
        return _MAKE if self.address == PAPERS else f"{SESSION}{self.address}"

    def page(self, session: StoredSession) -> str:
        """The page on which it is done."""
        return papers_address(session) if self.address == PAPERS else f"{page_of(session)}{self.address}"


def _always(text: str) -> Callable[[StoredSession], str]:
    return lambda session: text


def _numbers(session: StoredSession) -> str:
    count = len(session.agenda.items)
    return f"{count} nội dung được đánh số 1 đến {count}; việc sẽ làm và việc còn mở được nêu trước khi chốt."


def _outcomes_left(session: StoredSession) -> str:
    if session.phase == "frozen":
        return "Xem số thành viên có mặt, bắt đầu phiên họp rồi ghi kết quả từng nội dung."
    left = len(open_items(session.agenda.items, session.agenda.outcomes))
    return f"Còn {left} nội dung chưa có kết quả." if left else "Mọi nội dung đã có kết quả."


DOINGS: Final = (
    Doing(
        "/du-thao",
        ("draft",),
        "Lập dự thảo chương trình",
        lambda session: (
            f"Lấy {len(session.agenda.items)} nội dung theo kế hoạch và số liệu đến "
            f"{gio_ngay(session.changed_at)}. Sửa được đến khi chốt."
        ),
        at_once=True,
    ),
    Doing(
        "/soan",
        ("move", "remove", "restore"),
        "Soạn chương trình",
        _always("Đổi thứ tự, thêm nội dung, đưa nội dung ra khỏi chương trình."),
        unless=("planned",),
    ),
    Doing(
        "/thong-tin",
        ("head",),
        "Ghi thông tin phiên họp",
        _always("Ngày, giờ, nơi họp, người chủ trì, thư ký, danh sách thành viên."),
    ),
    Doing("/chot", ("freeze",), "Chốt chương trình", _numbers),
    Doing(
        PAPERS,
        ("attendance",),
        "Giấy mời, tài liệu họp",
        _always("Lập, trình ký, ghi số giấy mời; in chương trình, danh sách, phiếu bầu."),
        unless=("held",),
    ),
    Doing("/diem-danh", ("attendance",), "Điểm danh", _always("Ghi thành viên có mặt, vắng, cử người dự thay.")),
    Doing("/dieu-hanh", ("start", "vote"), "Điều hành phiên họp", _outcomes_left),
    Doing(
        "/soan",
        ("add",),
        "Thêm nội dung bổ sung",
        _always("Nội dung thêm sau khi chốt được đánh số tiếp và ghi là bổ sung."),
        unless=("planned", "drafted"),
    ),
    Doing(
        "/bien-ban",
        ("draft_minutes", "approve_minutes"),
        "Biên bản",
        _always("Ghi nhận biên bản dự thảo, rồi ghi nhận biên bản đã thông qua."),
    ),
    Doing("/ket-thuc", ("close",), "Kết thúc phiên họp", _always("Mọi nội dung phải có kết quả.")),
    Doing(
        "/ghi-nhan",
        ("record",),
        "Ghi nhận phiên đã họp",
        _always("Dùng khi phiên đã họp theo giấy tờ mà chưa ghi ở đây; cần nêu căn cứ."),
    ),
    Doing(
        "/quyet-dinh",
        ("reopen",),
        "Ghi quyết định khen thưởng",
        _always("Ghi số, ngày quyết định theo đề nghị của Hội đồng, hoặc quyết định hủy bỏ."),
        unless=("minutes_drafted", "approved"),
    ),
    Doing(
        PAPERS,
        ("reopen",),
        "Biên bản, tờ trình, dự thảo quyết định",
        _always("Lập, trình ký, ghi số các văn bản sau phiên họp."),
    ),
    Doing("/mo-lai", ("reopen",), "Mở lại phiên họp", _always("Kết quả đã ghi được giữ nguyên; cần ghi lý do.")),
    Doing("/huy", ("cancel",), "Hủy phiên họp", _always("Phiên họp sẽ không họp; cần ghi lý do. Không hoàn tác được.")),
)
"""Everything that can be done, in the order of the work. A page that the reader may not use is not offered."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A thing that can be done now; the one that comes next is ``main``."""

    address: str
    words: str
    what: str
    at_once: bool
    main: bool


def next_steps(session: StoredSession, today: date, may: May) -> list[NextStep]:
    """What a reader can do about a session on a local day, the next thing first."""
    offered = [
        doing
        for doing in DOINGS
        if session.phase not in doing.unless
        and any(session.phase in ALLOWED[verb] for verb in doing.verbs)
        and may("POST", doing.route)
    ]
    if session.phase in ("planned", "drafted") and not session.agenda.items:
        offered = [doing for doing in offered if doing.address != "/chot"]
    if not any(is_about_an_award(item) for item in session.agenda.items):
        offered = [doing for doing in offered if doing.address != "/quyet-dinh"]
    following = next_address(session, today)
    offered.sort(key=lambda doing: doing.address != following)
    return [
        NextStep(
            doing.page(session),
            doing.words,
            doing.what(session),
            doing.at_once,
            doing.address == following,
        )
        for doing in offered
    ]


def next_address(session: StoredSession, today: date) -> str:
    """The page of what comes next in the course of a session; empty when nothing does.

    A session whose day, or whose time if it has no day, is over is to be recorded first.
    """
    head = session.meeting.head
    if session.phase in BEFORE_HELD and (head.day < today if head and head.day else session.agenda.window_over):
        return "/ghi-nhan"
    match session.phase:
        case "planned":
            return "/du-thao"
        case "drafted":
            return "/chot" if head and head.day and head.members and session.agenda.items else "/thong-tin"
        case "frozen":
            if session.meeting.form != "meeting" or session.meeting.attendance:
                return "/dieu-hanh"
            return PAPERS if head and head.day and head.day > today else "/diem-danh"
        case "held":
            return "/dieu-hanh" if open_items(session.agenda.items, session.agenda.outcomes) else "/bien-ban"
        case "minutes_drafted":
            return "/bien-ban"
        case "approved":
            return "/ket-thuc"
        case "closed":
            approved = any(step.verb == "approve_minutes" for step in session.meeting.steps)
            return "" if approved else "/bien-ban"
        case "cancelled" | "historical":
            return ""


def last_step(session: StoredSession) -> str:
    """What was done last about a session, by whom and when; empty while nothing was."""
    steps = session.meeting.steps
    return step_words(steps[-1], session.agenda) if steps else ""
