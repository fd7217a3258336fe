"""What the pages of a session's forms have in common: their heads, and forms that take one step without a body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.watching import session_stream
from services.council.desk_store import Part
from services.council.session_handlers import SessionPlace, Sessions
from services.council.state import StoredSession
from services.council.work.places import ABOVE, LIST, SESSION, session_place
from services.council.work.posting import PACKAGE, Step, post, step
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.routing import add_page_route

SESSION_ONLY: Final[tuple[Part, ...]] = ("sessions",)
"""What a page is made from that shows nothing but the session itself."""

Again = Callable[[Reader, SessionPlace, FormState], Awaitable[HTMLResponse]]
"""Shows the page of a form again."""


def session_answer(
    reader: Reader,
    stored: StoredSession,
    template: str,
    view: object,
    what: str,
    form: FormState,
    *between: Place,
) -> HTMLResponse:
    """A page of a form below a session's own, and below the pages ``between`` them; ``what`` it is about."""
    name = stored.agenda.name
    above = (*ABOVE, Place(name, page_of(stored)), *between)
    title = f"{name}: {what}"
    stream = session_stream(stored)
    return reader.answer(
        template, view, title, LIST, stored.changed_at, above, form=form, package=PACKAGE, stream=stream
    )


def add_page(router: APIRouter, reading: ReaderOf, path: str, page: Again) -> None:
    """The route of a page with a form that nobody has sent yet. ``path`` is below the session's own address."""

    async def show(request: Request) -> HTMLResponse:
        return await page(await reading(request), await session_place(request), FRESH)

    add_page_route(router, f"{SESSION}{path}", show, reading, f"show {path}")


def add_step_form(
    router: APIRouter, sessions: Sessions, reading: ReaderOf, path: str, action: Step, again: Again, then: str
) -> None:
    """The route of a form that only takes a step. ``path`` and ``then`` are below the session's own address."""

    async def take(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        return await post(
            reader,
            submitted,
            lambda: step(sessions, place, reader.person, submitted, action),
            lambda form: again(reader, place, form),
            f"/phien/{place.key}{then}",
        )

    router.add_api_route(f"{SESSION}{path}", take, methods=["POST"], name=path, response_class=HTMLResponse)
