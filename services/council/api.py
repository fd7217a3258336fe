"""council's HTTP routes: the secretariat's pages and sessions; for what it records see ``act_routes``."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import HTMLResponse

from services.council.act_routes import act_routes
from services.council.acts import CouncilActs
from services.council.desk.pages import agenda_page, sessions_page
from services.council.handlers import Council
from services.council.settings import CouncilSettings
from services.council.state import StoredSession
from services.council.store import CouncilStore
from shared.contracts.council import Agenda
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References


def routes(
    council: Council,
    acts: CouncilActs,
    store: CouncilStore,
    references: References,
    settings: CouncilSettings,
    audit: Audit,
    clock: Clock,
) -> APIRouter:
    """council's routes. The head of ``audit`` is printed at the foot of an agenda's page."""
    router = APIRouter()

    async def require_desk_key(authorization: Annotated[str | None, Header()] = None) -> None:
        key = (authorization or "").removeprefix("Bearer ")
        if not hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), settings.desk_key_sha256):
            raise Refusal(401, "not_the_desk", "Chỉ thư ký Hội đồng được thực hiện việc này.")

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

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show_sessions() -> str:
        return sessions_page([(f"/phien/{stored.id}", stored.agenda) for stored in await store.all_sessions()])

    @router.get("/phien/{province}/{plan}/{session}", response_class=HTMLResponse, include_in_schema=False)
    async def show_agenda(province: str, plan: str, session: str) -> str:
        stored = await find_session(province, plan, session)
        register = references.newest_register(province)
        assert register is not None
        nominations = await acts.nominations(province)
        documents = references.cited_documents(stored.agenda.plan)
        records = await acts.records(province)
        head = await audit.head()
        return agenda_page(stored.agenda, register, nominations, documents, stored.changed_at, head, records)

    router.include_router(act_routes(acts, store, clock, require_desk_key))
    return router
