"""The route of *Nhật ký*."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.council.desk.answering import ReaderOf
from services.council.desk.journal import PATH, Filters, day_of_value
from services.council.desk.reading import DeskReader
from shared.runtime.http.routing import add_page_route, service_router


def journal_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The journal, whose filters are in the address."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def show_journal(
        request: Request,
        ngay: str = "",
        nguoi: str = "",
        loai: str = "",
        trang: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        tinh: str | None = None,
    ) -> HTMLResponse:
        reader = await reading(request)
        view = await desk.journal(desk.province(tinh), Filters(day_of_value(ngay), nguoi, loai, trang))
        return reader.answer("journal.html", view, "Nhật ký", PATH, desk.now)

    add_page_route(router, PATH, show_journal, reading)
    return router
