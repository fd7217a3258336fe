"""The routes of *Điều hành phiên họp*: an item with its vote and outcome, and the grid of its ballots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk_store import Part
from services.council.session_handlers import SessionPlace, Sessions
from services.council.work.balloting import ballots_view
from services.council.work.places import SESSION, session_place
from services.council.work.posting import post, step
from services.council.work.recording import RESULT_NEEDS, Result, ballots_of, body_of, record, result_of
from services.council.work.running import running_view
from services.council.work.session_pages import session_answer
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.routing import add_page_route, service_router

_PARTS: Final[tuple[Part, ...]] = ("sessions", "heard", "decisions", "opinions")

_Number = Annotated[int | None, Query(alias="noi-dung", ge=1, le=100_000)]
_ItsNumber = Annotated[int, Query(alias="noi-dung", ge=1, le=100_000)]


def running_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The page of an item and the page of its ballots, each with its form."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def item_page(reader: Reader, place: SessionPlace, number: int | None, form: FormState) -> HTMLResponse:
        key = f"running {number or ''}"
        stored, view = await desk.session(place.key, key, lambda data: running_view(data, number), _PARTS)
        return session_answer(reader, stored, "running.html", view, f"nội dung số {view.number}", form)

    async def ballots_page(reader: Reader, place: SessionPlace, number: int, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(
            place.key, f"ballots {number}", lambda data: ballots_view(data, number), _PARTS
        )
        item = Place(f"Nội dung số {number}", f"{page_of(stored)}/dieu-hanh?noi-dung={number}")
        what = f"kiểm phiếu nội dung số {number}"
        return session_answer(reader, stored, "ballots.html", view, what, form, item)

    async def take(reader: Reader, place: SessionPlace, submitted: Submitted, read: Callable[[], Result]) -> None:
        """Record what a form says; raises ``Refusal``, also for what cannot be read."""
        result = read()
        await step(
            sessions,
            place,
            reader.person,
            submitted,
            lambda session, context, actor: record(session, context, actor, result),
        )

    async def show_item(request: Request, number: _Number = None) -> HTMLResponse:
        return await item_page(await reading(request), await session_place(request), number, FRESH)

    add_page_route(router, f"{SESSION}/dieu-hanh", show_item, reading)

    @router.post(f"{SESSION}/dieu-hanh")
    async def record_result(
        number: _ItsNumber,
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = body_of(submitted, RESULT_NEEDS)
        return await post(
            reader,
            submitted,
            lambda: take(reader, place, submitted, lambda: result_of(submitted, body)),
            lambda form: item_page(reader, place, number, form),
            f"/phien/{place.key}/dieu-hanh?noi-dung={number}",
            body,
        )

    async def show_ballots(request: Request, number: _ItsNumber) -> HTMLResponse:
        return await ballots_page(await reading(request), await session_place(request), number, FRESH)

    add_page_route(router, f"{SESSION}/kiem-phieu", show_ballots, reading)

    @router.post(f"{SESSION}/kiem-phieu")
    async def record_ballots(
        number: _ItsNumber,
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = body_of(submitted, {})
        return await post(
            reader,
            submitted,
            lambda: take(reader, place, submitted, lambda: ballots_of(body)),
            lambda form: ballots_page(reader, place, number, form),
            f"/phien/{place.key}/dieu-hanh?noi-dung={number}",
            body,
        )

    return router
