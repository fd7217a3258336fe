"""The routes of *Phiên họp*: the list, a session, the chair's page and a member's page."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk.session_list import session_list
from services.council.desk.session_page import SessionData, session_view
from services.council.desk.sitting_pages import chair_view, member_view
from shared.contracts.model import local
from shared.runtime.http.pages.frame import Place

_LIST = "/phien"
_SESSION = f"{_LIST}/{{province}}/{{plan}}/{{session}}"
_ABOVE = (Place("Phiên họp", _LIST),)


def sessions_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages about sessions."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    async def data_of(province: str, plan: str, session: str) -> SessionData:
        return await desk.session(f"{province}/{plan}/{session}")

    def below(reader: Reader, template: str, view: object, data: SessionData, what: str) -> HTMLResponse:
        """A page below a session's own."""
        name, changed_at = data.stored.agenda.name, data.stored.changed_at
        above = (*_ABOVE, Place(name, page_of(data.stored)))
        return reader.answer(template, view, f"{name}: {what}", _LIST, changed_at, above)

    @router.get(_LIST)
    async def show_sessions(reader: Reader = Depends(reading)) -> HTMLResponse:
        sessions, windows = await desk.sessions()
        view = session_list(sessions, windows, local(desk.now).date())
        return reader.answer("sessions.html", view, "Phiên họp", _LIST, desk.now)

    @router.get(_SESSION)
    async def show_session(reader: Reader = Depends(reading), data: SessionData = Depends(data_of)) -> HTMLResponse:
        stored = data.stored
        return reader.answer(
            "session.html", session_view(data), stored.agenda.name, _LIST, stored.changed_at, above=_ABOVE
        )

    @router.get(f"{_SESSION}/chu-tri")
    async def show_chair(reader: Reader = Depends(reading), data: SessionData = Depends(data_of)) -> HTMLResponse:
        return below(reader, "chair.html", chair_view(data), data, "trang người chủ trì")

    @router.get(f"{_SESSION}/thanh-vien")
    async def show_member(reader: Reader = Depends(reading), data: SessionData = Depends(data_of)) -> HTMLResponse:
        return below(reader, "member.html", member_view(data), data, "trang thành viên")

    return router
