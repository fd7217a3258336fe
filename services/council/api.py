"""council's HTTP routes: the secretariat's pages and reads, the council's judgements and decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from pydantic import Field

from services.council.desk.pages import agenda_page, sessions_page
from services.council.handlers import Council
from services.council.settings import CouncilSettings
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.contracts.council import Agenda, Decision, DecisionGiven, JudgementGiven
from shared.runtime.audit.trail import Audit
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.desk_key import DeskKey
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References

_JUDGEMENTS = Form[list[JudgementGiven]](
    Annotated[list[JudgementGiven], Field(min_length=1, max_length=2000)],
    "Danh sách đánh giá",
    limit=MAX_BODY_BYTES,
    is_list=True,
)
_DECISIONS = Form[list[DecisionGiven]](
    Annotated[list[DecisionGiven], Field(min_length=1, max_length=2000)],
    "Danh sách ý kiến của Hội đồng",
    limit=MAX_BODY_BYTES,
    is_list=True,
)


def routes(
    council: Council, store: CouncilStore, references: References, settings: CouncilSettings, audit: Audit
) -> APIRouter:
    """council's routes. The head of ``audit`` is printed at the foot of an agenda's page."""
    router, require_desk_key = APIRouter(), DeskKey(settings.desk_key_sha256)

    async def find_session(province: str, plan: str, session: str) -> StoredSession:
        stored = await store.session(f"{province}/{plan}/{session}")
        if stored is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        return stored

    @router.get("/v1/sessions")
    async def sessions() -> list[Agenda]:
        return [stored.agenda for stored in await store.all_sessions()]

    @router.get("/v1/sessions/{province}/{plan}/{session}/agenda")
    async def agenda(province: str, plan: str, session: str) -> Agenda:
        return (await find_session(province, plan, session)).agenda

    @router.post("/v1/sessions/{province}/{plan}/{session}/freeze", dependencies=[Depends(require_desk_key)])
    async def freeze(province: str, plan: str, session: str) -> Agenda:
        await council.freeze(province, plan, session)
        return (await find_session(province, plan, session)).agenda

    @router.post(
        "/v1/{province}/{movement}/judgements",
        status_code=202,
        dependencies=[Depends(require_desk_key)],
        openapi_extra=_JUDGEMENTS.openapi,
    )
    async def judge(
        province: str, movement: str, given: list[JudgementGiven] = Depends(_JUDGEMENTS.body)
    ) -> dict[str, int]:
        await council.judge(province, movement, given)
        return {"judged": len(given)}

    @router.post(
        "/v1/{province}/{movement}/decisions",
        status_code=202,
        dependencies=[Depends(require_desk_key)],
        openapi_extra=_DECISIONS.openapi,
    )
    async def decide(
        province: str, movement: str, given: list[DecisionGiven] = Depends(_DECISIONS.body)
    ) -> dict[str, int]:
        await council.decide(province, movement, given)
        return {"decided": len(given)}

    @router.get("/v1/{province}/{movement}/decisions")
    async def decisions(province: str, movement: str) -> list[Decision]:
        council.plan_and_units(province, movement)
        return list((await store.stored_decisions(province, movement)).by_key.values())

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show_sessions() -> str:
        return sessions_page([(f"/phien/{stored.id}", stored.agenda) for stored in await store.all_sessions()])

    @router.get("/phien/{province}/{plan}/{session}", response_class=HTMLResponse, include_in_schema=False)
    async def show_agenda(province: str, plan: str, session: str) -> str:
        stored = await find_session(province, plan, session)
        register = references.newest_register(province)
        assert register is not None
        nominations = await council.nominations(province)
        documents = references.cited_documents(stored.agenda.plan)
        return agenda_page(stored.agenda, register, nominations, documents, stored.changed_at, await audit.head())

    return router
