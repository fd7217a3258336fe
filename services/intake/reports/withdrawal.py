"""Withdrawal of a report: by the agency, or by the standing office, which returns it for a better one. Pure.

Nothing is deleted. A withdrawal is the next version in the report's ledger. Its events restore every figure that was in
effect because of the report to what it was before, so that they may be applied late, twice or in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.intake.context import GrantedExtension, IntakeContext, Ledger
from services.intake.reports.rules import INSTANT, counted
from services.intake.reports.state import LedgerEntry
from services.intake.reports.validation import lock_problems
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.receipts import Problem, Receipt, ReportWithdrawal
from shared.plans.authority import account_of, is_reporter, owner_of
from shared.wording.plan_names import content_name
from shared.wording.unit_names import full_name


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """A request to withdraw a report. ``who`` is the agency's code, or the standing office's name in records."""

    by: Literal["agency", "standing_office"]
    who: str
    reason: str


def withdrawal_id(receipt: str) -> str:
    """The id of the receipt that withdraws another; derived from it, because a report is withdrawn only once."""
    return derived("taken back", receipt)


def withdrawal_problem(
    original: Receipt,
    request: WithdrawalRequest,
    context: IntakeContext,
    granted_extension: GrantedExtension,
    now: datetime,
) -> Problem | None:
    """Why a report may not be withdrawn, or None. The unit that holds the report's role today may withdraw it."""
    today = local(now).date()
    if original.status != "accepted" or original.takes_back is not None:
        return not_a_report(original)
    obligation = context.plan.obligation.get(original.obligation or "")
    if request.by == "standing_office" or obligation is None:
        return None
    holds_role = is_reporter(context.plan, obligation, context.register, request.who, today)
    if not holds_role or account_of(obligation, request.who) != original.account:
        name = full_name(context.register, request.who)
        detail = f"Cơ quan “{name}” không còn được giao báo cáo {content_name(obligation)}."
        return _problem("not_responsible", original, "cần cơ quan đang được giao", detail)
    if original.timely is None:  # cases have no due day, and nothing locks them
        return None
    return next(lock_problems(obligation, original.period or "", context.plan, granted_extension, now), None)


def not_a_report(original: Receipt) -> Problem:
    """The receipt is not of a report in effect: the report was returned, or the receipt is of a withdrawal."""
    detail = "Chỉ rút hoặc đề nghị bổ sung, hoàn thiện được báo cáo đã tiếp nhận."
    return _problem("not_a_report", original, "cần báo cáo đã tiếp nhận", detail)


def already_withdrawn(withdrawal: Receipt) -> Problem:
    """The report was withdrawn before by the other party; ``withdrawal`` is the receipt of that."""
    first = withdrawal.takes_back
    assert first is not None
    who = "Cơ quan báo cáo đã rút" if first.by == "agency" else "Cơ quan Thường trực đã đề nghị bổ sung, hoàn thiện"
    return _problem("taken_back", withdrawal, "cần báo cáo chưa rút", f"{who} báo cáo này; lý do: {first.reason}")


def withdraw(
    original: Receipt, history: Sequence[LedgerEntry], request: WithdrawalRequest, context: IntakeContext, now: datetime
) -> tuple[Receipt, Ledger]:
    """The receipt of a withdrawal and the ledger that includes it; ``history`` is the report's whole ledger so far."""
    last = history[-1].receipt
    assert last.version is not None
    assert original.version is not None
    now = max(now, last.received_at + INSTANT)
    ledger = Ledger()
    for entry in effective_entries(history, without=original.id):
        assert entry.report is not None
        receipt = entry.receipt
        ledger = counted(
            ledger,
            entry.report,
            receipt.received_at,
            entry.context,
            receipt.reported_by,
            final=bool(receipt.final),
            timely=receipt.timely is not False,
        )
    receipt = original.model_copy(
        update={
            "id": withdrawal_id(original.id),
            "reported_by": _responsible_agency(original, request, context, local(now).date()),
            "version": last.version + 1,
            "received_at": now,
            "timely": None,
            "final": None,
            "complete_at": ledger.complete_at,
            "complete_timely": ledger.complete_timely,
            "takes_back": ReportWithdrawal(
                receipt=original.id,
                report=original.report,
                version=original.version,
                by=request.by,
                who=request.who,
                reason=request.reason,
            ),
        }
    )
    return receipt, replace(ledger, version=last.version + 1, last_at=now)


def effective_entries(history: Iterable[LedgerEntry], without: str = "") -> list[LedgerEntry]:
    """The reports of a ledger that are not withdrawn, first version first; ``without`` is a receipt id to leave out."""
    history = list(history)
    withdrawn = {entry.receipt.takes_back.receipt for entry in history if entry.receipt.takes_back} | {without}
    return [entry for entry in history if entry.report is not None and entry.receipt.id not in withdrawn]


def _responsible_agency(original: Receipt, request: WithdrawalRequest, context: IntakeContext, today: date) -> str:
    """The agency that owes the report from now on: the one that withdraws it, or the holder of the role today."""
    if request.by == "agency":
        return request.who
    obligation = context.plan.obligation.get(original.obligation or "")
    owner = owner_of(context.plan, obligation, original.account or "", today) if obligation else None
    return owner or original.reported_by


def _problem(code: str, original: Receipt, expected: str, detail: str) -> Problem:
    return Problem(code=code, pointer="", value=original.id, expected=expected, rule="receipt.issued v1", detail=detail)
