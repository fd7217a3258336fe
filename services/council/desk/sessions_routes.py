"""The routes of *Phiên họp*: the list and a session."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.journal import stamp
from services.council.desk.reading import DeskReader
from services.council.desk.session_page import session_view
from services.council.desk.watching import session_stream
from shared.runtime.http.pages.frame import Place

_LIST = "/phien"
_SESSION = f"{_LIST}/{{province}}/{{plan}}/{{session}}"
_ABOVE = (Place("Phiên họp", _LIST),)


def sessions_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages about sessions."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    async def place_of(province: str, plan: str, session: str) -> str:
        return f"{province}/{plan}/{session}"

    @router.get(_LIST)
    async def show_sessions(reader: Reader = Depends(reading)) -> HTMLResponse:
        return reader.answer("sessions.html", await desk.session_list(), "Phiên họp", _LIST, desk.now)

    @router.get(_SESSION)
    async def show_session(reader: Reader = Depends(reading), session: str = Depends(place_of)) -> HTMLResponse:
        stored, view = await desk.session(session, "session", session_view)
        shown = replace(view, stamp=stamp(await desk.head()))
        name, stream = stored.agenda.name, session_stream(stored)
        return reader.answer("session.html", shown, name, _LIST, stored.changed_at, _ABOVE, stream=stream)

    return router
