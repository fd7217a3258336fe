"""Where a session stands, what may be done there, and what the first releases call it: pure.

The order is planned, drafted, frozen, held, minutes drafted, approved, closed. A session may be cancelled before it is
held. That the time planned for it is over is a mark; only the secretary closes a session (DOMAIN 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from services.council.sessions.problem import SessionProblem
from shared.contracts.model import local
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.sessions import Phase

Status = Literal["draft", "frozen", "closed", "historical"]
Verb = Literal[
    "draft",
    "head",
    "move",
    "add",
    "remove",
    "restore",
    "freeze",
    "confirm",
    "attendance",
    "start",
    "record",
    "vote",
    "outcome",
    "draft_minutes",
    "approve_minutes",
    "close",
    "reopen",
    "cancel",
]
"""What can be done about a session."""

DRAFTS: Final[frozenset[Phase]] = frozenset({"planned", "drafted"})
"""The phases in which the agenda follows the plan and the figures."""

_BEFORE: Final[tuple[Phase, ...]] = ("planned", "drafted")

ALLOWED: Final[Mapping[Verb, tuple[Phase, ...]]] = {
    "draft": ("planned",),
    "head": (*_BEFORE, "frozen", "held"),
    "move": _BEFORE,
    "add": (*_BEFORE, "frozen", "held"),
    "remove": _BEFORE,
    "restore": _BEFORE,
    "freeze": _BEFORE,
    "confirm": ("drafted", "frozen"),
    "attendance": ("frozen", "held"),
    "start": ("frozen",),
    "record": (*_BEFORE, "frozen", "historical"),
    "vote": ("held",),
    "outcome": ("held",),
    "draft_minutes": ("held", "closed"),
    "approve_minutes": ("minutes_drafted", "closed"),
    "close": ("held", "minutes_drafted", "approved"),
    "reopen": ("minutes_drafted", "approved", "closed"),
    "cancel": (*_BEFORE, "frozen"),
}
"""The phases in which each thing may be done. Minutes may also be written once a session is closed; it stays closed."""

_PHASE_AFTER: Final[Mapping[Verb, Phase]] = {
    "draft": "drafted",
    "freeze": "frozen",
    "start": "held",
    "record": "held",
    "draft_minutes": "minutes_drafted",
    "approve_minutes": "approved",
    "close": "closed",
    "reopen": "held",
    "cancel": "cancelled",
}

_STATUS: Final[Mapping[Phase, Status]] = {
    "planned": "draft",
    "drafted": "draft",
    "frozen": "frozen",
    "held": "frozen",
    "minutes_drafted": "frozen",
    "approved": "closed",
    "closed": "closed",
    "cancelled": "closed",
    "historical": "historical",
}

PHASE_NAMES: Final[Mapping[Phase, str]] = {
    "planned": "dự kiến",
    "drafted": "dự thảo",
    "frozen": "đã chốt",
    "held": "đang họp",
    "minutes_drafted": "đã họp, chờ ký biên bản",
    "approved": "đã thông qua biên bản",
    "closed": "đã kết thúc",
    "cancelled": "đã hủy",
    "historical": "đã qua trước khi ban hành kế hoạch",
}
"""The phases as people read them (within a sentence)."""

VERB_NAMES: Final[Mapping[Verb, str]] = {
    "draft": "lập dự thảo chương trình",
    "head": "sửa thông tin phiên họp",
    "move": "đổi thứ tự nội dung",
    "add": "thêm nội dung",
    "remove": "đưa nội dung ra khỏi chương trình",
    "restore": "đưa nội dung trở lại chương trình",
    "freeze": "chốt chương trình",
    "confirm": "trả lời dự họp",
    "attendance": "ghi điểm danh",
    "start": "bắt đầu phiên họp",
    "record": "ghi nhận phiên đã họp",
    "vote": "ghi kết quả biểu quyết",
    "outcome": "ghi kết quả",
    "draft_minutes": "ghi nhận biên bản dự thảo",
    "approve_minutes": "ghi nhận biên bản đã thông qua",
    "close": "kết thúc phiên họp",
    "reopen": "mở lại phiên họp",
    "cancel": "hủy phiên họp",
}
"""What can be done, as people read it."""


def first_phase(session: Session, plan: Plan) -> Phase:
    """The phase of an untouched session: ``historical`` if its window ended before the plan was issued (A24)."""
    over = plan.choices.past_windows == "historical" and session.window.last < plan.source.issued
    return "historical" if over else "planned"


def status_of(phase: Phase) -> Status:
    """The status that the first releases know for a phase."""
    return _STATUS[phase]


def is_window_over(session: Session, phase: Phase, now: datetime) -> bool:
    """Whether the local day after the session's window has begun; of a historical session it goes without saying."""
    return phase != "historical" and local(now).date() > session.window.last


def require(verb: Verb, phase: Phase) -> None:
    """Raise ``SessionProblem`` (409) where the phase does not allow it."""
    if phase not in ALLOWED[verb]:
        detail = f"Không {VERB_NAMES[verb]} được: phiên họp đang ở trạng thái “{PHASE_NAMES[phase]}”."
        raise SessionProblem(409, "wrong_phase", detail)


def phase_after(verb: Verb, phase: Phase) -> Phase:
    """The phase once it is done. Work on a planned session makes it a draft; minutes do not reopen a closed one."""
    if phase == "closed" and verb in ("draft_minutes", "approve_minutes"):
        return "closed"
    if phase == "planned" and verb not in _PHASE_AFTER:
        return "drafted"
    return _PHASE_AFTER.get(verb, phase)
