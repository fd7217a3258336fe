"""The routes of the chair's page: what has to be weighed, and what the chair does."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk.sitting_pages import chair_view
from services.council.desk.watching import session_stream
from services.council.desk_store import Part
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.places import ABOVE, LIST, SESSION, session_place
from services.council.work.posting import Step, post, step
from services.council.work.session_pages import add_page
from shared.contracts.json_values import JsonObject
from shared.contracts.sessions import Reason
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FORM_NAME, FormState, Submitted
from shared.runtime.http.problems import Refusal

APPROVE: Final = "thong-qua"
CANCEL: Final = "huy"
_PARTS: Final[tuple[Part, ...]] = ("sessions", "heard")
_REASON = Form[Reason](Reason, "Lý do")


def chairing_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The chair's page and its two forms."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "chair", chair_view, _PARTS)
        above = (*ABOVE, Place(stored.agenda.name, page_of(stored)))
        title, stream = f"{stored.agenda.name}: trang người chủ trì", session_stream(stored)
        return reader.answer("chair.html", view, title, LIST, stored.changed_at, above, form=form, stream=stream)

    add_page(router, reading, "/chu-tri", page)

    @router.post(f"{SESSION}/chu-tri")
    async def act(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = submitted.body()

        async def do() -> None:
            await step(sessions, place, reader.person, submitted, _action(submitted.text(FORM_NAME), body.value))

        return await post(
            reader, submitted, do, lambda form: page(reader, place, form), f"/phien/{place.key}/chu-tri", body
        )

    return router


def _action(name: str, body: JsonObject) -> Step:
    """What a form of the page does. Raises ``Refusal``: 400 for another form, 422 for a body without a reason."""
    if name == APPROVE:
        return lambda session, _, actor: actions.approve_minutes(session, actor)
    if name == CANCEL:
        given = _REASON.parse(body)
        return lambda session, _, actor: actions.cancel(session, given.reason, actor)
    raise Refusal(400, "bad_form", "Không đọc được mẫu gửi lên; hãy mở lại trang rồi gửi.")
