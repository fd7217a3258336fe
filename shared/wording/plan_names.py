"""The names of a plan's rows as people read them: never an id. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from textwrap import shorten

from shared.contracts.model import Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan

SECTIONS: Mapping[str, str] = {
    "source": "Văn bản",
    "movement": "Phong trào",
    "office": "Cơ quan Thường trực",
    "council": "Quy tắc họp của Hội đồng",
    "reminders": "Lịch nhắc",
    "roles": "Vai trò",
    "fields": "Lĩnh vực",
    "criteria": "Tiêu chuẩn",
    "obligations": "Nghĩa vụ",
    "awards": "Khen thưởng",
    "nominated": "Khen thưởng theo đề nghị",
    "occasions": "Dịp khen thưởng",
    "sessions": "Phiên họp",
    "tasks": "Nhiệm vụ",
    "standards": "Tiêu chí thi đua",
    "owners": "Cơ quan xây dựng tiêu chí",
    "own_units": "Đơn vị thuộc cơ quan",
    "groups": "Cụm, khối thi đua",
    "purposes": "Mục đích, yêu cầu",
    "contents": "Nội dung",
    "themes": "Chủ đề",
    "exemplar_steps": "Khâu nhân rộng điển hình tiên tiến",
    "checklist": "Việc phải làm",
    "monitoring": "Kiểm tra, giám sát",
    "subject_kinds": "Loại đối tượng",
    "links": "Phong trào liên quan",
    "questions": "Giải đáp vướng mắc",
    "parameters": "Lựa chọn",
}
"""The names of a plan's sections."""

TIERS: Mapping[Tier, str] = {
    Tier.SO: "Sở, ban, ngành, đoàn thể tỉnh",
    Tier.HUYEN: "Ủy ban nhân dân huyện, thành phố",
    Tier.XA: "Ủy ban nhân dân xã, phường, thị trấn",
    Tier.DVSN: "Đơn vị sự nghiệp công lập trực thuộc Ủy ban nhân dân tỉnh",
    Tier.KHAC: "Cơ quan không xếp hạng",
}
"""The units that each tier stands for."""

_MAX_LENGTH = 120


def content_name(obligation: Obligation) -> str:
    """What is to be reported, within a sentence: "nội dung “Kết quả đánh giá lĩnh vực chuyển đổi số”"."""
    return f"nội dung “{_shortened(obligation.what)}”"


@lru_cache
def _shortened(text: str) -> str:
    return shorten(text, _MAX_LENGTH, placeholder=" …")


def content_of(plan: Plan, obligation_id: str) -> str:
    """As ``content_name``; an id that the plan does not have is quoted, because it is what was sent."""
    obligation = plan.obligation.get(obligation_id)
    return content_name(obligation) if obligation else f"nội dung mang mã “{obligation_id[:80]}”"


def criterion_name(plan: Plan, criterion: str) -> str:
    """A criterion's name; its id if the plan does not have it."""
    return next((c.name for c in plan.criteria if c.id == criterion), criterion)
