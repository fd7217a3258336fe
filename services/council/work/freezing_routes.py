"""The routes of *Chốt chương trình*: what it will do is read first, then it is done."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.freezing import freeze_view
from services.council.work.session_pages import add_page, add_step_form, session_answer
from shared.runtime.http.pages.submitted import FormState
from shared.runtime.http.routing import service_router


def freezing_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The page before the freeze, and its form."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "freeze", freeze_view)
        return session_answer(reader, stored, "freeze.html", view, "chốt chương trình", form)

    add_page(router, reading, "/chot", page)

    add_step_form(
        router, sessions, reading, "/chot", lambda session, _, actor: actions.freeze(session, actor), page, ""
    )
    return router
