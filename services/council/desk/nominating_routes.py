"""The page *Đề nghị khen thưởng*, and its table as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse

from services.council.desk.addresses import NOMINATIONS
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.nominating import nominating_view
from services.council.desk.room import Room, no_plan
from services.council.desk.table_answers import table_answer
from services.council.desk.tables import nominating_sheet
from services.council.desk_store import DeskDocuments
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.plans.quotas import NominationContext
from shared.runtime.http.routing import service_router


def nominating_routes(room: Room, reading: ReaderOf) -> APIRouter:
    """The routes of the page."""
    router = service_router(include_in_schema=False)

    async def nominations_of(
        movement: str,
    ) -> tuple[Sequence[Plan], NominationContext, Sequence[Nomination], DeskDocuments]:
        plans = room.nominated_plans()
        if (chosen := room.chosen(plans, movement)) is None:
            raise no_plan()
        plan, register = chosen
        assert plan.movement is not None
        within = plan.movement.within
        above = room.references.plan_of_movement(plan.province, within) if within else None
        # The places of an award are also used by nominations of the movements within it, and of the one above.
        of_province = [p.movement.id for p in plans if p.movement and p.province == plan.province]
        documents = await room.store.desk.documents(plan.province, of_province, ("heard",))
        made = [nomination for other in of_province for nomination in documents.nominations.get(other, ())]
        return plans, NominationContext(plan, above, register), made, documents

    @router.get(f"{NOMINATIONS}.{{ending}}")
    async def nominations_table(
        ending: str,
        _reader: Reader = Depends(reading),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        shown: Annotated[str, Query(alias="loc")] = "",
    ) -> Response:
        _, context, made, _ = await nominations_of(movement)
        today = room.today
        return await table_answer("de-nghi", ending, lambda: nominating_sheet(context, made, today, shown))

    @router.get(NOMINATIONS)
    async def nominations(
        reader: Reader = Depends(reading),
        movement: Annotated[str, Query(alias="phong-trao")] = "",
        shown: Annotated[str, Query(alias="loc")] = "",
    ) -> HTMLResponse:
        plans, context, made, documents = await nominations_of(movement)
        today = room.today
        view = room.views.view(
            ("nominations", shown, today),
            [documents, context.plan, context.above, context.register, *plans],
            lambda: nominating_view(context, made, plans, today, shown),
        )
        latest = max((n.withdrawn_at or n.at for n in made), default=None)
        return reader.answer("nominating.html", view, "Đề nghị khen thưởng", NOMINATIONS, latest)

    return router
