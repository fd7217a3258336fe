"""Receipts over HTTP: read them, and take a report back that should not count."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.intake.reports.handlers import ReportIntake
from services.intake.reports.routes import Callers
from services.intake.reports.store import ReceiptNow, Reports
from services.intake.reports.withdrawal import WithdrawalRequest
from services.intake.web.forms import written
from shared.contracts.model import Code, Id, StrictModel, Text
from shared.contracts.receipts import Receipt
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import Refusal, problem_answers

MOST_AT_ONCE = 200

_STATUS = {"not_responsible": 403}


class Reason(StrictModel):
    """Why a report is taken back; it is told to everybody who sees the figures change."""

    reason: Text


_WHY = written(Reason, "Lý do")


class ReceiptList(StrictModel):
    """Receipts. ``next`` is what to ask for more ``after``; None where these are the last."""

    receipts: list[ReceiptNow]
    next: str | None


def receipt_routes(intake: ReportIntake, reports: Reports, callers: Callers) -> APIRouter:
    """The routes of receipts."""
    router = APIRouter(prefix="/v1")

    @router.get("/receipts", responses=problem_answers(401, 403, 404, 422, 429))
    async def receipts(
        agency: Annotated[Code | None, Query(description="Whose; for the standing office, which sees all.")] = None,
        movement: Annotated[Code | None, Query()] = None,
        obligation: Annotated[Id | None, Query()] = None,
        after: Annotated[str | None, Query(description="A receipt's id: only those after it in this order.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 50,
        order: Annotated[Literal["newest", "oldest"], Query(description="Which come first.")] = "newest",
        sender: str | None = Depends(callers.agency_or_office),
    ) -> ReceiptList:
        """An agency's own; everybody's for the standing office, which may want to return one."""
        named = {"reported_by": sender or agency, "movement": movement, "obligation": obligation}
        among = {name: value for name, value in named.items() if value is not None}
        last = await reports.place_of(after, sender) if after else None
        if after and last is None:
            raise _unknown()
        found = await reports.listed(among, last, limit + 1, newest=order == "newest")
        more = len(found) > limit
        return ReceiptList(receipts=found[:limit], next=found[limit - 1].id if more else None)

    @router.get("/receipts/{receipt_id}", responses=problem_answers(401, 403, 404, 429))
    async def receipt(receipt_id: str, sender: str | None = Depends(callers.agency_or_office)) -> ReceiptNow:
        found = await reports.receipt(receipt_id)
        if found is None or (sender is not None and not intake.concerns(found, sender)):
            raise _unknown()
        return found

    @router.post(
        "/receipts/{receipt_id}/withdraw",
        responses=problem_answers(400, 401, 403, 404, 409, 413, 422, 429),
        openapi_extra=json_body(Reason),
    )
    async def withdraw(receipt_id: str, sender: str = Depends(callers.agency), why: Reason = Depends(_WHY)) -> Receipt:
        """Take a report back, as though it had not come: what stood before it stands again. Once; again is the same."""
        return await _withdraw(receipt_id, WithdrawalRequest("agency", sender, why.reason))

    @router.post(
        "/receipts/{receipt_id}/return",
        responses=problem_answers(400, 401, 403, 404, 409, 413, 422),
        openapi_extra=json_body(Reason),
    )
    async def send_back(receipt_id: str, office: str = Depends(callers.office), why: Reason = Depends(_WHY)) -> Receipt:
        """The standing office returns a report to who sent it, who owes it again."""
        return await _withdraw(receipt_id, WithdrawalRequest("standing_office", office, why.reason))

    async def _withdraw(receipt_id: str, asked: WithdrawalRequest) -> Receipt:
        done = await intake.withdraw(receipt_id, asked)
        if done is None:
            raise _unknown()
        if not isinstance(done, Receipt):
            raise Refusal(_STATUS.get(done.code, 409), done.code, done.detail, problem=done.model_dump(mode="json"))
        return done

    return router


def _unknown() -> Refusal:
    return Refusal(404, "no_receipt", "Không có giấy tiếp nhận mang mã này.")
