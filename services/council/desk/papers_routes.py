"""The page *Văn bản, tài liệu*."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from services.council.access import TABLES_ROUTE, may_use
from services.council.desk.addresses import PAPERS
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.papers import LONG_FILES, ReaderPapers, newest_first, papers_view, session_shown
from services.council.desk.reading import DeskReader
from services.council.documents.making import wanted_file
from services.council.long_files.state import Work
from services.council.paper_acts import PaperActs
from services.council.paper_handlers import SessionPapers
from services.council.session_handlers import SessionPlace
from shared.contracts.people import Person
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import service_router


def papers_routes(desk: DeskReader, papers: SessionPapers, acts: PaperActs, reading: ReaderOf) -> APIRouter:
    """The route of the page. No file is made for it: only the papers' names and what is recorded about them is read."""
    router = service_router(include_in_schema=False)

    async def _papers_for(place: SessionPlace, person: Person) -> ReaderPapers:
        works: dict[str, Work | None] = {}
        for file in LONG_FILES:
            works[file] = await papers.progress(place, wanted_file(file, person.role))
        listed = await papers.listed(place, person.role)
        return ReaderPapers(person.role, listed, await acts.records(place, person), works, time.time())

    @router.get(PAPERS)
    async def show_papers(
        reader: Reader = Depends(reading), session: Annotated[str, Query(alias="phien")] = ""
    ) -> HTMLResponse:
        ordered = newest_first(*await desk.sessions())
        shown = session_shown(ordered, session)
        if session and shown is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        there = await _papers_for(SessionPlace(*shown.id.split("/")), reader.person) if shown else None
        view = papers_view(ordered, shown, there, with_tables=may_use(reader.person.role, *TABLES_ROUTE))
        updated_at = shown.changed_at if shown else None
        return reader.answer("papers.html", view, "Văn bản, tài liệu", PAPERS, updated_at)

    return router
