"""council's HTTP routes of what the secretariat records: judgements, opinions, decisions and awards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.council.acts import CouncilActs
from services.council.store import CouncilStore
from shared.contracts.conferral import AwardingDecision, ConferredAward, RevokingDecision
from shared.contracts.council import Decision, DecisionGiven, JudgementGiven, JudgementOfMany
from shared.contracts.model import local
from shared.contracts.opinions import AgencyOpinion, OpinionAnswered, OpinionAsked, OpinionState
from shared.contracts.people import Person
from shared.runtime.clock import Clock
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.forms import Form
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access

_JUDGEMENTS = Form[list[JudgementGiven]](
    Annotated[list[JudgementGiven], Field(min_length=1, max_length=2000)],
    "Danh sách đánh giá",
    limit=MAX_BODY_BYTES,
    is_list=True,
)
_JUDGEMENT_OF_MANY = Form[JudgementOfMany](JudgementOfMany, "Ý kiến thẩm định chung")
_DECISIONS = Form[list[DecisionGiven]](
    Annotated[list[DecisionGiven], Field(min_length=1, max_length=2000)],
    "Danh sách ý kiến của Hội đồng",
    limit=MAX_BODY_BYTES,
    is_list=True,
)
_AWARDING = Form[AwardingDecision](AwardingDecision, "Quyết định khen thưởng", limit=MAX_BODY_BYTES)
_REVOKING = Form[RevokingDecision](RevokingDecision, "Quyết định hủy bỏ khen thưởng", limit=MAX_BODY_BYTES)
_ASKED = Form[OpinionAsked](OpinionAsked, "Công văn xin ý kiến", limit=MAX_BODY_BYTES)
_ANSWERED = Form[OpinionAnswered](OpinionAnswered, "Ý kiến trả lời")


class OpinionView(BaseModel):
    """An agency's opinion, and its state on the day it is read."""

    opinion: AgencyOpinion
    state: OpinionState


def act_routes(acts: CouncilActs, store: CouncilStore, clock: Clock, access: Access) -> APIRouter:
    """The routes that record acts, each in the name of the key that was used, and those that list what was recorded."""
    router = service_router(prefix="/v1/{province}/{movement}", dependencies=[Depends(access.caller)])

    @router.post("/judgements", status_code=202, openapi_extra=_JUDGEMENTS.openapi)
    async def judge(
        province: str,
        movement: str,
        caller: Person = Depends(access.caller),
        given: list[JudgementGiven] = Depends(_JUDGEMENTS.body),
    ) -> dict[str, int]:
        await acts.judge(province, movement, given, caller.name)
        return {"judged": len(given)}

    @router.post("/judgements/batch", status_code=202, openapi_extra=_JUDGEMENT_OF_MANY.openapi)
    async def judge_batch(
        province: str,
        movement: str,
        caller: Person = Depends(access.caller),
        batch: JudgementOfMany = Depends(_JUDGEMENT_OF_MANY.body),
    ) -> dict[str, int]:
        await acts.judge_many(province, movement, batch, caller.name)
        return {"judged": len(batch.units)}

    @router.post("/decisions", status_code=202, openapi_extra=_DECISIONS.openapi)
    async def decide(
        province: str,
        movement: str,
        caller: Person = Depends(access.caller),
        given: list[DecisionGiven] = Depends(_DECISIONS.body),
    ) -> dict[str, int]:
        await acts.decide(province, movement, given, caller.name)
        return {"decided": len(given)}

    @router.get("/decisions")
    async def decisions(province: str, movement: str) -> list[Decision]:
        acts.plan_and_units(province, movement)
        return list((await store.stored_decisions(province, movement)).by_key.values())

    @router.post("/awards", status_code=202, openapi_extra=_AWARDING.openapi)
    async def give(
        province: str,
        movement: str,
        caller: Person = Depends(access.caller),
        paper: AwardingDecision = Depends(_AWARDING.body),
    ) -> dict[str, int]:
        await acts.give_awards(province, movement, paper, caller.name)
        return {"given": len(paper.awards)}

    @router.post("/awards/revocations", status_code=202, openapi_extra=_REVOKING.openapi)
    async def revoke(
        province: str,
        movement: str,
        caller: Person = Depends(access.caller),
        paper: RevokingDecision = Depends(_REVOKING.body),
    ) -> dict[str, int]:
        await acts.revoke_awards(province, movement, paper, caller.name)
        return {"revoked": len(paper.awards)}

    @router.get("/awards")
    async def awards(province: str, movement: str) -> list[ConferredAward]:
        acts.plan_and_units(province, movement)
        return list((await store.stored_decisions(province, movement)).awards.values())

    @router.post("/opinions", status_code=202, openapi_extra=_ASKED.openapi)
    async def ask(
        province: str,
        movement: str,
        caller: Person = Depends(access.caller),
        question: OpinionAsked = Depends(_ASKED.body),
    ) -> dict[str, int]:
        await acts.ask_opinions(province, movement, question, caller.name)
        return {"asked": len(question.agencies)}

    @router.post("/opinions/{opinion}/answer", status_code=202, openapi_extra=_ANSWERED.openapi)
    async def answer(
        province: str,
        movement: str,
        opinion: str,
        caller: Person = Depends(access.caller),
        given: OpinionAnswered = Depends(_ANSWERED.body),
    ) -> dict[str, int]:
        await acts.answer_opinion(province, movement, opinion, given, caller.name)
        return {"answered": 1}

    @router.get("/opinions")
    async def opinions(province: str, movement: str) -> list[OpinionView]:
        acts.plan_and_units(province, movement)
        today = local(clock.now()).date()
        stored = (await store.stored_opinions(province, movement)).by_key.values()
        return [OpinionView(opinion=opinion, state=opinion.state(today)) for opinion in stored]

    return router
