"""Nominations over HTTP: nominate, withdraw, see the remaining quotas. Names of persons never leave intake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from services.intake.access.backlog import Backlog
from services.intake.access.callers import Callers
from services.intake.nominations.nominee_ids import named_id, nomination_ids, person_id
from services.intake.nominations.rules import NominationRequest, decide
from services.intake.nominations.rules import withdraw as withdrawn_nomination
from services.intake.nominations.store import NominationIdentity, NominationStore, OtherContent, Persons
from services.intake.paper_requests import SenderKey, required_paper
from services.intake.papers import Paper, content_of
from services.intake.settings import IntakeSettings
from shared.contracts.awards import SubjectKind
from shared.contracts.json_values import JsonObject
from shared.contracts.model import StrictModel, local
from shared.contracts.nominations import Nomination, NominationGiven
from shared.contracts.plan import Plan
from shared.plans.quotas import NominationContext, quotas, remaining_without
from shared.runtime.clock import Clock
from shared.runtime.http.bodies import body_of
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.references import References
from shared.wording.citations import can_cu

_NOMINATION = Form[NominationGiven](NominationGiven, "Đề nghị khen thưởng")
_CONFLICT = {"quota_full", "one_route", "already_nominated"}
_FORBIDDEN = {"no_places", "not_its_proposer"}


class QuotaLeft(StrictModel):
    """An agency's quota for an award; None is no limit. ``left`` also considers the quota of the award it feeds."""

    award: str
    name: str
    kinds: tuple[SubjectKind, ...]
    at_most: int | None
    taken: int
    left: int | None
    rule: str


class PersonRecord(StrictModel):
    """The person behind an id. ``born`` is None for a household."""

    id: str
    name: str
    born: date | None
    position: str | None
    first_seen: AwareDatetime


def nomination_routes(
    nomination_store: NominationStore,
    persons: Persons,
    references: References,
    callers: Callers,
    backlog: Backlog,
    clock: Clock,
    settings: IntakeSettings,
    wake: Callable[[], None],
) -> APIRouter:
    """The routes of nominations. ``wake`` wakes the outbox relay after a write."""
    router = service_router(prefix="/v1")
    province = settings.province

    def plan_of(movement: str | None) -> Plan | None:
        return references.plan_of_movement(province, movement) if movement else None

    async def context_of(movement: str, missing_status: int) -> NominationContext:
        """The context of a movement's nominations. Raises ``Refusal`` with that status if there is no plan for it."""
        plan = plan_of(movement)
        within = plan.movement.within if plan and plan.movement else None
        if plan is None or (within and plan_of(within) is None):
            await references.refresh()  # another replica may have received the plan
            plan = plan_of(movement)
            within = plan.movement.within if plan and plan.movement else None
        register = references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(missing_status, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return NominationContext(plan, plan_of(within), register)

    async def store_name(subject: str, given: NominationGiven) -> None:
        if given.person is not None:
            person = given.person
            await persons.add(subject, person.name, person.born, person.position, clock.now())
        elif given.name is not None and given.kind.is_name_private:
            await persons.add(subject, given.name, None, None, clock.now())

    @router.post(
        "/nominations",
        status_code=201,
        response_model=Nomination,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=_NOMINATION.openapi,
    )
    async def nominate(
        request: Request, idempotency_key: SenderKey = None, nominator: str = Depends(backlog.require_capacity)
    ) -> JSONResponse:
        body = await body_of(request, settings.body_limit_bytes, "mỗi lần chỉ gửi một đề nghị")
        given = _NOMINATION.parse(body)
        today = local(clock.now()).date()
        paper = required_paper(nominator, body, idempotency_key, "Đề nghị khen thưởng", today)
        context = await context_of(given.movement, 422)
        nomination_request = _request(given, nominator, persons.secret)
        subject, movement = nomination_request.subject, _top_movement(context.plan)
        identity = _identity(paper, nomination_request, body)

        def decided(nomination_id: str, earlier: Sequence[Nomination]) -> Nomination:
            return decide(replace(nomination_request, id=nomination_id), earlier, context, clock.now())

        # The name is stored before the nomination that refers to it, and not at all if the nomination is refused.
        if decided("", await nomination_store.of_movement(movement)).status == "accepted":
            await store_name(subject, given)
        try:
            nomination = await nomination_store.add(movement, identity, given.note, decided)
        except OtherContent:
            detail = f"Đề nghị theo văn bản {paper.label} cho đối tượng này đã được gửi với nội dung khác; "
            raise Refusal(409, "nomination_id_reused", f"{detail}hãy gửi bằng văn bản có số hoặc ngày khác.") from None
        if nomination.status == "accepted":
            await store_name(subject, given)
        wake()
        return _answer(nomination)

    @router.post("/nominations/{nomination}/withdraw", responses=problem_answers(401, 404, 409, 429))
    async def withdraw(nomination: str, nominator: str = Depends(callers.agency)) -> Nomination:
        own = next(
            (stored for stored in await nomination_store.of_nominator(nominator) if stored.id == nomination), None
        )
        context = await context_of(own.movement, 409) if own else None

        def withdrawn(present: Nomination, stored: Sequence[Nomination]) -> Nomination:
            assert context is not None
            return withdrawn_nomination(present, clock.now(), remaining_without(present, stored, context))

        result = await nomination_store.update(nomination, nominator, withdrawn) if context else None
        if result is None:
            raise Refusal(404, "no_nomination", "Không có đề nghị mang mã này.")
        wake()
        return result

    @router.get("/nominations", responses=problem_answers(401, 429))
    async def nominations(nominator: str = Depends(callers.agency)) -> list[Nomination]:
        return await nomination_store.of_nominator(nominator)

    @router.get("/places", responses=problem_answers(401, 404, 422, 429))
    async def places(movement: str, nominator: str = Depends(callers.agency)) -> list[QuotaLeft]:
        context = await context_of(movement, 404)
        documents = {plan.source.key: plan.source for plan in (context.plan, context.above) if plan}
        return [
            QuotaLeft(
                award=quota.award.id,
                name=quota.award.name,
                kinds=quota.award.kinds,
                at_most=quota.row.at_most,
                taken=len(quota.used_by),
                left=remaining,
                rule=can_cu(quota.row.cite, documents),
            )
            for quota, remaining in quotas(
                nominator, await nomination_store.of_movement(_top_movement(context.plan)), context
            )
        ]

    @router.get("/persons/{person}", responses=problem_answers(401, 403, 404, 422))
    async def look_up(
        person: str,
        purpose: Annotated[str, Header(min_length=3, max_length=1000)],
        operator: str = Depends(callers.operator),
    ) -> PersonRecord:
        """The ``Purpose`` header (percent-encoded if not ASCII) is recorded with the operator and the time."""
        stored = await persons.look_up(person, operator, unquote(purpose), clock.now())
        if stored is None:
            raise Refusal(404, "no_person", "Không có người mang mã này.")
        return PersonRecord(
            id=stored.id,
            name=stored.name,
            born=stored.born,
            position=stored.position,
            first_seen=stored.first_seen,
        )

    return router


def _identity(paper: Paper, request: NominationRequest, body: JsonObject) -> NominationIdentity:
    digest = _digest(content_of(body, paper))
    ids = nomination_ids(paper, request.movement, request.award, request.subject, digest)
    return NominationIdentity(paper, request.movement, request.award, request.subject, digest, ids)


def _request(given: NominationGiven, nominator: str, secret: str) -> NominationRequest:
    name = None
    if given.person is not None:
        subject = person_id(secret, given.person.name, given.person.born)
    elif given.name is not None:
        subject, name = named_id(secret, given.kind, nominator, given.name), " ".join(given.name.split())
    else:
        subject = given.unit or ""
    return NominationRequest(
        id="",
        movement=given.movement,
        award=given.award,
        nominator=nominator,
        kind=given.kind,
        subject=subject,
        name=name,
        by_code=given.unit is not None,
    )


def _top_movement(plan: Plan) -> str:
    assert plan.movement is not None
    return plan.movement.within or plan.movement.id


def _digest(body: JsonObject) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _answer(nomination: Nomination) -> JSONResponse:
    content = nomination.model_dump(mode="json")
    if nomination.status != "refused":
        return JSONResponse(content, status_code=201)
    code = nomination.reason or "refused"
    status = 409 if code in _CONFLICT else 403 if code in _FORBIDDEN else 422
    detail = nomination.detail or ""
    return Refusal(status, code, detail, nomination=content, places_left=nomination.places_left).response()
