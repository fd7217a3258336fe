"""The routes of *Phiên họp*: the list, a session, the chair's page and a member's page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from services.council.access import TABLES_ROUTE, may_use
from services.council.desk.addresses import SESSION, SESSIONS
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.journal import stamp
from services.council.desk.needs import page_of
from services.council.desk.next_steps import next_steps
from services.council.desk.reading import DeskReader
from services.council.desk.session_page import session_view, tables_of
from services.council.desk.sitting_pages import chair_view, member_view
from services.council.desk_store import Part
from services.council.state import StoredSession
from shared.runtime.http.pages.frame import Place

_AGENDA: Final[tuple[Part, ...]] = ("sessions", "heard")
_ABOVE = (Place("Phiên họp", SESSIONS),)


def sessions_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages about sessions."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def below(reader: Reader, template: str, view: object, stored: StoredSession, what: str) -> HTMLResponse:
        """A page below a session's own."""
        name = stored.agenda.name
        above = (*_ABOVE, Place(name, page_of(stored)))
        return reader.answer(template, view, f"{name}: {what}", SESSIONS, stored.changed_at, above)

    async def place_of(province: str, plan: str, session: str) -> str:
        return f"{province}/{plan}/{session}"

    @router.get(SESSIONS)
    async def show_sessions(reader: Reader = Depends(reading)) -> HTMLResponse:
        may_call = may_use(reader.person.role, "POST", f"{SESSIONS}/trieu-tap")
        view = replace(await desk.session_list(), may_call=may_call)
        return reader.answer("sessions.html", view, "Phiên họp", SESSIONS, desk.now)

    @router.get(SESSION)
    async def show_session(reader: Reader = Depends(reading), session: str = Depends(place_of)) -> HTMLResponse:
        stored, view = await desk.session(session, "session", session_view)
        may = partial(may_use, reader.person.role)
        shown = replace(
            view,
            needs=[need.for_reader(may) for need in view.needs],
            steps=next_steps(stored, desk.today, may),
            stamp=stamp(await desk.head()),
            tables=tables_of(stored) if may(*TABLES_ROUTE) else (),
        )
        return reader.answer("session.html", shown, stored.agenda.name, SESSIONS, stored.changed_at, _ABOVE)

    @router.get(f"{SESSION}/chu-tri")
    async def show_chair(reader: Reader = Depends(reading), session: str = Depends(place_of)) -> HTMLResponse:
        stored, view = await desk.session(session, "chair", chair_view, _AGENDA)
        return below(reader, "chair.html", view, stored, "trang người chủ trì")

    @router.get(f"{SESSION}/thanh-vien")
    async def show_member(reader: Reader = Depends(reading), session: str = Depends(place_of)) -> HTMLResponse:
        stored, view = await desk.session(session, "member", member_view, _AGENDA)
        return below(reader, "member.html", view, stored, "trang thành viên")

    return router
