"""The routes of *Tổng quan*: the page, and the form that marks its changes as seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.council.access import may_use
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from shared.runtime.http.routing import add_page_route, service_router

_LATEST = 253_402_300_799_000
"""The last millisecond of the year 9999."""


def overview_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The first page. Reading it changes nothing; only the form notes how far the reader has seen (0053)."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def show_overview(
        request: Request,
        nam: Annotated[int | None, Query(ge=2000, le=2100)] = None,
        tinh: str | None = None,
    ) -> HTMLResponse:
        reader = await reading(request)
        view = await desk.overview(reader.person, desk.province(tinh), nam)
        may = partial(may_use, reader.person.role)
        shown = replace(view, needs=[need.for_reader(may) for need in view.needs])
        return reader.answer("overview.html", shown, "Tổng quan", "/", desk.now)

    add_page_route(router, "/", show_overview, reading)

    @router.post("/da-xem")
    async def mark_seen(
        den: Annotated[int, Form(ge=0, le=_LATEST)], reader: Reader = Depends(reading)
    ) -> RedirectResponse:
        await desk.mark_seen(reader.person, datetime.fromtimestamp(den / 1000, UTC))
        return RedirectResponse(f"{reader.frame.prefix}/", status_code=303)

    return router
