"""Reports over HTTP. Errors are RFC 9457 problem details with a stable code and Vietnamese text."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response

from services.intake.access.backlog import Backlog
from services.intake.access.callers import Callers
from services.intake.paper_requests import SenderKey, unnumbered
from services.intake.reports.dry_run import CheckedReport, DryRun
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.report_reader import NumberMissing
from services.intake.reports.store import ReportStore
from services.intake.reports.unchecked import refusal_in_words
from services.intake.settings import IntakeSettings
from shared.contracts.intake import Report
from shared.contracts.json_values import JsonObject
from shared.contracts.receipts import Problem, Receipt, ReceiptWarning
from shared.runtime.http.bodies import body_of
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access

_FORBIDDEN = {"not_responsible", "tier_not_reported"}
_CONFLICT = {"report_id_reused", "taken_back", "locked"}


def report_routes(
    intake: ReportIntake,
    dry_run: DryRun,
    reports: ReportStore,
    callers: Callers,
    backlog: Backlog,
    settings: IntakeSettings,
    access: Access,
) -> APIRouter:
    """The routes that submit and count reports."""
    router = service_router(prefix="/v1")

    @router.post(
        "/reports",
        status_code=202,
        response_model=Receipt,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=json_body(Report),
    )
    async def submit(
        request: Request,
        idempotency_key: SenderKey = None,
        sender: str = Depends(backlog.require_capacity),
    ) -> Response:
        body = await body_of(request, settings.body_limit_bytes)
        return receipt_response(await submitted(intake, sender, idempotency_key, body))

    @router.post(
        "/reports/check",
        response_model=CheckedReport,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=json_body(Report),
    )
    async def check(
        request: Request,
        idempotency_key: SenderKey = None,
        sender: str = Depends(callers.agency),
    ) -> Response:
        """Check a report without sending it: the same checks, the same refusals; nothing is stored or used up."""
        body = await body_of(request, settings.body_limit_bytes)
        return checked_response(await checked(dry_run, sender, idempotency_key, body))

    @router.get("/counts", dependencies=[Depends(access.caller)], responses=problem_answers(401, 403))
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


async def checked(
    dry_run: DryRun,
    sender: str,
    key: str | None,
    body: JsonObject,
    warnings: Sequence[ReceiptWarning] = (),
) -> CheckedReport:
    """What would happen to a report sent over HTTP. Raises ``Refusal`` with 422 if it has no number."""
    try:
        return await dry_run.check(sender, key, body, warnings)
    except NumberMissing:
        raise unnumbered(body, "Báo cáo") from None


def checked_response(report: CheckedReport) -> Response:
    """The HTTP response for a checked report: 200 if it would be accepted, otherwise the refusal that it would get.

    The refusal has the member ``checked`` instead of a receipt.
    """
    if not report.problems:
        return Response(report.model_dump_json(), media_type="application/json")
    status, code = _refused_with(report.problems), report.problems[0].code
    return Refusal(status, code, report.detail, checked=report.model_dump(mode="json")).response()


def _refused_with(problems: Sequence[Problem]) -> int:
    codes = {problem.code for problem in problems}
    return 403 if codes & _FORBIDDEN else 409 if codes & _CONFLICT else 422


def receipt_response(receipt: Receipt) -> Response:
    """The HTTP response for a submitted report: 202 with its receipt, or a problem document with 403, 409 or 422."""
    if receipt.status == "accepted":
        return Response(receipt.model_dump_json(), status_code=202, media_type="application/json")
    named = refusal_in_words([problem.detail for problem in receipt.problems], receipt.warnings)
    return Refusal(
        _refused_with(receipt.problems),
        receipt.problems[0].code,
        f"Báo cáo chưa được tiếp nhận: {named}",
        receipt=receipt.model_dump(mode="json"),
    ).response()
