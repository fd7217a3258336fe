"""Nominations over HTTP: nominate, withdraw, see what is left. Names of persons go no further than this door."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from services.intake.api import Backlog, Callers, IdempotencyKey, body_of
from services.intake.bodies import read_as
from services.intake.nominating import Asked, decide, withdraw
from services.intake.places import NominationTerms, places_without, shares
from services.intake.roll import Persons, Reused, Roll
from services.intake.settings import IntakeSettings
from services.intake.subjects import goes_unnamed, named_id, nomination_id, person_id
from shared.contracts.awards import SubjectKind
from shared.contracts.model import Written
from shared.contracts.nominations import Nomination, NominationGiven
from shared.contracts.plan import Plan
from shared.runtime.clock import Clock
from shared.runtime.openapi import json_body
from shared.runtime.problems import Refusal, problem_answers
from shared.runtime.references import References
from shared.runtime.vietnamese import can_cu

_CONFLICT = {"quota_full", "one_route", "already_nominated"}
_FORBIDDEN = {"no_places", "not_its_proposer"}


class PlacesLeft(Written):
    """An agency's places for an award; None is no limit. ``left`` minds the award a nomination is for as well."""

    award: str
    name: str
    kinds: tuple[SubjectKind, ...]
    at_most: int | None
    taken: int
    left: int | None
    rule: str


class PersonFound(Written):
    """Who stands behind an id. ``born`` is None for a household."""

    id: str
    name: str
    born: date | None
    position: str | None
    first_seen: AwareDatetime


def nomination_routes(
    roll: Roll,
    persons: Persons,
    references: References,
    callers: Callers,
    backlog: Backlog,
    clock: Clock,
    settings: IntakeSettings,
    nudge: Callable[[], None],
) -> APIRouter:
    """The routes of nominations. ``nudge`` has the outbox say what was written."""
    router = APIRouter(prefix="/v1")
    province = settings.province

    def known(movement: str | None) -> Plan | None:
        return references.plan_of_movement(province, movement) if movement else None

    async def terms_of(movement: str, otherwise: int) -> NominationTerms:
        """What nominations in a movement are decided by. Raises ``Refusal`` with that status where nothing is known."""
        plan = known(movement)
        within = plan.movement.within if plan and plan.movement else None
        if plan is None or (within and known(within) is None):
            await references.refresh()  # another replica may have taken the plan
            plan = known(movement)
            within = plan.movement.within if plan and plan.movement else None
        register = references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(otherwise, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return NominationTerms(plan, known(within), register)

    async def meet(subject: str, given: NominationGiven) -> None:
        if given.person is not None:
            person = given.person
            await persons.meet(subject, person.name, person.born, person.position, clock.now())
        elif given.name is not None and goes_unnamed(given.kind):
            await persons.meet(subject, given.name, None, None, clock.now())

    @router.post(
        "/nominations",
        status_code=201,
        response_model=Nomination,
        responses=problem_answers(400, 401, 403, 409, 413, 422, 429),
        openapi_extra=json_body(NominationGiven),
        dependencies=[Depends(backlog.bearable)],
    )
    async def nominate(
        request: Request, idempotency_key: IdempotencyKey, nominator: str = Depends(callers.agency)
    ) -> JSONResponse:
        body = await body_of(request, settings.body_limit_bytes, "mỗi lần chỉ gửi một đề nghị")
        given = read_as(NominationGiven, body, "Đề nghị khen thưởng")
        terms = await terms_of(given.movement, 422)
        asked = _asked(given, nomination_id(nominator, idempotency_key), nominator, persons.secret)

        def decided(so_far: Sequence[Nomination]) -> Nomination:
            return decide(asked, so_far, terms, clock.now())

        # A name is kept before the nomination that names it, and not at all where that is going to be refused.
        if decided(await roll.of_movement(_top(terms.plan))).status == "accepted":
            await meet(asked.subject, given)
        try:
            nomination = await roll.keep(_top(terms.plan), asked.id, _digest(body), given.note, decided)
        except Reused:
            detail = "Mã đề nghị này đã được dùng cho một đề nghị có nội dung khác; hãy gửi lại với mã mới."
            raise Refusal(409, "nomination_id_reused", detail) from None
        if nomination.status == "accepted":
            await meet(asked.subject, given)
        nudge()
        return _answer(nomination)

    @router.post("/nominations/{nomination}/withdraw", responses=problem_answers(401, 404, 409, 429))
    async def take_back(nomination: str, nominator: str = Depends(callers.agency)) -> Nomination:
        own = next((each for each in await roll.of_nominator(nominator) if each.id == nomination), None)
        terms = await terms_of(own.movement, 409) if own else None

        def withdrawn(present: Nomination, so_far: Sequence[Nomination]) -> Nomination:
            assert terms is not None
            return withdraw(present, clock.now(), places_without(present, so_far, terms))

        found = await roll.change(nomination, nominator, withdrawn) if terms else None
        if found is None:
            raise Refusal(404, "no_nomination", "Không có đề nghị mang mã này.")
        nudge()
        return found

    @router.get("/nominations", responses=problem_answers(401, 429))
    async def nominations(nominator: str = Depends(callers.agency)) -> list[Nomination]:
        return await roll.of_nominator(nominator)

    @router.get("/places", responses=problem_answers(401, 404, 422, 429))
    async def places(movement: str, nominator: str = Depends(callers.agency)) -> list[PlacesLeft]:
        terms = await terms_of(movement, 404)
        documents = {plan.source.key: plan.source.name for plan in (terms.plan, terms.above) if plan}
        return [
            PlacesLeft(
                award=share.award.id,
                name=share.award.name,
                kinds=share.award.kinds,
                at_most=share.places.at_most,
                taken=len(share.taken_by),
                left=left,
                rule=can_cu(share.places.cite, documents),
            )
            for share, left in shares(nominator, await roll.of_movement(_top(terms.plan)), terms)
        ]

    @router.get("/persons/{person}", responses=problem_answers(401, 403, 404, 422))
    async def look_up(
        person: str,
        purpose: Annotated[str, Header(min_length=3, max_length=1000)],
        operator: str = Depends(callers.operator),
    ) -> PersonFound:
        """``Purpose`` says what for, percent-encoded where it is not ASCII; it is kept with who asked and when."""
        found = await persons.look_up(person, operator, unquote(purpose), clock.now())
        if found is None:
            raise Refusal(404, "no_person", "Không có người mang mã này.")
        return PersonFound(
            id=found["_id"],
            name=found["name"],
            born=found["born"],
            position=found["position"],
            first_seen=found["first_seen"],
        )

    return router


def _asked(given: NominationGiven, asked_id: str, nominator: str, secret: str) -> Asked:
    name = None
    if given.person is not None:
        subject = person_id(secret, given.person.name, given.person.born)
    elif given.name is not None:
        subject, name = named_id(secret, given.kind, nominator, given.name), " ".join(given.name.split())
    else:
        subject = given.unit or ""
    return Asked(
        id=asked_id,
        movement=given.movement,
        award=given.award,
        nominator=nominator,
        kind=given.kind,
        subject=subject,
        name=name,
        by_code=given.unit is not None,
    )


def _top(plan: Plan) -> str:
    assert plan.movement is not None
    return plan.movement.within or plan.movement.id


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _answer(nomination: Nomination) -> JSONResponse:
    said = nomination.model_dump(mode="json")
    if nomination.status != "refused":
        return JSONResponse(said, status_code=201)
    code = nomination.reason or "refused"
    status = 409 if code in _CONFLICT else 403 if code in _FORBIDDEN else 422
    detail = nomination.detail or ""
    return Refusal(status, code, detail, nomination=said, places_left=nomination.places_left).response()
