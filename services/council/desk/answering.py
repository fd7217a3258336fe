"""Answer a reader with a page of the desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.council.desk.frame import PACKAGE, frame_of
from shared.contracts.people import Person
from shared.runtime.http.pages.frame import Frame, Page, Place
from shared.runtime.http.pages.rendering import html_answer, render
from shared.runtime.http.pages.submitted import FRESH, FormState
from shared.runtime.http.sign_in.reader import token_of
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, the CSRF token of that reader's forms (empty for a caller with a key), and the frame of the pages."""

    person: Person
    token: str
    frame: Frame

    def answer(
        self,
        template: str,
        view: object,
        title: str,
        place: str,
        updated_at: datetime | None = None,
        above: Sequence[Place] = (),
        searched: str = "",
        form: FormState = FRESH,
        package: str = PACKAGE,
        stream: str = "",
    ) -> HTMLResponse:
        """A page of a package's template. ``updated_at`` is how fresh its figures are.

        Addresses are given without the prefix. ``form`` is a form that was refused and is shown again.
        ``stream`` says when the page has changed; a form shown again has none, because its page is not at its address.
        """
        page = Page(
            title,
            person=self.person,
            place=self.frame.prefix + place,
            above=[Place(name, self.frame.prefix + address) for name, address in above],
            updated_at=updated_at,
            token=self.token,
            searched=searched,
            stream=self.frame.prefix + stream if stream and form.status == 200 else "",
        )
        html = render(package, template, view, self.frame, page, form)
        return html_answer(html, self.frame, form.status)


ReaderOf = Callable[[Request], Awaitable[Reader]]
"""The dependency of a page's route."""


def reader_of(access: Access, references: References, prefix: str = "") -> ReaderOf:
    """The dependency that every page's route has; ``prefix`` begins the addresses of its links.

    It raises ``Refusal`` as ``Access.caller`` does.
    """

    async def reader(request: Request) -> Reader:
        person = await access.reader(request)
        return Reader(person, token_of(request), frame_of(references.newest_plans(), prefix))

    return reader
