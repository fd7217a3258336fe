"""Steps off the usual course, each with its reason: to record a session held on paper, to cancel, to reopen. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from services.council.desk.needs import page_of
from services.council.desk.session_page import SessionData
from services.council.sessions.lifecycle import ALLOWED, PHASE_NAMES, VERB_NAMES
from services.council.state import StoredSession

ReasonedVerb = Literal["record", "cancel", "reopen"]


@dataclass(frozen=True, slots=True)
class ReasonedForm:
    """A form of one step: its address below the session's page, its button, and what the reason is called."""

    address: str
    button: str
    reason: str
    hint: str
    consequences: Callable[[StoredSession], Sequence[str]]


@dataclass(frozen=True, slots=True)
class ReasonedView:
    """The page: whether the step is possible, what it will do, and the day to begin with if it needs one."""

    address: str
    here: str
    version: int
    possible: bool
    consequences: Sequence[str]
    button: str
    reason: str
    hint: str
    with_day: bool
    day: date | None


def _recording(session: StoredSession) -> list[str]:
    count = len(session.agenda.items)
    numbers = [] if session.agenda.numbered else [f"{count} nội dung được đánh số 1 đến {count}, không thay đổi nữa."]
    return [
        "Phiên họp được ghi là đã họp vào ngày ghi dưới đây.",
        *numbers,
        "Kết quả của từng nội dung được ghi sau đó; số phiếu không biết thì không phải ghi.",
        "Việc ghi nhận không hoàn tác được.",
    ]


def _cancelling(session: StoredSession) -> list[str]:
    return [
        "Phiên họp được ghi là đã hủy; chương trình được giữ lại để xem.",
        "Việc hủy không hoàn tác được; cần họp lại thì triệu tập phiên khác.",
    ]


def _reopening(session: StoredSession) -> list[str]:
    return [
        "Phiên họp trở lại trạng thái “đang họp”; kết quả đã ghi được giữ nguyên và sửa được.",
        "Sau khi sửa cần lập lại biên bản và kết thúc phiên họp.",
    ]


REASONED: Final[Mapping[ReasonedVerb, ReasonedForm]] = {
    "record": ReasonedForm(
        "/ghi-nhan",
        "Ghi nhận phiên đã họp",
        "Căn cứ",
        "Biên bản hoặc văn bản chứng minh phiên đã họp: số, ngày.",
        _recording,
    ),
    "cancel": ReasonedForm(
        "/huy", "Hủy phiên họp", "Lý do hủy", "Văn bản hoặc ý kiến chỉ đạo, nếu có, ghi kèm.", _cancelling
    ),
    "reopen": ReasonedForm(
        "/mo-lai", "Mở lại phiên họp", "Lý do mở lại", "Cần sửa gì, theo ý kiến của ai.", _reopening
    ),
}
"""The forms by what they do."""


def reasoned_view(verb: ReasonedVerb, data: SessionData) -> ReasonedView:
    """The page of one step of one session as it stands."""
    stored, form = data.stored, REASONED[verb]
    possible = stored.phase in ALLOWED[verb]
    head = stored.meeting.head
    refusal = f"Không {VERB_NAMES[verb]} được: phiên họp đang ở trạng thái “{PHASE_NAMES[stored.phase]}”."
    return ReasonedView(
        address=page_of(stored),
        here=f"{page_of(stored)}{form.address}",
        version=stored.meeting.version,
        possible=possible,
        consequences=form.consequences(stored) if possible else [refusal],
        button=form.button,
        reason=form.reason,
        hint=form.hint,
        with_day=verb == "record",
        day=head.day if head and verb == "record" else None,
    )
