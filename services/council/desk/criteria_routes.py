"""The page *Xét tiêu chuẩn*."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from services.council.desk.addresses import CRITERIA
from services.council.desk.criteria import CriteriaAsked, award_asked, criteria_view
from services.council.desk.room import Reader, Room, no_plan
from shared.contracts.people import Person


async def _asked(
    award: Annotated[str, Query(alias="hinh-thuc")] = "",
    tier: Annotated[str, Query(alias="cap")] = "",
    district: Annotated[str, Query(alias="huyen")] = "",
    outcome: Annotated[str, Query(alias="ket-qua")] = "",
) -> CriteriaAsked:
    return CriteriaAsked(award, tier, district, outcome)


def criteria_routes(room: Room) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get(CRITERIA)
    async def criteria(
        person: Person = Depends(room.access.caller),
        token: str = Depends(room.access.token),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        query: CriteriaAsked = Depends(_asked),
    ) -> HTMLResponse:
        plans = room.ranked_plans()
        if (chosen := room.chosen(plans, movement)) is None:
            raise no_plan()
        award = award_asked(chosen[0], query)
        results = await room.results(*chosen, [award])
        view = criteria_view(results, plans, award, query)
        return room.answer("criteria.html", view, "Xét tiêu chuẩn", Reader(person, token), CRITERIA, results.changed_at)

    return router
