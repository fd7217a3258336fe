"""council's HTTP routes: the secretariat's pages and sessions; for what it records see ``act_routes``."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.council.access import Access
from services.council.act_routes import act_routes
from services.council.acts import CouncilActs
from services.council.desk.criteria_routes import criteria_routes
from services.council.desk.evidence_routes import evidence_routes
from services.council.desk.frame import FRAME
from services.council.desk.nominating_routes import nominating_routes
from services.council.desk.pages import agenda_page, sessions_page
from services.council.desk.ranking_routes import ranking_routes
from services.council.desk.room import Room
from services.council.desk.search_routes import search_routes
from services.council.handlers import Council
from services.council.session_handlers import SessionPlace
from services.council.session_routes import find_session, session_routes
from services.council.store import CouncilStore
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.pages.rendering import html_answer
from shared.runtime.references import References


def routes(
    council: Council,
    acts: CouncilActs,
    store: CouncilStore,
    references: References,
    access: Access,
    audit: Audit,
    clock: Clock,
    room: Room,
) -> APIRouter:
    """council's routes. The head of ``audit`` is printed at the foot of an agenda's page."""
    router = APIRouter(dependencies=[Depends(access.caller)])
    router.include_router(session_routes(council.sessions, store, access))
    router.include_router(act_routes(acts, store, clock, access))
    for place in (criteria_routes, ranking_routes, nominating_routes, evidence_routes, search_routes):
        router.include_router(place(room))

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show_sessions() -> HTMLResponse:
        html = sessions_page([(f"/phien/{stored.id}", stored.agenda) for stored in await store.all_sessions()])
        return html_answer(html, FRAME)

    @router.get("/phien/{province}/{plan}/{session}", response_class=HTMLResponse, include_in_schema=False)
    async def show_agenda(province: str, plan: str, session: str) -> HTMLResponse:
        stored = await find_session(store, SessionPlace(province, plan, session))
        register = references.newest_register(province)
        assert register is not None
        nominations = await acts.nominations(province)
        documents = references.cited_documents(stored.agenda.plan)
        names = {other.agenda.session: other.agenda.name for other in await store.all_sessions()}
        records = await acts.records(province)
        head = await audit.head()
        html = agenda_page(stored.agenda, register, nominations, documents, stored.changed_at, head, names, records)
        return html_answer(html, FRAME)

    return router
