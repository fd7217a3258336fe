"""Answer a reader with a page of the desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Depends
from fastapi.responses import HTMLResponse

from services.council.desk.frame import FRAME, PACKAGE
from shared.contracts.people import Person
from shared.runtime.http.pages.frame import Page, Place
from shared.runtime.http.pages.rendering import html_answer, render
from shared.runtime.http.sign_in.roles import Access


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and the CSRF token of that reader's forms."""

    person: Person
    token: str

    def answer(
        self,
        template: str,
        view: object,
        title: str,
        place: str,
        updated_at: datetime,
        above: Sequence[tuple[str, str]] = (),
    ) -> HTMLResponse:
        """A page. ``above`` are the names and addresses of the pages above it; addresses are without the prefix."""
        page = Page(
            title,
            person=self.person,
            place=FRAME.prefix + place,
            above=[Place(name, FRAME.prefix + address) for name, address in above],
            updated_at=updated_at,
            token=self.token,
        )
        return html_answer(render(PACKAGE, template, view, FRAME, page), FRAME)


def reader_of(access: Access) -> Callable[[Person, str], Awaitable[Reader]]:
    """The dependency of a page's route. It raises ``Refusal`` as ``Access.caller`` does."""

    async def reader(person: Person = Depends(access.caller), token: str = Depends(access.token)) -> Reader:
        return Reader(person, token)

    return reader
