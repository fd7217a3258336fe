"""council's HTTP routes: the secretariat's pages and sessions; for what it records see ``act_routes``."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.council.access import Access
from services.council.act_routes import act_routes
from services.council.acts import CouncilActs
from services.council.desk.pages import agenda_page, sessions_page
from services.council.handlers import Council
from services.council.paper_handlers import SessionPapers
from services.council.paper_routes import paper_routes
from services.council.session_handlers import SessionPlace
from services.council.session_routes import find_session, session_routes
from services.council.store import CouncilStore
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.references import References


def routes(
    council: Council,
    acts: CouncilActs,
    store: CouncilStore,
    references: References,
    access: Access,
    audit: Audit,
    clock: Clock,
) -> APIRouter:
    """council's routes. The head of ``audit`` is printed at the foot of an agenda's page."""
    router = APIRouter(dependencies=[Depends(access.caller)])
    router.include_router(session_routes(council.sessions, store, access))
    router.include_router(act_routes(acts, store, clock, access))
    router.include_router(paper_routes(SessionPapers(store, references, audit), access))

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show_sessions() -> str:
        return sessions_page([(f"/phien/{stored.id}", stored.agenda) for stored in await store.all_sessions()])

    @router.get("/phien/{province}/{plan}/{session}", response_class=HTMLResponse, include_in_schema=False)
    async def show_agenda(province: str, plan: str, session: str) -> str:
        stored = await find_session(store, SessionPlace(province, plan, session))
        register = references.newest_register(province)
        assert register is not None
        nominations = await acts.nominations(province)
        documents = references.cited_documents(stored.agenda.plan)
        names = {other.agenda.session: other.agenda.name for other in await store.all_sessions()}
        records = await acts.records(province)
        head = await audit.head()
        return agenda_page(stored.agenda, register, nominations, documents, stored.changed_at, head, names, records)

    return router
