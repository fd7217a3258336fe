"""Problems of reports that several checks name, and the rules they cite. Pure."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from services.intake.papers import Paper
from shared.contracts.model import Tier
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan, Source
from shared.contracts.receipts import Problem
from shared.wording.citations import can_cu, citations, document_in_full
from shared.wording.formats import ky, ngay
from shared.wording.plan_names import TIERS, content_name


def other_content(paper: Paper, period: str) -> Problem:
    """A report of the same paper, obligation and period was accepted with other content (A45)."""
    return Problem(
        code="report_id_reused",
        pointer="/number",
        value=paper.number,
        expected="cần số hoặc ngày khác cho nội dung khác",
        rule="report.submitted v1",
        detail=f"Báo cáo {paper.label} cho cùng nội dung, kỳ báo cáo {ky(period)} đã được tiếp nhận với số liệu khác; "
        "báo cáo bổ sung hoặc đính chính phải là văn bản có số hoặc ngày khác.",
    )


def withdrawn_before(paper: Paper) -> Problem:
    """The same report was sent before and has been withdrawn or returned since."""
    return Problem(
        code="taken_back",
        pointer="/number",
        value=paper.number,
        expected="cần số hoặc ngày khác cho báo cáo khác",
        rule="report.submitted v1",
        detail=f"Báo cáo {paper.label} đã rút hoặc được đề nghị bổ sung, hoàn thiện; "
        "hãy gửi báo cáo mới có số hoặc ngày khác.",
    )


def date_in_future(pointer: str, day: date, what: str, rule: str) -> Problem:
    """A day in the report has not come yet; ``what`` names the day in Vietnamese."""
    return Problem(
        code="date_in_future",
        pointer=pointer,
        value=day.isoformat(),
        expected="cần ngày đã đến",
        rule=rule,
        detail=f"{what} {ngay(day)} chưa đến.",
    )


def tier_not_reported(
    pointer: str, value: str, tier: Tier, obligation: Obligation, rule: str, name: str | None = None
) -> Problem:
    """A tier, or the unit of that ``name``, is not among those the obligation is about."""
    return Problem(
        code="tier_not_reported",
        pointer=pointer,
        value=value,
        expected=f"cần đơn vị thuộc: {'; '.join(TIERS[t] for t in obligation.tiers)}",
        rule=rule,
        detail=f"{name or TIERS[tier]} không thuộc đối tượng của {content_name(obligation)}.",
    )


def rule_of(plan: Plan, obligation: Obligation | None) -> str:
    """The citation of an obligation, or the plan's document if none is given."""
    return rule_at(plan, obligation.cite) if obligation else document_in_full(plan.source)


def rule_at(plan: Plan, cite: str) -> str:
    """A citation of a plan in words; what no document says is said to be an addition to the plan's own."""
    return _in_words(plan.source, cite)


@lru_cache(maxsize=1024)  # every report asks for its obligation's, and few are ever returned with it
def _in_words(source: Source, cite: str) -> str:
    if all(document != source.key for document, _ in citations(cite)):
        return f"Bổ sung, chưa có trong {document_in_full(source)}"
    return can_cu(cite, {source.key: source})
