"""Do what a form asks for: the reader goes on to a page, or sees the form again with what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.council.desk.answering import Reader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions.actions import Actor
from services.council.state import SessionContext, StoredSession
from shared.contracts.people import Person
from shared.runtime.http.pages.submitted import Body, FormState, Submitted, refused
from shared.runtime.http.problems import Refusal

PACKAGE: Final = "services.council.work"
"""Where the templates of the forms are."""

_SHOWN_AGAIN: Final = (409, 422)

Step = Callable[[StoredSession, SessionContext, Actor], StoredSession]
"""What a form does about a session; it may raise ``SessionProblem``."""


async def post(
    reader: Reader,
    submitted: Submitted,
    do: Callable[[], Awaitable[object]],
    again: Callable[[FormState], Awaitable[HTMLResponse]],
    then: str,
    body: Body | None = None,
) -> Response:
    """Do it and send the reader to ``then`` (an address without the prefix).

    What is refused for its content, or because somebody else came first, shows the page ``again`` with what was typed;
    every other refusal is raised. ``body`` is what the form's fields were read as.
    """
    try:
        await do()
    except Refusal as refusal:
        if refusal.status not in _SHOWN_AGAIN:
            raise
        return await again(refused(submitted, refusal, body))
    return RedirectResponse(f"{reader.frame.prefix}{then}", status_code=303)


async def step(
    sessions: Sessions, place: SessionPlace, person: Person, submitted: Submitted, action: Step
) -> StoredSession:
    """Take a step of a session in the name of who is signed in, on the version that the form was made from.

    Raises ``Refusal``: 400 for a form without a version, 404, 409 if another step was taken since, or as the action
    refuses.
    """
    expected = submitted.version
    return await sessions.act(
        place,
        lambda session, context, now: action(session, context, Actor(person.name, person.role, now, replaces=True)),
        expected,
    )
