"""The page *Văn bản, tài liệu*."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.council.access import TABLES_ROUTE, may_use
from services.council.desk.addresses import PAPERS
from services.council.desk.answering import ReaderOf
from services.council.desk.papers import (
    LONG_FILES,
    LongFile,
    PapersView,
    ReaderPapers,
    long_files,
    papers_view,
    session_shown,
)
from services.council.desk.reading import DeskReader
from services.council.desk.views import Views
from services.council.desk_store import DeskDocuments
from services.council.documents.making import wanted_file
from services.council.paper_handlers import SessionPapers, key_of
from services.council.paper_life.visibility import may_know_of
from services.council.session_handlers import SessionPlace
from services.council.state import StoredSession
from shared.contracts.people import Role
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import add_page_route, service_router


def papers_routes(desk: DeskReader, papers: SessionPapers, reading: ReaderOf) -> APIRouter:
    """The route of the page. No file is made for it: only the papers' names and what is recorded about them is read."""
    router, views = service_router(include_in_schema=False), Views()

    async def show_papers(request: Request, session: Annotated[str, Query(alias="phien")] = "") -> HTMLResponse:
        reader = await reading(request)
        documents, ordered = await desk.sessions_and_papers()
        shown = session_shown(ordered, session)
        if session and shown is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        title, role = "Văn bản, tài liệu", reader.person.role
        if shown is None:
            return reader.answer("papers.html", papers_view(ordered, None, None, with_tables=False), title, PAPERS)
        view = await _view(documents, ordered, shown, role)
        return reader.answer("papers.html", view, title, PAPERS, shown.changed_at)

    async def _view(
        documents: DeskDocuments, ordered: list[StoredSession], shown: StoredSession, role: Role
    ) -> PapersView:
        """What is shown of a session; only where the files stand that take long is looked up each time."""
        listing = await papers.listing(SessionPlace(*shown.id.split("/")), role)

        def made() -> tuple[PapersView, dict[str, str]]:
            records = [record for record in documents.papers if record.session == shown.id]
            visible = [record for record in records if may_know_of(role, record, shown)]
            of_reader = ReaderPapers(role, listing.papers, visible)
            view = papers_view(ordered, shown, of_reader, with_tables=may_use(role, *TABLES_ROUTE))
            keys = {file: key_of(wanted_file(file, role), listing, shown, records) for file in LONG_FILES}
            return view, keys if view.kinds else {}

        view, keys = views.view((shown.id, role), [documents, ordered, listing], made)
        return replace(view, bundle=await _bundle(shown, keys))

    async def _bundle(shown: StoredSession, keys: dict[str, str]) -> list[LongFile]:
        works, now = await papers.shown(keys.values()), time.time()
        return long_files(shown, {file: works.get(key) for file, key in keys.items()}, now)

    add_page_route(router, PAPERS, show_papers, reading)
    return router
