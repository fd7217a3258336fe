"""The routes of a member's page: five lines before the session, and the answer to the invitation."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.access import CONFIRM_ROUTE, may_use
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk.sitting_pages import member_view
from services.council.desk.watching import session_stream
from services.council.desk_store import Part
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.work.confirming import MemberPage, own_answer
from services.council.work.places import ABOVE, LIST, SESSION, session_place
from services.council.work.posting import post
from services.council.work.session_pages import add_page
from shared.contracts.sessions import AttendanceConfirmed
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FormState, Submitted
from shared.runtime.http.routing import service_router

_PARTS: Final[tuple[Part, ...]] = ("sessions", "heard")
_FORM = Form[AttendanceConfirmed](AttendanceConfirmed, "Trả lời dự họp")


def confirming_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The member's page and its form."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, member = await desk.session(place.key, "member", member_view, _PARTS)
        is_member = may_use(reader.person.role, *CONFIRM_ROUTE)
        view = MemberPage(member, own_answer(stored, reader.person.id) if is_member else None)
        above = (*ABOVE, Place(stored.agenda.name, page_of(stored)))
        title, stream = f"{stored.agenda.name}: trang thành viên", session_stream(stored)
        return reader.answer("member.html", view, title, LIST, stored.changed_at, above, form=form, stream=stream)

    add_page(router, reading, "/thanh-vien", page)

    @router.post(f"{SESSION}/thanh-vien")
    async def confirm(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body, person = submitted.body(), reader.person

        async def do() -> None:
            given = _FORM.parse(body.value)
            await sessions.act(
                place,
                lambda session, _, now: actions.confirm(
                    session, given, person.id, Actor(person.name, person.role, now)
                ),
                None,
            )

        return await post(
            reader, submitted, do, lambda form: page(reader, place, form), f"/phien/{place.key}/thanh-vien", body
        )

    return router
