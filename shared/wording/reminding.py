"""Words of reminders: which step a stage is, and who of a unit gets it. Pure."""

from __future__ import annotations

from typing import Final

from shared.contracts.notify import Role
from shared.contracts.units import UnitRegister
from shared.wording.formats import con_lai
from shared.wording.unit_names import full_name

_ROLES: Final[dict[str, str]] = {
    "head": "thủ trưởng {name}",
    "leader": "lãnh đạo {name}",
    "chair": "Chủ tịch Hội đồng (qua {name})",
}


SENDINGS: Final = {
    "sent": "đã gửi",
    "waiting": "đang gửi",
    "failed": "không gửi được",
    "not_needed": "không cần gửi, đã nhận báo cáo",
}
"""The states of a delivery."""

NOTICE_STATES: Final = {
    "released": "đang gửi",
    "drafted": "chờ duyệt",
    "withheld": "đã hoãn",
    "replaced": "đã có thư mới hơn thay thế",
}
"""The states of a notice that has no delivery yet."""

INVITATION_KINDS: Final = {
    "invitation": "giấy mời",
    "reminder": "nhắc dự họp",
    "change": "thay đổi thời gian, địa điểm",
    "cancellation": "hủy phiên họp",
}
"""The kinds of messages to members of a council."""

INVITATION_STATES: Final = {
    "no_mailbox": "chưa có hộp thư",
    "waiting": "đang gửi",
    "sent": "đã gửi",
    "failed": "không gửi được",
}
"""How the last message to a member ended."""

NOT_SENT: Final = {
    "planned": "chưa đến ngày",
    "received": "không cần gửi, đã nhận báo cáo",
    "overtaken": "không gửi, đã có bước sau",
}
"""What came of a reminder that is in no notice."""


def stage_in_words(stage: str) -> str:
    """A stage in words: ``L-3`` is three working days before the last day, ``L+3`` three after it."""
    if stage == "weekly":
        return "danh sách hằng tuần"
    days = int(stage[2:])
    if stage.startswith("L+"):
        return f"quá hạn {days:02} ngày làm việc"
    return con_lai(days) if days else "ngày cuối cùng của thời hạn"


def role_of(name: str, role: str) -> str:
    """A recipient in words, from the unit's full name: "Sở Nội vụ", "thủ trưởng Sở Nội vụ"."""
    return _ROLES[role].format(name=name) if role in _ROLES else name


def recipient(register: UnitRegister, unit: str, role: Role) -> str:
    """A recipient in words, from the unit's code."""
    return role_of(full_name(register, unit), role)
