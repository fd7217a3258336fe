"""The names of a plan's rows as people read them: never an id. Pure."""

from __future__ import annotations

from textwrap import shorten

from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan

_MAX_LENGTH = 120


def content_name(obligation: Obligation) -> str:
    """What is to be reported, within a sentence: "nội dung “Kết quả đánh giá lĩnh vực chuyển đổi số”"."""
    return f"nội dung “{shorten(obligation.what, _MAX_LENGTH, placeholder=' …')}”"


def content_of(plan: Plan, obligation_id: str) -> str:
    """As ``content_name``; an id that the plan does not have is quoted, because it is what was sent."""
    obligation = plan.obligation.get(obligation_id)
    return content_name(obligation) if obligation else f"nội dung mang mã “{obligation_id[:80]}”"


def criterion_name(plan: Plan, criterion: str) -> str:
    """A criterion's name; its id if the plan does not have it."""
    return next((c.name for c in plan.criteria if c.id == criterion), criterion)
