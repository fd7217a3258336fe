"""The page *Vì sao?*: the evidence behind a unit's results."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.council.desk import addresses
from services.council.desk.answering import ReaderOf
from services.council.desk.answers import award_in_short
from services.council.desk.evidence import Details, evidence_view
from services.council.desk.room import Room
from services.council.explanations import ExplainedSection
from shared.contracts.plan import Plan
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import add_page_route, service_router
from shared.wording.unit_names import at_the_beginning, short_name


def evidence_routes(room: Room, reading: ReaderOf) -> APIRouter:
    """The route of the page."""
    router = service_router(include_in_schema=False)

    async def why(
        request: Request,
        province: str,
        movement: str,
        unit: str,
        award: Annotated[str, Query(alias="hinh-thuc")] = "",
    ) -> HTMLResponse:
        reader = await reading(request)
        movement_plan = room.references.plan_and_register(province, movement)
        if (
            movement_plan is None
            or unit not in movement_plan[1].by_code
            or movement_plan[0].movement is None
            or not movement_plan[0].awards
        ):
            raise Refusal(404, "unknown", "Không có đơn vị hoặc phong trào này. Về trang Tổng quan hoặc tìm đơn vị.")
        plan, register = movement_plan
        of_tier = [a for a in plan.awards if a.tier is register.by_code[unit].tier]
        chosen = next((a for a in of_tier if a.id == award), None)
        results = await room.results(plan, register, of_tier if chosen is None else [chosen])
        key = f"{province}/{movement}"
        decisions = await room.decisions(province, movement)
        explained = await room.explanations.of(key, unit, request.headers)
        view = room.views.view(
            ("evidence", key, unit, chosen and chosen.id),
            [results, decisions, explained, plan, register, *room.references.newest_plans()],
            lambda: evidence_view(
                results,
                register.by_code[unit],
                chosen,
                room.references.cited_documents(plan.ref),
                decisions,
                others=[(award_in_short(a), addresses.why(key, unit, a.id)) for a in of_tier if chosen and a != chosen],
                details=_supporting(explained, plan),
            ),
        )
        name = at_the_beginning(short_name(register, unit))
        above = [Place("Xét tiêu chuẩn", addresses.with_query(addresses.CRITERIA, phong_trao=key, hinh_thuc=award))]
        return reader.answer(
            "evidence.html",
            view,
            f"Vì sao? {name}",
            addresses.CRITERIA,
            results.changed_at,
            above,
        )

    add_page_route(router, "/vi-sao/{province}/{movement}/{unit}", why, reading)
    return router


def _supporting(sections: tuple[ExplainedSection, ...] | None, plan: Plan) -> Details | None:
    """The sections about neither a field nor an award: those the page writes itself."""
    if sections is None:
        return None
    written = {field.name for field in plan.fields} | {award.name for award in plan.awards}
    return [(section.title, section.lines) for section in sections if section.title not in written and section.lines]
