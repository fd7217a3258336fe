"""The event streams that say when a page of the desk has changed since it was made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.council.desk.addresses import CRITERIA
from services.council.desk.criteria import CriteriaAsked, award_asked
from services.council.desk.criteria_routes import criteria_asked
from services.council.desk.room import Room, no_plan
from services.council.desk.watching import CHANGES, results_watched, session_watched
from services.council.store import CouncilStore
from shared.contracts.people import Person
from shared.runtime.http.pages.changes import PageChanges
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.reader import watcher_of
from shared.runtime.http.sign_in.roles import Access

Mark = Annotated[str, Query(alias="tu", min_length=16, max_length=16)]
"""The mark of what the page was made from."""


def stream_routes(store: CouncilStore, room: Room, changes: PageChanges, access: Access) -> APIRouter:
    """A stream below each page that has one."""
    router = service_router(include_in_schema=False)

    @router.get(f"/phien/{{province}}/{{plan}}/{{session}}/{CHANGES}")
    async def of_session(
        request: Request, province: str, plan: str, session: str, mark: Mark, person: Person = Depends(access.caller)
    ) -> StreamingResponse:
        session_id = f"{province}/{plan}/{session}"
        if await store.session(session_id) is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        return changes.stream(watcher_of(request, person), session_watched(session_id), mark)

    @router.get(f"{CRITERIA}/{CHANGES}")
    async def of_results(
        request: Request,
        mark: Mark,
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        query: CriteriaAsked = Depends(criteria_asked),
        judgements: Annotated[str, Query(alias="tham-dinh")] = "",
        person: Person = Depends(access.caller),
    ) -> StreamingResponse:
        if (chosen := room.chosen(room.ranked_plans(), movement)) is None:
            raise no_plan()
        watched = results_watched(*chosen, award_asked(chosen[0], query), judgements=bool(judgements))
        return changes.stream(watcher_of(request, person), watched, mark)

    return router
