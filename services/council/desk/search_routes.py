"""The page *Tìm đơn vị*."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.council.desk.addresses import SEARCH
from services.council.desk.answering import ReaderOf
from services.council.desk.room import Room, no_plan
from services.council.desk.search import MAX_FOUND, search_view, units_found
from shared.runtime.http.routing import add_page_route, service_router


def search_routes(room: Room, reading: ReaderOf) -> APIRouter:
    """The route of the page."""
    router = service_router(include_in_schema=False)

    async def search(request: Request, typed: Annotated[str, Query(alias="q")] = "") -> HTMLResponse:
        reader = await reading(request)
        chosen = room.chosen(room.ranked_plans() or room.references.newest_plans(), "")
        if chosen is None:
            raise no_plan()
        plan, register = chosen
        matches = room.views.view(("found", typed), [register], lambda: units_found(register, typed))
        tiers = {unit.tier for unit in matches[:MAX_FOUND]}
        awards = [award for award in plan.awards if award.tier in tiers]
        results = await room.results(plan, register, awards) if plan.awards else None
        movement = plan.movement.id if plan.movement else ""
        decisions = await room.decisions(plan.province, movement)
        today = room.today
        view = room.views.view(
            ("search", typed, today),
            [results, decisions, plan, register],
            lambda: search_view(typed, matches, results, register, today, decisions),
        )
        updated_at = results.changed_at if results else None
        return reader.answer("search.html", view, "Tìm đơn vị", SEARCH, updated_at, searched=typed)

    add_page_route(router, SEARCH, search, reading)
    return router
