"""The secretariat's reads, the council's judgements and decisions over HTTP."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import HTMLResponse
from pydantic import Field

from services.council.desk.pages import agenda_page, sessions_page
from services.council.handlers import Council
from services.council.settings import CouncilSettings
from services.council.store import CouncilStore, agenda
from shared.contracts.council import Agenda, Decision, DecisionGiven, JudgementGiven
from shared.runtime.audit.trail import Audit
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import Document
from shared.runtime.references import References


def routes(
    council: Council, store: CouncilStore, references: References, settings: CouncilSettings, audit: Audit
) -> APIRouter:
    """council's routes. The head of ``audit`` stands at the foot of what is printed."""
    router = APIRouter()

    async def desk(authorization: Annotated[str | None, Header()] = None) -> None:
        key = (authorization or "").removeprefix("Bearer ")
        if not hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), settings.desk_key_sha256):
            raise Refusal(401, "not_the_desk", "Chỉ thư ký Hội đồng được thực hiện việc này.")

    async def found(province: str, plan: str, session: str) -> Document:
        doc = await store.sessions.get(f"{province}/{plan}/{session}")
        if doc is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        return doc

    @router.get("/v1/sessions")
    async def sessions() -> list[Agenda]:
        return [agenda(doc) for doc in await store.sessions.find(sort="_id")]

    @router.get("/v1/sessions/{province}/{plan}/{session}/agenda")
    async def one(province: str, plan: str, session: str) -> Agenda:
        return agenda(await found(province, plan, session))

    @router.post("/v1/sessions/{province}/{plan}/{session}/freeze", dependencies=[Depends(desk)])
    async def freeze(province: str, plan: str, session: str) -> Agenda:
        await council.freeze(province, plan, session)
        return agenda(await found(province, plan, session))

    @router.post("/v1/{province}/{movement}/judgements", status_code=202, dependencies=[Depends(desk)])
    async def judge(
        province: str, movement: str, given: Annotated[list[JudgementGiven], Field(min_length=1, max_length=2000)]
    ) -> dict[str, int]:
        await council.judge(province, movement, given)
        return {"judged": len(given)}

    @router.post("/v1/{province}/{movement}/decisions", status_code=202, dependencies=[Depends(desk)])
    async def decide(
        province: str, movement: str, given: Annotated[list[DecisionGiven], Field(min_length=1, max_length=2000)]
    ) -> dict[str, int]:
        await council.decide(province, movement, given)
        return {"decided": len(given)}

    @router.get("/v1/{province}/{movement}/decisions")
    async def decisions(province: str, movement: str) -> list[Decision]:
        standing, _ = await store.decided(province, movement)
        return list(standing.values())

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def all_pages() -> str:
        docs = await store.sessions.find(sort="_id")
        return sessions_page([(f"/phien/{doc['_id']}", agenda(doc)) for doc in docs])

    @router.get("/phien/{province}/{plan}/{session}", response_class=HTMLResponse, include_in_schema=False)
    async def page(province: str, plan: str, session: str) -> str:
        doc = await found(province, plan, session)
        register = references.newest_register(province)
        assert register is not None
        read = agenda(doc)
        nominated = await council.nominated(province)
        documents = references.document_numbers(read.plan)
        return agenda_page(read, register, nominated, documents, doc["changed_at"], await audit.head())

    return router
