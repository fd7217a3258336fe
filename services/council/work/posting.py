"""Do what a form asks for: the reader goes on to a page, or sees the form again with what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.council.desk.answering import Reader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions.actions import Actor
from services.council.state import SessionContext, StoredSession
from shared.contracts.people import Person
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import Body, FormState, Submitted, refused
from shared.runtime.http.problems import Refusal

PACKAGE: Final = "services.council.work"
"""Where the templates of the forms are."""

_SHOWN_AGAIN: Final = (409, 422)

_Done = TypeVar("_Done")
_Given = TypeVar("_Given")

Step = Callable[[StoredSession, SessionContext, Actor], StoredSession]
"""What a form does about a session; it may raise ``SessionProblem``."""


async def post(
    reader: Reader,
    submitted: Submitted,
    do: Callable[[], Awaitable[_Done]],
    again: Callable[[FormState], Awaitable[HTMLResponse]],
    then: str | Callable[[_Done], str],
    body: Body | None = None,
) -> Response:
    """Do it and send the reader to ``then`` (an address without the prefix, or what makes one of what was done).

    What is refused for its content, or because somebody else came first, shows the page ``again`` with what was typed;
    every other refusal is raised. ``body`` is what the form's fields were read as.
    """
    try:
        done = await do()
    except Refusal as refusal:
        if refusal.status not in _SHOWN_AGAIN:
            raise
        return await again(refused(submitted, refusal, body))
    address = then if isinstance(then, str) else then(done)
    return RedirectResponse(f"{reader.frame.prefix}{address}", status_code=303)


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


async def record(
    sessions: Sessions,
    place: SessionPlace,
    person: Person,
    submitted: Submitted,
    form: Form[_Given],
    body: Body,
    action: Callable[[StoredSession, SessionContext, Actor, _Given], StoredSession],
) -> StoredSession:
    """Take a step with what a form says, read as strictly as a program's body.

    Raises ``Refusal`` as ``step`` does, and with 422 for what cannot be read.
    """
    given = form.parse(body.value)
    return await step(
        sessions, place, person, submitted, lambda session, context, actor: action(session, context, actor, given)
    )
