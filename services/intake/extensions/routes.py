"""Extensions over HTTP: agencies request them, the standing office answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.intake.access.callers import Callers
from services.intake.context import IntakeContext, ledger_key
from services.intake.extensions.rules import answer, concerns, due_obligation, request_extension
from services.intake.extensions.store import Decision, Extensions
from services.intake.paper_requests import SenderKey, required_paper
from services.intake.plans.contexts import context_of
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.model import Code, local
from shared.contracts.receipts import Problem
from shared.runtime.clock import Clock
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.references import References

_REQUEST = Form[ExtensionRequest](ExtensionRequest, "Đề nghị gia hạn")
_ANSWER = Form[ExtensionAnswer](ExtensionAnswer, "Trả lời đề nghị gia hạn")
_STATUS = {"not_responsible": 403, "already_asked": 409, "extension_id_reused": 409, "already_answered": 409}


def extension_routes(
    extensions: Extensions,
    references: References,
    callers: Callers,
    clock: Clock,
    province: str,
    wake: Callable[[], None],
) -> APIRouter:
    """The routes of extensions. ``wake`` wakes the outbox relay after a write."""
    router = service_router(prefix="/v1")

    async def intake_context(movement: str) -> IntakeContext:
        """The context of a movement. Raises ``Refusal`` with 422 if there is no plan for it."""
        context = await context_of(references, province, movement)
        if context is None:
            raise Refusal(422, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return context

    @router.post(
        "/extensions",
        status_code=201,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=_REQUEST.openapi,
    )
    async def request(
        idempotency_key: SenderKey = None,
        agency: str = Depends(callers.agency),
        body: ExtensionRequest = Depends(_REQUEST.body),
    ) -> Extension:
        """Request an extension; there can be one open request per obligation and period.

        With a number the same request again gives the same extension.
        """
        return await store_request(body, agency, idempotency_key)

    @router.post(
        "/agencies/{code}/extensions",
        status_code=201,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422),
        openapi_extra=_REQUEST.openapi,
    )
    async def grant(
        code: Code, office: str = Depends(callers.office), body: ExtensionRequest = Depends(_REQUEST.body)
    ) -> Extension:
        """The standing office grants an extension without a request, for example after a phone call."""
        return await store_request(body, code, granted_by=office)

    async def store_request(
        body: ExtensionRequest, agency: str, key: str | None = None, granted_by: str | None = None
    ) -> Extension:
        context, now, paper = await intake_context(body.movement), clock.now(), None
        if granted_by is None and (body.number is not None or key is not None):
            written = body.model_dump(mode="json", include={"number", "date"})
            paper = required_paper(agency, written, key, "Đề nghị gia hạn", local(now).date())
        due = due_obligation(body, agency, context, now)
        if isinstance(due, Problem):
            raise _refusal(due)
        ledger = ledger_key(province, body.movement, body.obligation, due.account, body.period)

        def decision(existing: Sequence[Extension]) -> Extension | Problem:
            requested = request_extension(body, agency, due, ledger, existing, context, now, paper)
            if isinstance(requested, Problem) or granted_by is None:
                return requested
            unasked = requested.model_copy(update={"unasked": True})
            granted = answer(unasked, ExtensionAnswer(granted=True), granted_by, existing, context, now)
            return granted if isinstance(granted, Problem) else granted.model_copy(update={"version": 1})

        return await store(ledger, decision)

    @router.post(
        "/extensions/{extension}/answer",
        responses=problem_answers(400, 401, 403, 404, 409, 413, 415, 422),
        openapi_extra=_ANSWER.openapi,
    )
    async def respond(
        extension: str, office: str = Depends(callers.office), given: ExtensionAnswer = Depends(_ANSWER.body)
    ) -> Extension:
        """The standing office grants or refuses a request; repeating the same answer changes nothing."""
        ledger = await extensions.ledger_of(extension)
        existing = await extensions.of(ledger) if ledger else []
        requested = next((stored for stored in existing if stored.id == extension), None)
        if ledger is None or requested is None:
            raise Refusal(404, "no_extension", "Không có đề nghị gia hạn mang mã này.")
        context, now = await intake_context(requested.movement), clock.now()

        def decision(existing: Sequence[Extension]) -> Extension | Problem:
            requested = next(stored for stored in existing if stored.id == extension)
            others = [stored for stored in existing if stored.id != extension]
            return answer(requested, given, office, others, context, now)

        return await store(ledger, decision)

    async def store(ledger: str, decision: Decision) -> Extension:
        extension = await extensions.decide(ledger, decision)
        if isinstance(extension, Problem):
            raise _refusal(extension)
        wake()
        return extension

    @router.get("/extensions", responses=problem_answers(401, 403, 422, 429))
    async def list_extensions(
        status: Annotated[Literal["asked", "granted", "refused"] | None, Query()] = None,
        agency: str | None = Depends(callers.agency_or_office),
    ) -> list[Extension]:
        """An agency's extensions and those of the roles it holds today, oldest first; all for the standing office."""
        now = clock.now()
        return [
            extension
            for extension in await extensions.all()
            if status in (None, extension.status)
            and (agency is None or concerns(extension, agency, await intake_context(extension.movement), now))
        ]

    return router


def _refusal(problem: Problem) -> Refusal:
    status = _STATUS.get(problem.code, 422)
    return Refusal(status, problem.code, problem.detail, problem=problem.model_dump(mode="json"))
