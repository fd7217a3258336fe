"""The page *Văn bản, tài liệu*."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from services.council.access import TABLES_ROUTE, may_use
from services.council.desk.addresses import PAPERS
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.papers import newest_first, papers_view, session_shown
from services.council.desk.reading import DeskReader
from services.council.paper_handlers import SessionPapers
from services.council.session_handlers import SessionPlace
from shared.runtime.http.problems import Refusal


def papers_routes(desk: DeskReader, papers: SessionPapers, reading: ReaderOf) -> APIRouter:
    """The route of the page. No file is made for it: only the papers' names are read."""
    router = APIRouter(include_in_schema=False)

    @router.get(PAPERS)
    async def show_papers(
        reader: Reader = Depends(reading), session: Annotated[str, Query(alias="phien")] = ""
    ) -> HTMLResponse:
        ordered = newest_first(*await desk.sessions())
        shown = session_shown(ordered, session)
        if session and shown is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        listed = await papers.listed(SessionPlace(*shown.id.split("/")), reader.person.role) if shown else []
        view = papers_view(ordered, shown, listed, with_tables=may_use(reader.person.role, *TABLES_ROUTE))
        updated_at = shown.changed_at if shown else None
        return reader.answer("papers.html", view, "Văn bản, tài liệu", PAPERS, updated_at)

    return router
