"""council's HTTP routes: the secretariat's pages and reads, the council's judgements and decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from pydantic import Field

from services.council.access import Access, Caller
from services.council.desk.pages import agenda_page, sessions_page
from services.council.handlers import Council
from services.council.session_handlers import SessionPlace
from services.council.session_routes import find_session, session_routes
from services.council.store import CouncilStore
from shared.contracts.council import Decision, DecisionGiven, JudgementGiven
from shared.runtime.audit.trail import Audit
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.forms import Form
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


def routes(council: Council, store: CouncilStore, references: References, access: Access, audit: Audit) -> APIRouter:
    """council's routes. The head of ``audit`` is printed at the foot of an agenda's page."""
    router = APIRouter(dependencies=[Depends(access.caller)])
    router.include_router(session_routes(council.sessions, store, access))

    @router.post(
        "/v1/{province}/{movement}/judgements",
        status_code=202,
        openapi_extra=_JUDGEMENTS.openapi,
    )
    async def judge(
        province: str,
        movement: str,
        caller: Caller = Depends(access.caller),
        given: list[JudgementGiven] = Depends(_JUDGEMENTS.body),
    ) -> dict[str, int]:
        await council.judge(province, movement, [new.model_copy(update={"by": caller.name}) for new in given])
        return {"judged": len(given)}

    @router.post(
        "/v1/{province}/{movement}/decisions",
        status_code=202,
        openapi_extra=_DECISIONS.openapi,
    )
    async def decide(
        province: str,
        movement: str,
        caller: Caller = Depends(access.caller),
        given: list[DecisionGiven] = Depends(_DECISIONS.body),
    ) -> dict[str, int]:
        await council.decide(province, movement, [new.model_copy(update={"by": caller.name}) for new in given])
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
        stored = await find_session(store, SessionPlace(province, plan, session))
        register = references.newest_register(province)
        assert register is not None
        nominations = await council.nominations(province)
        documents = references.cited_documents(stored.agenda.plan)
        names = {other.agenda.session: other.agenda.name for other in await store.all_sessions()}
        head = await audit.head()
        return agenda_page(stored.agenda, register, nominations, documents, stored.changed_at, head, names)

    return router
