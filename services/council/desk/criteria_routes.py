"""The page *Xét tiêu chuẩn*, and its table as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse

from services.council.desk.addresses import CRITERIA
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.criteria import CriteriaAsked, award_asked, criteria_view
from services.council.desk.room import Room, no_plan
from services.council.desk.table_answers import table_answer
from services.council.desk.tables import criteria_sheet
from services.council.desk.watching import results_stream
from services.council.standings import MovementResults
from shared.contracts.awards import Award
from shared.contracts.plan import Plan
from shared.runtime.http.routing import service_router


async def criteria_asked(
    award: Annotated[str, Query(alias="hinh-thuc")] = "",
    tier: Annotated[str, Query(alias="cap")] = "",
    district: Annotated[str, Query(alias="huyen")] = "",
    outcome: Annotated[str, Query(alias="ket-qua")] = "",
) -> CriteriaAsked:
    """What the address asks for: a dependency of the routes about the units of an award."""
    return CriteriaAsked(award, tier, district, outcome)


def criteria_routes(room: Room, reading: ReaderOf) -> APIRouter:
    """The routes of the page."""
    router = service_router(include_in_schema=False)

    async def award_of(movement: str, query: CriteriaAsked) -> tuple[Sequence[Plan], Award, MovementResults]:
        plans = room.ranked_plans()
        if (chosen := room.chosen(plans, movement)) is None:
            raise no_plan()
        award = award_asked(chosen[0], query)
        return plans, award, await room.results(*chosen, [award])

    @router.get(f"{CRITERIA}.{{ending}}")
    async def criteria_table(
        ending: str,
        _reader: Reader = Depends(reading),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        query: CriteriaAsked = Depends(criteria_asked),
    ) -> Response:
        _, award, results = await award_of(movement, query)
        return await table_answer("xet-tieu-chuan", ending, lambda: criteria_sheet(results, award, query))

    @router.get(CRITERIA)
    async def criteria(
        reader: Reader = Depends(reading),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        query: CriteriaAsked = Depends(criteria_asked),
    ) -> HTMLResponse:
        plans, award, results = await award_of(movement, query)
        view, stream = room.views.view(
            ("criteria", award.id, query),
            [results, *plans],
            lambda: (criteria_view(results, plans, award, query), results_stream(results, award)),
        )
        return reader.answer("criteria.html", view, "Xét tiêu chuẩn", CRITERIA, results.changed_at, stream=stream)

    return router
