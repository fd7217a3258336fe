"""The routes of *Chốt chương trình*: what it will do is read first, then it is done."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.freezing import freeze_view
from services.council.work.places import SESSION, session_place
from services.council.work.posting import post, step
from services.council.work.session_pages import session_answer
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.routing import service_router


def freezing_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The page before the freeze, and its form."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState = FRESH) -> HTMLResponse:
        stored, view = await desk.session(place.key, "freeze", freeze_view)
        return session_answer(reader, stored, "freeze.html", view, "chốt chương trình", form)

    @router.get(f"{SESSION}/chot")
    async def show_freeze(
        reader: Reader = Depends(reading), place: SessionPlace = Depends(session_place)
    ) -> HTMLResponse:
        return await page(reader, place)

    @router.post(f"{SESSION}/chot")
    async def freeze(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        return await post(
            reader,
            submitted,
            lambda: step(
                sessions, place, reader.person, submitted, lambda session, _, actor: actions.freeze(session, actor)
            ),
            lambda form: page(reader, place, form),
            f"/phien/{place.key}",
        )

    return router
