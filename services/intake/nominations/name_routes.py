"""Names of persons for the papers of the council, over HTTP. Each answer is on record before it is given (L15)."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Query

from services.intake.nominations.store import Persons
from shared.contracts.names import MOST_NAMES, PersonName, may_read_names
from shared.contracts.people import Person
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access

_MOST_CHARACTERS: Final = MOST_NAMES * 33 - 1
"""As many ids of 32 hex digits, with the commas between them."""


def name_routes(persons: Persons, access: Access, clock: Clock) -> APIRouter:
    """The route by which whoever may see the names in a paper gets those that stand in it."""
    router = service_router(prefix="/v1")

    @router.get("/persons", responses=problem_answers(401, 403, 422))
    async def names(
        person: Annotated[str, Query(min_length=1, max_length=_MOST_CHARACTERS)],
        kind: Annotated[str, Query(min_length=1, max_length=200)],
        purpose: Annotated[str, Header(min_length=3, max_length=1000)],
        caller: Person = Depends(access.caller),
    ) -> list[PersonName]:
        """The names behind ids, which are separated by commas; unknown ids are left out.

        ``kind`` are the kinds of paper that the names are for, also separated by commas. ``Purpose`` (percent-encoded
        if not ASCII) names the paper, and is recorded with the caller, the ids and the time.
        """
        if not may_read_names(caller.role, kind.split(",")):
            raise Refusal(403, "not_allowed", f"“{caller.name}” không có quyền xem họ tên trong văn bản này.")
        records = await persons.of_paper(person.split(","), caller, unquote(purpose), clock.now())
        return [PersonName(id=one.id, name=one.name, position=one.position) for one in records]

    return router
