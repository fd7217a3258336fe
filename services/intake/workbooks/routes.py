"""Reports as Excel files over HTTP: the form of an obligation, and the form filled in. Raw bytes both ways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from services.intake.access.backlog import Backlog
from services.intake.access.callers import Callers
from services.intake.context import IntakeContext
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.routes import receipt_response
from services.intake.web.requests import IdempotencyKey
from services.intake.web.strict_json import tidied
from services.intake.workbooks import reader
from services.intake.workbooks.cell_problems import CellProblem, Sheet, about_cell
from services.intake.workbooks.reader import Form
from services.intake.workbooks.safe_open import InvalidWorkbook, opened
from services.intake.workbooks.unit_lookup import Names
from services.intake.workbooks.writer import periods, template
from shared.contracts.model import Kind, local
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Receipt
from shared.plans.authority import concerns, is_reporter, takes_kind
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.references import References

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BODY_LIMIT = 5 * 1024 * 1024

_BODY = {"requestBody": {"required": True, "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}}


class Workbook(Response):
    """An .xlsx file."""

    media_type = XLSX


def excel_routes(
    intake: ReportIntake, references: References, callers: Callers, backlog: Backlog, clock: Clock, province: str
) -> APIRouter:
    """The routes of Excel files."""
    router = APIRouter(prefix="/v1")

    async def judged_by(movement: str, otherwise: int) -> IntakeContext:
        """What a report in a movement is judged by. Raises ``Refusal`` with that status where nothing is known."""
        in_force = await references.refreshed_plan_and_register(province, movement)
        if in_force is None:
            raise Refusal(otherwise, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement[:80]}”.")
        return IntakeContext(*in_force)

    def owed_by(sender: str, context: IntakeContext, named: str) -> Obligation:
        """The obligation, where the caller owes it. Raises ``Refusal`` with 403 otherwise."""
        owed, today = context.plan.obligation.get(named), local(clock.now()).date()
        if owed is None or owed.kind is None or not is_reporter(context.plan, owed, context.register, sender, today):
            whom, rule = context.register.name_of(sender), context.plan.source.name
            detail = f"Cơ quan “{whom}” không được giao báo cáo nội dung {named[:80]}."
            raise Refusal(403, "not_responsible", detail, rule=f"{rule}, {owed.cite}" if owed else rule)
        return owed

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
        """The form of what the caller owes. ``kind`` asks for the form of cases instead of that of figures."""
        context, today = await judged_by(movement, 404), local(clock.now()).date()
        owed = owed_by(sender, context, obligation)
        asked = kind or owed.kind
        if asked is None or not takes_kind(owed, asked):
            raise Refusal(422, "wrong_kind", f"Nội dung {owed.id} không nhận loại báo cáo này.", expected=owed.kind)
        may_be = periods(owed, context)
        named = period or next((each for each in may_be if each >= str(today.year)), may_be[-1])
        if named not in may_be:
            raise Refusal(422, "wrong_period", f"Kỳ báo cáo phải là {' hoặc '.join(may_be)}.", expected=may_be)
        numbers = references.document_numbers(context.ref)
        content = await asyncio.to_thread(template, context, owed, asked, sender, named, today, numbers)
        name = f"{owed.id}-{named}.xlsx".replace(":", "_")
        return Workbook(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.post(
        "/reports/excel",
        status_code=202,
        response_model=Receipt,
        responses=problem_answers(400, 401, 403, 409, 413, 422, 429),
        openapi_extra=_BODY,
        dependencies=[Depends(backlog.require_capacity)],
    )
    async def submit(
        request: Request, idempotency_key: IdempotencyKey, sender: str = Depends(callers.agency)
    ) -> Response:
        """A filled-in form as the body. What it says is judged as the same report in JSON is.

        A file that cannot be read is refused and not kept, so that it can be sent again, mended, under the same key.
        ``cells`` of the problem document says where in the sheet each problem is.
        """
        content = await _body(request)
        try:
            filled = await asyncio.to_thread(_form, content)
            context = await judged_by(filled.movement, 422)
            owed = owed_by(sender, context, filled.obligation)
            sheet = await asyncio.to_thread(_read, filled, context, owed, sender)
        except InvalidWorkbook as refused:
            raise Refusal(refused.status, refused.code, refused.detail, cells=_named(refused)) from None
        if sheet.problems:
            said = " ".join(f"Ô {each.cell}: {each.detail}" for each in sheet.problems[:3])
            raise Refusal(422, sheet.problems[0].code, f"Không đọc được báo cáo. {said}", cells=_said(sheet.problems))
        receipt = await intake.submit(
            sender, idempotency_key, tidied(sheet.body), f"http/{idempotency_key}", answer=False
        )
        return _with_cells(receipt_response(receipt), sheet.located(receipt.problems))

    return router


async def _body(request: Request) -> bytes:
    """The file sent. Raises ``Refusal`` with 413."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_LIMIT:
            raise Refusal(413, "too_large", f"Tệp Excel lớn hơn {BODY_LIMIT // 1024 // 1024} MiB.")
    return bytes(raw)


def _form(content: bytes) -> Form:
    return reader.form_of(opened(content))


def _read(filled: Form, context: IntakeContext, owed: Obligation, sender: str) -> Sheet:
    register = context.register
    concerned = [unit for unit in register.units if concerns(context.plan, owed, sender, unit)]
    return reader.read(filled, Names(concerned, register), Names(register.units, register))


def _said(problems: Sequence[CellProblem]) -> list[dict[str, Any]]:
    return [problem.model_dump(mode="json") for problem in problems]


def _named(refused: InvalidWorkbook) -> list[dict[str, Any]]:
    """The cells a file as a whole is refused for, in the form of every other problem of a cell."""
    return _said([about_cell(refused.code, cell, refused.detail) for cell in refused.cells])


def _with_cells(answer: Response, problems: Sequence[CellProblem]) -> Response:
    """The JSON door's answer, and where in the sheet its problems are."""
    if problems:
        said = json.loads(bytes(answer.body)) | {"cells": _said(problems)}
        return JSONResponse(said, answer.status_code, media_type=answer.media_type)
    return answer
