"""The routes of *Điểm danh* and *Bắt đầu phiên họp*."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.attending import attending_view
from services.council.work.places import SESSION, session_place
from services.council.work.posting import post, step
from services.council.work.session_pages import SESSION_ONLY, add_page, add_step_form, session_answer
from shared.contracts.sessions import AttendanceGiven
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import FormState, Submitted
from shared.runtime.http.routing import service_router

_ATTENDANCE: Final = Form[AttendanceGiven](AttendanceGiven, "Điểm danh", explain=typed_wrong)


def attending_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The page of attendance, and its two forms."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "attendance", attending_view, SESSION_ONLY)
        return session_answer(reader, stored, "attending.html", view, "điểm danh", form)

    add_page(router, reading, "/diem-danh", page)

    @router.post(f"{SESSION}/diem-danh")
    async def attend(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = submitted.body(needed={"members": "state"})

        async def record() -> None:
            given = _ATTENDANCE.parse({"members": [], **body.value})
            await step(
                sessions,
                place,
                reader.person,
                submitted,
                lambda session, context, actor: actions.attend(session, given, context.rules, actor),
            )

        then = f"/phien/{place.key}/diem-danh"
        return await post(reader, submitted, record, lambda form: page(reader, place, form), then, body)

    add_step_form(
        router,
        sessions,
        reading,
        "/bat-dau",
        lambda session, context, actor: actions.start(session, context.rules, actor),
        page,
        "/dieu-hanh",
    )
    return router
