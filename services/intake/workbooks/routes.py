"""Reports as Excel files over HTTP: download the form of an obligation, submit it filled in, as raw bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from services.intake.access.backlog import Backlog
from services.intake.access.callers import Callers
from services.intake.context import IntakeContext
from services.intake.paper_requests import SenderKey, number_missing
from services.intake.papers import number_problem
from services.intake.plans.contexts import context_of
from services.intake.reports.dry_run import CheckedReport, DryRun
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.parsing import MAX_PROBLEMS, RULE
from services.intake.reports.problems import rule_of
from services.intake.reports.routes import checked, checked_response, receipt_response, submitted
from services.intake.reports.unchecked import refusal_in_words
from services.intake.workbooks.cell_problems import CellProblem, Sheet, address_problem
from services.intake.workbooks.filled_form import FilledForm, find_form
from services.intake.workbooks.reader import read_form
from services.intake.workbooks.writer import template
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Kind, local
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Problem, Receipt, ReceiptWarning
from shared.plans.authority import accepts_kind, concerns, current_period, due_periods, is_reporter
from shared.runtime.clock import Clock
from shared.runtime.http.bodies import bytes_of
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.strict_json import tidied_object
from shared.runtime.http.workbooks import WORKBOOK_CONTENT, Workbook
from shared.runtime.references import References
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook
from shared.tables.workbooks.media_types import WORKBOOK_TYPES
from shared.tables.workbooks.safe_open import open_workbook
from shared.wording.formats import cac_ky
from shared.wording.plan_names import content_name, content_of
from shared.wording.unit_names import full_name

BODY_LIMIT = 5 * 1024 * 1024

_BODY = {"requestBody": {"required": True, "content": WORKBOOK_CONTENT}}


def excel_routes(
    intake: ReportIntake,
    dry_run: DryRun,
    references: References,
    callers: Callers,
    backlog: Backlog,
    clock: Clock,
    province: str,
) -> APIRouter:
    """The routes of Excel files."""
    router = service_router(prefix="/v1")

    async def intake_context(movement: str, missing_status: int) -> IntakeContext:
        """The context of a movement. Raises ``Refusal`` with that status if there is no plan for it."""
        context = await context_of(references, province, movement)
        if context is None:
            detail = f"Không có kế hoạch nào cho phong trào “{movement[:80]}”."
            raise Refusal(missing_status, "unknown_movement", detail)
        return context

    def obligation_of(sender: str, context: IntakeContext, obligation_id: str) -> Obligation:
        """An obligation that the caller must report. Raises ``Refusal`` with 403 otherwise."""
        plan, register, today = context.plan, context.register, local(clock.now()).date()
        obligation = plan.obligation.get(obligation_id)
        if obligation is None or obligation.kind is None or not is_reporter(plan, obligation, register, sender, today):
            content = content_of(plan, obligation_id)
            detail = f"Cơ quan “{full_name(register, sender)}” không được giao báo cáo {content}."
            raise Refusal(403, "not_responsible", detail, rule=rule_of(plan, obligation))
        return obligation

    @router.get(
        "/obligations/{obligation}/template.xlsx",
        response_class=Workbook,
        responses=problem_answers(401, 403, 404, 422, 429),
    )
    async def form(
        obligation: str,
        movement: str,
        period: str | None = None,
        kind: Kind | None = None,
        sender: str = Depends(callers.agency),
    ) -> Workbook:
        """The form of the caller's obligation. ``kind`` selects the form for cases instead of the one for figures."""
        context, today = await intake_context(movement, 404), local(clock.now()).date()
        due = obligation_of(sender, context, obligation)
        form_kind = kind or due.kind
        if form_kind is None or not accepts_kind(due, form_kind):
            raise Refusal(422, "wrong_kind", f"Báo cáo {content_name(due)} không nhận loại này.", expected=due.kind)
        periods = [due_period.period for due_period in due_periods(context.plan, due)]
        form_period = period or current_period(context.plan, due, today)
        if form_period not in periods:
            raise Refusal(422, "wrong_period", f"Kỳ báo cáo phải là {cac_ky(periods)}.", expected=periods)
        documents = references.cited_documents(context.ref)
        content = await asyncio.to_thread(template, context, due, form_kind, sender, form_period, today, documents)
        name = f"{due.id}-{form_period}.xlsx".replace(":", "_")
        return Workbook(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.post(
        "/reports/excel",
        status_code=202,
        response_model=Receipt,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=_BODY,
    )
    async def submit(
        request: Request, idempotency_key: SenderKey = None, sender: str = Depends(backlog.require_capacity)
    ) -> Response:
        """A filled-in form as the body. Its report is checked in the same way as a report in JSON.

        A file that cannot be read is refused and not stored, so that it can be corrected and sent again with the same
        number. ``cells`` of the problem document locates each problem in the sheet.
        """
        sheet = await sheet_of(request, sender, idempotency_key)
        receipt = await submitted(intake, sender, idempotency_key, tidied_object(sheet.body), sheet.warnings)
        return _with_cells(receipt_response(receipt), sheet.locate(receipt.problems))

    @router.post(
        "/reports/excel/check",
        response_model=CheckedReport,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=_BODY,
    )
    async def check(
        request: Request, idempotency_key: SenderKey = None, sender: str = Depends(callers.agency)
    ) -> Response:
        """Check a filled-in form without sending it: the same checks, the same refusals; nothing is stored."""
        sheet = await sheet_of(request, sender, idempotency_key)
        report = await checked(dry_run, sender, idempotency_key, tidied_object(sheet.body), sheet.warnings)
        return _with_cells(checked_response(report), sheet.locate(report.problems))

    async def sheet_of(request: Request, sender: str, key: str | None) -> Sheet:
        """The report in the file of a request. Raises ``Refusal`` if the file, or a cell of it, cannot be read."""
        content = await bytes_of(request, BODY_LIMIT, WORKBOOK_TYPES, _too_large)
        try:
            form = await asyncio.to_thread(_form, content)
            context = await intake_context(form.movement, 422)
            obligation = obligation_of(sender, context, form.obligation)
            today = local(clock.now()).date()
            sheet = await asyncio.to_thread(_read, form, context, obligation, sender, today)
        except InvalidWorkbook as error:
            raise Refusal(error.status, error.code, error.detail, cells=_cells_of(error)) from None
        if sheet.problems:
            body = tidied_object(sheet.body)
            receipt = await dry_run.problems_of(sender, body)
            number = body.get("number", key)
            paper = number_problem(number, RULE) if number is not None else number_missing()
            raise _unreadable(sheet, [*([paper] if paper else []), *receipt.problems], receipt.warnings)
        return sheet

    return router


def _unreadable(sheet: Sheet, further: Sequence[Problem], warnings: Sequence[ReceiptWarning]) -> Refusal:
    """The refusal of a form with cells that cannot be read; ``further`` are the problems of what could be read."""
    first = sheet.problems[0]
    cells = sheet.with_further(further)[:MAX_PROBLEMS]
    named = refusal_in_words([f"Ô {problem.cell}: {problem.detail}" for problem in cells], warnings, "ô")
    unchecked = [warning.model_dump(mode="json") for warning in warnings]
    detail = f"Không đọc được báo cáo. {named}"
    return Refusal(422, first.code, detail, cells=_as_json(cells), warnings=unchecked)


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"Tệp Excel lớn hơn {BODY_LIMIT // 1024 // 1024} MiB.")


def _form(content: bytes) -> FilledForm:
    return find_form(open_workbook(content))


def _read(form: FilledForm, context: IntakeContext, obligation: Obligation, sender: str, today: date) -> Sheet:
    plan, register = context.plan, context.register
    allowed = [unit for unit in register.units if concerns(plan, obligation, sender, unit)]
    return read_form(form, allowed, register, (plan.movement and plan.movement.as_of) or today)


def _as_json(problems: Sequence[CellProblem]) -> list[JsonObject]:
    return [problem.model_dump(mode="json") for problem in problems]


def _cells_of(error: InvalidWorkbook) -> list[JsonObject]:
    """The cells for which a file is refused as a whole, in the same form as any other problem of a cell."""
    return _as_json([address_problem(error.code, cell, error.detail) for cell in error.cells])


def _with_cells(answer: Response, problems: Sequence[CellProblem]) -> Response:
    """The answer to a report in JSON, with the cells of its problems."""
    if problems:
        content = json.loads(bytes(answer.body)) | {"cells": _as_json(problems)}
        return JSONResponse(content, answer.status_code, media_type=answer.media_type)
    return answer
