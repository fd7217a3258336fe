"""What a session still lacks, and what a chair must weigh: sentences with the place where it is done. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypedDict

from services.council.desk.addresses import CRITERIA, PAPERS, SESSION, SESSIONS, with_query
from services.council.desk.records import movement_of
from services.council.desk.session_lines import is_overdue, minutes_text
from services.council.sessions.attendance import members_on, needed
from services.council.sessions.outcomes import open_items
from services.council.state import StoredSession
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import local

ENDED: Final = frozenset({"closed", "cancelled", "historical"})
"""The phases of a session of which nothing more is to be done."""


class _Form(TypedDict):
    """The form on which a need is met."""

    form: str
    doing: str


RECORD: Final[_Form] = {"form": "/ghi-nhan", "doing": "Ghi nhận phiên đã họp"}
"""Of a session that was held and not recorded."""

_ATTENDANCE: Final[_Form] = {"form": "/diem-danh", "doing": "Điểm danh"}
_MINUTES: Final[_Form] = {"form": "/bien-ban", "doing": "Biên bản"}
_DECISION: Final[_Form] = {"form": "/quyet-dinh", "doing": "Ghi quyết định khen thưởng"}
_CLOSE: Final[_Form] = {"form": "/ket-thuc", "doing": "Kết thúc phiên họp"}


@dataclass(frozen=True, slots=True)
class Need:
    """Something to be done, and the address where it is seen; ``action`` are the link's words.

    ``form`` is the page below the session's own on which it is done, ``doing`` are the words of the link to it.
    """

    words: str
    address: str = ""
    action: str = "Xem"
    form: str = ""
    doing: str = ""

    @property
    def leads_on(self) -> bool:
        """Whether the link leads away from the session's own page: to the form, or to another place of the desk."""
        return self.action == self.doing if self.form else not self.address.startswith(f"{SESSIONS}/")

    def for_reader(self, may: Callable[[str, str], bool]) -> Need:
        """The same, with a link to the form for a reader who may use it; ``may`` is asked by method and route."""
        if not self.form or not may("POST", f"{SESSION}{self.form}"):
            return self
        return replace(self, address=f"{self.address.partition('#')[0]}{self.form}", action=self.doing)


def page_of(session: StoredSession) -> str:
    """The address of a session's page."""
    return f"/phien/{session.id}"


def session_needs(session: StoredSession, rules: CouncilRules, today: date, proposals: int = 0) -> list[Need]:
    """What a session lacks on a local day, in the order in which it is done.

    ``proposals`` are the proposals of the session that no decision has answered yet.
    """
    agenda, page = session.agenda, page_of(session)
    match session.phase:
        case "planned" | "drafted":
            return [*_lacks_draft(session), *_lacks_in_head(session, today), *_lacks_before_freeze(session)]
        case "frozen":
            return [*_lacks_in_head(session, today), *_lacks_before_start(session, rules, today)]
        case "held":
            left = [str(item.number) for item in open_items(agenda.items, agenda.outcomes)]
            open_words = f"Còn {len(left)} nội dung chưa có kết quả: số {', '.join(left)}."
            if left:
                return [Need(open_words, f"{page}#chuong-trinh", form="/dieu-hanh", doing="Ghi kết quả")]
            return [Need("Chưa kết thúc phiên họp.", page, **_CLOSE)]
        case "minutes_drafted":
            return [Need("Biên bản chờ ký.", page, **_MINUTES), *_left_proposals(page, proposals)]
        case "approved":
            words = "Biên bản đã thông qua; chưa kết thúc phiên họp."
            return [Need(words, page, **_CLOSE), *_left_proposals(page, proposals)]
        case "closed":
            minutes = minutes_text(session.meeting)
            missing = [] if minutes.startswith("đã thông qua") else [Need(f"Biên bản {minutes}.", page, **_MINUTES)]
            return [*missing, *_left_proposals(page, proposals)]
        case "cancelled" | "historical":
            return []


def _lacks_draft(session: StoredSession) -> list[Need]:
    """The draft comes before the head is filled in by hand: it takes over the members of the last session."""
    if session.phase != "planned" or session.meeting.head is not None or is_overdue(session.agenda):
        return []
    words = "Chưa lập dự thảo chương trình; khi lập, danh sách thành viên được lấy theo phiên trước."
    return [Need(words, f"{page_of(session)}#viec-lam", "Lập dự thảo")]


def _lacks_in_head(session: StoredSession, today: date) -> list[Need]:
    page, head = page_of(session), session.meeting.head
    missing = [
        name
        for name, is_there in (
            ("ngày họp", head and head.day),
            ("giờ họp", head and head.at),
            ("nơi họp", head and head.place),
            ("người chủ trì", head and head.chair),
            ("danh sách thành viên", head and head.members),
        )
        if not is_there and not (session.meeting.form == "written" and name in ("giờ họp", "nơi họp"))
    ]
    needs = [Need(f"Chưa ghi {', '.join(missing)}.", page, form="/thong-tin", doing="Ghi thông tin")] if missing else []
    if is_overdue(session.agenda):
        needs.insert(0, Need("Quá thời gian dự kiến, chưa ghi nhận đã họp.", page, **RECORD))
    elif head and head.day and head.day < today:
        needs.insert(0, Need("Ngày họp đã qua, chưa ghi nhận đã họp.", page, **RECORD))
    return needs


def _lacks_before_freeze(session: StoredSession) -> list[Need]:
    agenda, page = session.agenda, page_of(session)
    if not agenda.items:
        return [Need("Chương trình chưa có nội dung.", page, form="/soan", doing="Thêm nội dung")]
    counted = [
        ("open_report", "báo cáo chưa nhận đủ"),
        ("for_judgement", "danh sách chờ thẩm định"),
        ("held", "danh sách có trường hợp tạm dừng xét"),
    ]
    needs = list[Need]()
    for kind, words in counted:
        if items := [item for item in agenda.items if item.kind == kind]:
            need = Need(f"Còn {len(items)} {words}.", f"{page}#chuong-trinh")
            needs.append(_to_judge(need, session, items[0]) if kind == "for_judgement" else need)
    words = f"Chưa chốt chương trình: {len(agenda.items)} nội dung chưa được đánh số."
    return [*needs, Need(words, page, form="/chot", doing="Xem trước khi chốt")]


def _to_judge(need: Need, session: StoredSession, waiting: AgendaItem) -> Need:
    """The need with the way to the units that wait: they are judged on *Xét tiêu chuẩn*, not on the agenda."""
    movement = f"{session.id.partition('/')[0]}/{movement_of(waiting)}"
    address = with_query(CRITERIA, phong_trao=movement, hinh_thuc=waiting.award, ket_qua="cho-tham-dinh")
    return replace(need, address=address, action="Xem đơn vị chờ thẩm định")


def _lacks_before_start(session: StoredSession, rules: CouncilRules, today: date) -> list[Need]:
    meeting, page = session.meeting, page_of(session)
    needs: list[Need] = []
    if changed := changed_items(session.agenda):
        needs.append(Need(f"{len(changed)} nội dung có số liệu đã thay đổi từ khi chốt.", f"{page}#thay-doi"))
    if meeting.form == "meeting" and meeting.head:
        members = len(members_on(meeting.head, meeting.head.day or today))
        least = needed(rules.quorum, members)
        if not meeting.attendance and meeting.head.day is not None and meeting.head.day > today:
            if not meeting.confirmations:
                papers = with_query(PAPERS, phien=session.id)
                needs.append(Need("Lập, gửi giấy mời và tài liệu họp trước ngày họp.", papers))
            elif (left := members - len(meeting.confirmations)) > 0:
                needs.append(Need(f"Còn {left}/{members} thành viên chưa trả lời dự họp.", f"{page}#thanh-vien"))
        elif not meeting.attendance:
            needs.append(Need("Chưa ghi điểm danh.", f"{page}#thanh-vien", **_ATTENDANCE))
        elif meeting.present < least:
            words = f"Có mặt {meeting.present}/{members} thành viên; cần ít nhất {least}."
            needs.append(Need(words, f"{page}#thanh-vien", **_ATTENDANCE))
    return needs


def _left_proposals(page: str, proposals: int) -> Sequence[Need]:
    words = f"{proposals} đề nghị của Hội đồng chưa ghi nhận quyết định khen thưởng."
    return [Need(words, f"{page}#chuong-trinh", **_DECISION)] if proposals else []


def changed_items(agenda: Agenda) -> list[AgendaItem]:
    """The items whose figures have changed since they were fixed, and the supplements."""
    return [item for item in agenda.items if item.changed or item.change is not None or item.supplement]


def next_session(sessions: Collection[StoredSession], today: date) -> StoredSession | None:
    """The session to be prepared or finished next: one that has begun, else the next whose time is not over."""
    running = [session for session in sessions if session.phase in ("held", "minutes_drafted", "approved")]
    coming = [s for s in sessions if s.phase in ("planned", "drafted", "frozen") and not is_overdue(s.agenda)]
    for candidates in (running, coming, [s for s in sessions if s.phase not in ENDED]):
        if candidates:
            return min(candidates, key=lambda session: (day_of(session) or date.max, session.id))
    return None


def day_of(session: StoredSession) -> date | None:
    """The local day of a session, if it is known: the day of its head, or the day on which it was begun."""
    head = session.meeting.head
    if head and head.day:
        return head.day
    started = [step.at for step in session.meeting.steps if step.verb in ("start", "record")]
    return local(started[-1]).date() if started else None
