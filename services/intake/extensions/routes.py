"""More time over HTTP: agencies ask, the standing office answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.intake.access.callers import Callers
from services.intake.context import IntakeContext, ledger_key
from services.intake.extensions.rules import answer, ask, concerns, obligation_due
from services.intake.extensions.store import Decision, Extensions
from services.intake.web.forms import form_body
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.model import Code
from shared.contracts.receipts import Problem
from shared.runtime.clock import Clock
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.references import References

_ASKED, _ANSWERED = (
    form_body(ExtensionRequest, "Đề nghị gia hạn"),
    form_body(ExtensionAnswer, "Trả lời đề nghị gia hạn"),
)
_STATUS = {"not_responsible": 403, "already_asked": 409, "already_answered": 409}


def extension_routes(
    extensions: Extensions,
    references: References,
    callers: Callers,
    clock: Clock,
    province: str,
    wake: Callable[[], None],
) -> APIRouter:
    """The routes of extensions. ``wake`` has the outbox say what was written."""
    router = APIRouter(prefix="/v1")

    async def judged_by(movement: str) -> IntakeContext:
        in_force = await references.refreshed_plan_and_register(province, movement)
        if in_force is None:
            raise Refusal(422, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return IntakeContext(*in_force)

    @router.post(
        "/extensions",
        status_code=201,
        responses=problem_answers(400, 401, 403, 409, 413, 422, 429),
        openapi_extra=json_body(ExtensionRequest),
    )
    async def request(agency: str = Depends(callers.agency), asked: ExtensionRequest = Depends(_ASKED)) -> Extension:
        """Ask for more time; one request at a time for an obligation and period."""
        return await ask_for(asked, agency)

    @router.post(
        "/agencies/{code}/extensions",
        status_code=201,
        responses=problem_answers(400, 401, 403, 409, 413, 422),
        openapi_extra=json_body(ExtensionRequest),
    )
    async def grant(
        code: Code, office: str = Depends(callers.office), asked: ExtensionRequest = Depends(_ASKED)
    ) -> Extension:
        """The standing office grants more time unasked, as when somebody has called."""
        return await ask_for(asked, code, granted_by=office)

    async def ask_for(asked: ExtensionRequest, agency: str, granted_by: str | None = None) -> Extension:
        context, now = await judged_by(asked.movement), clock.now()
        owed = obligation_due(asked, agency, context, now)
        if isinstance(owed, Problem):
            raise _refusal(owed)
        ledger = ledger_key(province, asked.movement, asked.obligation, owed.account, asked.period)

        def decided(so_far: Sequence[Extension]) -> Extension | Problem:
            wish = ask(asked, agency, owed, ledger, so_far, context, now)
            if isinstance(wish, Problem) or granted_by is None:
                return wish
            given = ExtensionAnswer(granted=True)
            granted = answer(wish.model_copy(update={"unasked": True}), given, granted_by, so_far, context, now)
            return granted if isinstance(granted, Problem) else granted.model_copy(update={"version": 1})

        return await said(ledger, decided)

    @router.post(
        "/extensions/{extension}/answer",
        responses=problem_answers(400, 401, 403, 404, 409, 413, 422),
        openapi_extra=json_body(ExtensionAnswer),
    )
    async def respond(
        extension: str, office: str = Depends(callers.office), given: ExtensionAnswer = Depends(_ANSWERED)
    ) -> Extension:
        """The standing office grants or refuses; the same answer again is the same."""
        ledger = await extensions.ledger_of(extension)
        known = next((each for each in await extensions.of(ledger) if each.id == extension), None) if ledger else None
        if ledger is None or known is None:
            raise Refusal(404, "no_extension", "Không có đề nghị gia hạn mang mã này.")
        context, now = await judged_by(known.movement), clock.now()

        def decided(so_far: Sequence[Extension]) -> Extension | Problem:
            asked = next(each for each in so_far if each.id == extension)
            others = [each for each in so_far if each.id != extension]
            return answer(asked, given, office, others, context, now)

        return await said(ledger, decided)

    async def said(ledger: str, decided: Decision) -> Extension:
        extension = await extensions.decide(ledger, decided)
        if isinstance(extension, Problem):
            raise _refusal(extension)
        wake()
        return extension

    @router.get("/extensions", responses=problem_answers(401, 403, 422, 429))
    async def own_or_all(
        status: Annotated[Literal["asked", "granted", "refused"] | None, Query()] = None,
        agency: str | None = Depends(callers.agency_or_office),
    ) -> list[Extension]:
        """An agency's own and those of the roles it holds today, oldest first; the standing office sees all."""
        now = clock.now()
        return [
            each
            for each in await extensions.all()
            if status in (None, each.status)
            and (agency is None or concerns(each, agency, await judged_by(each.movement), now))
        ]

    return router


def _refusal(problem: Problem) -> Refusal:
    status = _STATUS.get(problem.code, 422)
    return Refusal(status, problem.code, problem.detail, problem=problem.model_dump(mode="json"))
