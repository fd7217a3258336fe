"""The routes of *Phiên họp*: the list and a session."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.council.access import TABLES_ROUTE, may_use
from services.council.desk.addresses import SESSION, SESSIONS
from services.council.desk.answering import ReaderOf
from services.council.desk.journal import stamp
from services.council.desk.needs import page_of
from services.council.desk.next_steps import next_steps
from services.council.desk.reading import DeskReader
from services.council.desk.session_page import SessionData, SessionView, session_view, tables_of
from services.council.desk.sitting_pages import chair_view
from services.council.desk.watching import session_stream
from services.council.desk_store import Part
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.routing import add_page_route, service_router

_ABOVE: Final = (Place("Phiên họp", SESSIONS),)
_CHAIR_PARTS: Final[tuple[Part, ...]] = ("sessions", "heard")


def sessions_routes(desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages about sessions."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def show_sessions(request: Request) -> HTMLResponse:
        reader = await reading(request)
        may_call = may_use(reader.person.role, "POST", f"{SESSIONS}/trieu-tap")
        view = replace(await desk.session_list(), may_call=may_call)
        return reader.answer("sessions.html", view, "Phiên họp", SESSIONS, desk.now)

    async def show_session(request: Request, province: str, plan: str, session: str) -> HTMLResponse:
        reader = await reading(request)
        may = partial(may_use, reader.person.role)

        def view_of(data: SessionData) -> SessionView:
            view = session_view(data)
            return replace(
                view,
                needs=[need.for_reader(may) for need in view.needs],
                steps=next_steps(data.stored, data.today, may),
                tables=tables_of(data.stored) if may(*TABLES_ROUTE) else (),
            )

        stored, view = await desk.session(f"{province}/{plan}/{session}", f"session {reader.person.role}", view_of)
        shown = replace(view, stamp=stamp(await desk.head()))
        name, stream = stored.agenda.name, session_stream(stored)
        return reader.answer("session.html", shown, name, SESSIONS, stored.changed_at, _ABOVE, stream=stream)

    async def show_chair(request: Request, province: str, plan: str, session: str) -> HTMLResponse:
        reader = await reading(request)
        stored, view = await desk.session(f"{province}/{plan}/{session}", "chair", chair_view, _CHAIR_PARTS)
        may = partial(may_use, reader.person.role, "POST")
        shown = replace(
            view,
            can_approve=view.can_approve and may(f"{SESSION}/bien-ban/thong-qua"),
            can_cancel=view.can_cancel and may(f"{SESSION}/huy"),
        )
        above = (*_ABOVE, Place(stored.agenda.name, page_of(stored)))
        title, stream = f"{stored.agenda.name}: trang người chủ trì", session_stream(stored)
        return reader.answer("chair.html", shown, title, SESSIONS, stored.changed_at, above, stream=stream)

    add_page_route(router, SESSIONS, show_sessions, reading)
    add_page_route(router, SESSION, show_session, reading)
    add_page_route(router, f"{SESSION}/chu-tri", show_chair, reading)
    return router
