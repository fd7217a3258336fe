"""Receipts over HTTP: read them, withdraw a report, return one to its sender."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.intake.access.callers import Callers
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.store import ReceiptStatus, ReceiptView, ReportStore
from services.intake.reports.withdrawal import WithdrawalRequest
from shared.contracts.model import Code, Id, StrictModel, Text
from shared.contracts.receipts import Receipt
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router

MAX_RECEIPTS = 200

_STATUS = {"not_responsible": 403}


class Reason(StrictModel):
    """Why a report is withdrawn or returned; it is published to everyone who sees the figures change."""

    reason: Text


_REASON = Form[Reason](Reason, "Lý do")


class ReceiptList(StrictModel):
    """A page of receipts. ``next`` is the value of ``after`` for the next page; None on the last one."""

    receipts: list[ReceiptView]
    next: str | None


def receipt_routes(intake: ReportIntake, reports: ReportStore, callers: Callers) -> APIRouter:
    """The routes of receipts."""
    router = service_router(prefix="/v1")

    @router.get("/receipts", responses=problem_answers(401, 403, 404, 422, 429))
    async def list_receipts(
        agency: Annotated[Code | None, Query(description="Whose; for the standing office, which sees all.")] = None,
        movement: Annotated[Code | None, Query()] = None,
        obligation: Annotated[Id | None, Query()] = None,
        status: Annotated[ReceiptStatus | None, Query(description="Only receipts of this status.")] = None,
        after: Annotated[str | None, Query(description="A receipt's id: only those after it in this order.")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_RECEIPTS)] = 50,
        order: Annotated[Literal["newest", "oldest"], Query(description="Which come first.")] = "newest",
        sender: str | None = Depends(callers.agency_or_office),
    ) -> ReceiptList:
        """An agency's own receipts; for the standing office, those of all agencies."""
        requested = {"reported_by": sender or agency, "movement": movement, "obligation": obligation}
        filters = {name: value for name, value in requested.items() if value is not None}
        position = await reports.position_of(after, sender) if after else None
        if after and position is None:
            raise _unknown()
        receipts = await reports.receipts(filters, position, limit + 1, newest=order == "newest", status=status)
        # A report of a movement without a plan was returned with a receipt, so the receipts are looked for first.
        if not receipts and (name := intake.unknown_name(agency, movement, obligation)) is not None:
            raise Refusal(
                404, "unknown_name", f"Không có cơ quan, phong trào hay nội dung báo cáo nào mang mã “{name}”."
            )
        has_more = len(receipts) > limit
        return ReceiptList(receipts=receipts[:limit], next=receipts[limit - 1].id if has_more else None)

    @router.get("/receipts/{receipt_id}", responses=problem_answers(401, 403, 404, 429))
    async def read_receipt(receipt_id: str, sender: str | None = Depends(callers.agency_or_office)) -> ReceiptView:
        receipt = await reports.receipt(receipt_id)
        if receipt is None or (sender is not None and not intake.concerns(receipt, sender)):
            raise _unknown()
        return receipt

    @router.post(
        "/receipts/{receipt_id}/withdraw",
        responses=problem_answers(400, 401, 403, 404, 409, 413, 415, 422, 429),
        openapi_extra=_REASON.openapi,
    )
    async def withdraw(
        receipt_id: str, sender: str = Depends(callers.agency), body: Reason = Depends(_REASON.body)
    ) -> ReceiptView:
        """Withdraw a report: the figures before it are in effect again. Repeating the request changes nothing."""
        return await _withdraw(receipt_id, WithdrawalRequest("agency", sender, body.reason))

    @router.post(
        "/receipts/{receipt_id}/return",
        responses=problem_answers(400, 401, 403, 404, 409, 413, 415, 422),
        openapi_extra=_REASON.openapi,
    )
    async def return_report(
        receipt_id: str, office: str = Depends(callers.office), body: Reason = Depends(_REASON.body)
    ) -> ReceiptView:
        """The standing office returns a report to the agency that owes it, which has to send it again."""
        return await _withdraw(receipt_id, WithdrawalRequest("standing_office", office, body.reason))

    async def _withdraw(receipt_id: str, request: WithdrawalRequest) -> ReceiptView:
        result = await intake.withdraw(receipt_id, request)
        if result is None:
            raise _unknown()
        if isinstance(result, Receipt):
            return ReceiptView.of(result)
        problem = result.model_dump(mode="json")
        raise Refusal(_STATUS.get(result.code, 409), result.code, result.detail, problem=problem)

    return router


def _unknown() -> Refusal:
    return Refusal(404, "no_receipt", "Không có giấy tiếp nhận mang mã này.")
