"""The routes of *Phiên họp*: the list, a session and a member's page."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.journal import stamp
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk.session_page import session_view
from services.council.desk.sitting_pages import member_view
from services.council.desk.watching import session_stream
from services.council.desk_store import Part
from services.council.state import StoredSession
from shared.runtime.http.pages.frame import Place

_LIST = "/phien"
_AGENDA: Final[tuple[Part, ...]] = ("sessions", "heard")
_SESSION = f"{_LIST}/{{province}}/{{plan}}/{{session}}"
_ABOVE = (Place("Phiên họp", _LIST),)


def sessions_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages about sessions."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def below(reader: Reader, template: str, view: object, stored: StoredSession, what: str) -> HTMLResponse:
        """A page below a session's own."""
        name = stored.agenda.name
        above = (*_ABOVE, Place(name, page_of(stored)))
        title, stream = f"{name}: {what}", session_stream(stored)
        return reader.answer(template, view, title, _LIST, stored.changed_at, above, stream=stream)

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

    @router.get(f"{_SESSION}/thanh-vien")
    async def show_member(reader: Reader = Depends(reading), session: str = Depends(place_of)) -> HTMLResponse:
        stored, view = await desk.session(session, "member", member_view, _AGENDA)
        return below(reader, "member.html", view, stored, "trang thành viên")

    return router
