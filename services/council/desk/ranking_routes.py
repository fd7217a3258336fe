"""The page *Xếp hạng*, and its table as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse

from services.council.desk.addresses import RANKING
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.choosing import movement_key_of
from services.council.desk.ranking import Board, RankingAsked, Seen, board_asked, ranking_view
from services.council.desk.room import Room, no_plan
from services.council.desk.table_answers import table_answer
from services.council.desk.tables import ranking_sheet
from services.council.packed_standings import pack_scores
from services.council.standings import MovementResults
from shared.contracts.plan import Plan
from shared.runtime.http.routing import service_router


async def _asked(
    field: Annotated[str, Query(alias="linh-vuc")] = "",
    tier: Annotated[str, Query(alias="cap")] = "",
    district: Annotated[str, Query(alias="huyen")] = "",
    typed: Annotated[str, Query(alias="tim")] = "",
    marked: Annotated[str, Query(alias="don-vi")] = "",
) -> RankingAsked:
    return RankingAsked(field, tier, district, typed.strip(), marked)


def ranking_routes(room: Room, reading: ReaderOf) -> APIRouter:
    """The routes of the page."""
    router = service_router(include_in_schema=False)

    async def board_of(movement: str, query: RankingAsked) -> tuple[Sequence[Plan], Board, MovementResults]:
        plans = [plan for plan in room.ranked_plans() if plan.fields]
        if (chosen := room.chosen(plans, movement)) is None:
            raise no_plan()
        board = board_asked(*chosen, query)
        return plans, board, await room.results(*chosen, [], [board.key])

    @router.get(f"{RANKING}.{{ending}}")
    async def ranking_table(
        ending: str,
        _reader: Reader = Depends(reading),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        query: RankingAsked = Depends(_asked),
    ) -> Response:
        _, board, results = await board_of(movement, query)
        return await table_answer("xep-hang", ending, lambda: ranking_sheet(results, board, query))

    @router.get(RANKING)
    async def ranking(
        reader: Reader = Depends(reading),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        query: RankingAsked = Depends(_asked),
    ) -> HTMLResponse:
        plans, board, results = await board_of(movement, query)
        place = f"{movement_key_of(results.plan)}/{board.field.id}/{board.tier.value}"
        packed = room.views.view(
            ("packed", board.key), [results], lambda: pack_scores(results.scores(*board.key).by_unit)
        )
        seen = await room.looks.note(reader.person.id, place, packed, room.now)
        today, before = room.today, Seen(*seen) if seen else None
        view = room.views.view(
            ("ranking", reader.person.id, query, board.key, today, seen and seen[1]),
            [results, *plans],
            lambda: ranking_view(results, plans, board, query, today, before),
        )
        return reader.answer("ranking.html", view, "Xếp hạng", RANKING, results.changed_at)

    return router
