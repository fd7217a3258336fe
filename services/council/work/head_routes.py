"""The routes of *Ghi thông tin phiên họp*."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.head import head_body, head_view, member_fields
from services.council.work.places import LIST, SESSION, session_place
from services.council.work.posting import post, record
from services.council.work.session_pages import add_page, session_answer
from shared.contracts.sessions import SessionHead
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import FormState, Submitted
from shared.runtime.http.routing import service_router

_HEAD = Form[SessionHead](SessionHead, "Thông tin phiên họp", explain=typed_wrong)


def head_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The form about when and where a session is and who belongs to it."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "head", head_view)
        shown = replace(view, rows=member_fields(view.head, form.submitted))
        return session_answer(reader, stored, "head.html", shown, "thông tin phiên họp", form)

    add_page(router, reading, "/thong-tin", page)

    @router.post(f"{SESSION}/thong-tin")
    async def set_head(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = head_body(submitted)
        return await post(
            reader,
            submitted,
            lambda: record(
                *(sessions, place, reader.person, submitted, _HEAD, body),
                lambda session, context, actor, given: actions.set_head(
                    session, given, frozenset(context.facts.register.by_code), actor
                ),
            ),
            lambda form: page(reader, place, form),
            f"{LIST}/{place.key}",
            body,
        )

    return router
