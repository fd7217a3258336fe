"""The routes of the steps that need a reason: *Ghi nhận phiên đã họp*, *Hủy phiên họp*, *Mở lại phiên họp*."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.sessions.lifecycle import VERB_NAMES
from services.council.state import SessionContext, StoredSession
from services.council.work.places import LIST, SESSION, session_place
from services.council.work.posting import post, record
from services.council.work.reasoned import REASONED, ReasonedVerb, reasoned_view
from services.council.work.session_pages import SESSION_ONLY, add_page, session_answer
from shared.contracts.sessions import Reason, SessionRecorded
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import FormState, Submitted
from shared.runtime.http.routing import service_router

_Given = TypeVar("_Given")

_RECORDED = Form[SessionRecorded](SessionRecorded, "Phiên đã họp", explain=typed_wrong)
_REASON = Form[Reason](Reason, "Lý do", explain=typed_wrong)


def reasoned_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """One page and one form for each of the steps."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    def offer(
        verb: ReasonedVerb,
        form: Form[_Given],
        action: Callable[[StoredSession, SessionContext, Actor, _Given], StoredSession],
    ) -> None:
        async def page(reader: Reader, place: SessionPlace, state: FormState) -> HTMLResponse:
            stored, view = await desk.session(place.key, verb, partial(reasoned_view, verb), SESSION_ONLY)
            return session_answer(reader, stored, "reasoned.html", view, VERB_NAMES[verb], state)

        async def do(
            reader: Reader = Depends(reading),
            place: SessionPlace = Depends(session_place),
            submitted: Submitted = Depends(submitted_form),
        ) -> Response:
            body = submitted.body(days=("day",))
            return await post(
                reader,
                submitted,
                lambda: record(sessions, place, reader.person, submitted, form, body, action),
                lambda state: page(reader, place, state),
                f"{LIST}/{place.key}",
                body,
            )

        address = REASONED[verb].address
        add_page(router, reading, address, page)
        router.add_api_route(f"{SESSION}{address}", do, methods=["POST"], name=verb)

    offer("record", _RECORDED, lambda session, _, actor, given: actions.record(session, given, actor))
    offer("cancel", _REASON, lambda session, _, actor, given: actions.cancel(session, given.reason, actor))
    offer("reopen", _REASON, lambda session, _, actor, given: actions.reopen(session, given.reason, actor))
    return router
