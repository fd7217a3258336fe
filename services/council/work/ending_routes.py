"""The routes of *Biên bản* and *Kết thúc phiên họp*."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.closing import Closing
from services.council.work.ending import PARTS, ending_view
from services.council.work.places import SESSION, session_place
from services.council.work.posting import post
from services.council.work.session_pages import add_page, add_step_form, session_answer
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.pages.submitted import FormState, Submitted
from shared.runtime.http.routing import service_router


def ending_routes(sessions: Sessions, closing: Closing, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages at the end of a session, and their forms."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def minutes_page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "ending", ending_view, PARTS)
        return session_answer(reader, stored, "minutes.html", view, "biên bản", form)

    async def closing_page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "ending", ending_view, PARTS)
        return session_answer(reader, stored, "closing.html", view, "kết thúc phiên họp", form)

    add_page(router, reading, "/bien-ban", minutes_page)

    for path, action in (
        ("/bien-ban", lambda session, _, actor: actions.draft_minutes(session, actor)),
        ("/bien-ban/thong-qua", lambda session, _, actor: actions.approve_minutes(session, actor)),
    ):
        add_step_form(router, sessions, reading, path, action, minutes_page, "/bien-ban")

    add_page(router, reading, "/ket-thuc", closing_page)

    @router.post(f"{SESSION}/ket-thuc")
    async def close(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        async def do() -> None:
            await closing.close(place, reader.person, submitted.version)

        then = f"/phien/{place.key}/ket-thuc"
        return await post(reader, submitted, do, lambda form: closing_page(reader, place, form), then)

    return router
