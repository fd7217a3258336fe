"""The route of *Nhật ký*."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from services.council.access import Access
from services.council.desk.acts_done import acts_of
from services.council.desk.frame import FRAME, PACKAGE
from services.council.desk.journal import PATH, Filters, day_of_value, journal
from services.council.desk.reading import DeskReader
from shared.contracts.people import Person
from shared.runtime.http.pages.frame import Page
from shared.runtime.http.pages.rendering import html_answer, render


def journal_routes(reader: DeskReader, access: Access) -> APIRouter:
    """The journal, whose filters are in the address."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get(PATH)
    async def show_journal(
        person: Person = Depends(access.caller),
        ngay: str = "",
        nguoi: str = "",
        loai: str = "",
        trang: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        tinh: str | None = None,
    ) -> HTMLResponse:
        sessions, records, subjects, chain = await reader.journal(reader.province(tinh))
        view = journal(acts_of(sessions, records, subjects), chain, Filters(day_of_value(ngay), nguoi, loai, trang))
        heading = Page("Nhật ký", person=person, place=f"{FRAME.prefix}{PATH}", updated_at=reader.now)
        return html_answer(render(PACKAGE, "journal.html", view, FRAME, heading), FRAME)

    return router
