"""Reports over HTTP. Errors are RFC 9457 problem details with a stable code and Vietnamese text."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response

from services.intake.access.backlog import Backlog
from services.intake.access.callers import Callers
from services.intake.paper_requests import SenderKey, unnumbered
from services.intake.reports.handlers import NumberMissing, ReportIntake
from services.intake.reports.store import ReportStore
from services.intake.settings import IntakeSettings
from shared.contracts.intake import Report
from shared.contracts.json_values import JsonObject
from shared.contracts.receipts import Receipt, ReceiptWarning
from shared.runtime.http.bodies import body_of
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import Refusal, problem_answers

_FORBIDDEN = {"not_responsible", "tier_not_reported"}
_CONFLICT = {"report_id_reused", "taken_back", "locked"}


def report_routes(
    intake: ReportIntake, reports: ReportStore, callers: Callers, backlog: Backlog, settings: IntakeSettings
) -> APIRouter:
    """The routes that submit and count reports."""
    router = APIRouter(prefix="/v1")

    @router.post(
        "/reports",
        status_code=202,
        response_model=Receipt,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=json_body(Report),
        dependencies=[Depends(backlog.require_capacity)],
    )
    async def submit(
        request: Request,
        idempotency_key: SenderKey,
        sender: str = Depends(callers.agency),
    ) -> Response:
        body = await body_of(request, settings.body_limit_bytes)
        return receipt_response(await submitted(intake, sender, idempotency_key, body))

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return await reports.counts()

    return router


async def submitted(
    intake: ReportIntake,
    sender: str,
    key: str | None,
    body: JsonObject,
    warnings: Sequence[ReceiptWarning] = (),
) -> Receipt:
    """The receipt of a report sent over HTTP. Raises ``Refusal`` with 422, and stores nothing, if it has no number."""
    try:
        delivery = f"http/{key}" if key else "http"
        return await intake.submit(sender, key, body, delivery, answer=False, warnings=warnings)
    except NumberMissing:
        raise unnumbered(body, "Báo cáo") from None


def receipt_response(receipt: Receipt) -> Response:
    """The HTTP response for a submitted report: 202 with its receipt, or a problem document with 403, 409 or 422."""
    if receipt.status == "accepted":
        return Response(receipt.model_dump_json(), status_code=202, media_type="application/json")
    codes = {problem.code for problem in receipt.problems}
    status = 403 if codes & _FORBIDDEN else 409 if codes & _CONFLICT else 422
    return Refusal(
        status,
        receipt.problems[0].code,
        "Báo cáo chưa được tiếp nhận: " + " ".join(problem.detail for problem in receipt.problems[:3]),
        receipt=receipt.model_dump(mode="json"),
    ).response()
