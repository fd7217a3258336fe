"""The routes of *Phiên họp*: the list, a session, the chair's page and a member's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import HTMLResponse

from services.council.access import Access
from services.council.desk.frame import FRAME, PACKAGE
from services.council.desk.reading import DeskReader
from services.council.desk.session_list import session_list
from services.council.desk.session_page import SessionData, session_view
from services.council.desk.sitting_pages import chair_view, member_view
from shared.contracts.model import local
from shared.contracts.people import Person
from shared.runtime.http.pages.frame import Page, Place
from shared.runtime.http.pages.rendering import html_answer, render

_LIST = "/phien"
_SESSION = f"{_LIST}/{{province}}/{{plan}}/{{session}}"


def sessions_routes(reader: DeskReader, access: Access) -> APIRouter:
    """The pages about sessions."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    above = Place("Phiên họp", f"{FRAME.prefix}{_LIST}")

    async def data_of(province: Annotated[str, Path()], plan: str, session: str) -> SessionData:
        return await reader.session(f"{province}/{plan}/{session}")

    def page(person: Person, data: SessionData, title: str, *parents: Place) -> Page:
        return Page(title, person=person, place=above.address, above=parents, updated_at=data.stored.changed_at)

    def own(data: SessionData) -> Place:
        return Place(data.stored.agenda.name, f"{above.address}/{data.stored.id}")

    @router.get(_LIST)
    async def show_sessions(person: Person = Depends(access.caller)) -> HTMLResponse:
        sessions, windows = await reader.sessions()
        view = session_list(sessions, windows, local(reader.now).date())
        heading = Page("Phiên họp", person=person, place=above.address, updated_at=reader.now)
        return html_answer(render(PACKAGE, "sessions.html", view, FRAME, heading), FRAME)

    @router.get(_SESSION)
    async def show_session(
        person: Person = Depends(access.caller), data: SessionData = Depends(data_of)
    ) -> HTMLResponse:
        heading = page(person, data, data.stored.agenda.name, above)
        return html_answer(render(PACKAGE, "session.html", session_view(data), FRAME, heading), FRAME)

    @router.get(f"{_SESSION}/chu-tri")
    async def show_chair(person: Person = Depends(access.caller), data: SessionData = Depends(data_of)) -> HTMLResponse:
        heading = page(person, data, f"{data.stored.agenda.name}: trang người chủ trì", above, own(data))
        return html_answer(render(PACKAGE, "chair.html", chair_view(data), FRAME, heading), FRAME)

    @router.get(f"{_SESSION}/thanh-vien")
    async def show_member(
        person: Person = Depends(access.caller), data: SessionData = Depends(data_of)
    ) -> HTMLResponse:
        heading = page(person, data, f"{data.stored.agenda.name}: trang thành viên", above, own(data))
        return html_answer(render(PACKAGE, "member.html", member_view(data), FRAME, heading), FRAME)

    return router
