"""Reads that people make: boards with ranks, verdicts with reasons, the lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.scoring.state import Tally
from services.scoring.store import ScoringStore
from shared.contracts.intake import ScoreRow
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists, Eligible
from shared.contracts.units import UnitRegister
from shared.runtime.problems import Refusal
from shared.runtime.references import References


class Place(BaseModel):
    """One line of a board."""

    rank: int
    unit: str
    name: str
    score: Decimal
    final: bool


class BoardView(BaseModel):
    """A board by rank and then unit. ``scope`` is ``tinh`` or a district's code."""

    field: str
    tier: Tier
    scope: str
    places: list[Place]


def routes(store: ScoringStore, references: References) -> APIRouter:
    """scoring's read routes."""
    router = APIRouter(prefix="/v1/{province}/{movement}")

    def terms(province: str, movement: str) -> tuple[Plan, UnitRegister]:
        plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return plan, register

    @router.get("/boards")
    async def boards(province: str, movement: str, top: Annotated[int | None, Query(ge=1)] = None) -> list[BoardView]:
        plan, register = terms(province, movement)
        tally, _, _ = await store.load(province, movement)
        views = [
            view(tally, plan, register, field.id, tier, scope, top)
            for field in plan.fields
            for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN)
            if tally.reported(field.id, tier)
            for scope in scopes(plan, register, tier)
        ]
        return [each for each in views if each.places]

    @router.get("/standings/{field}/{tier}")
    async def standings(
        province: str, movement: str, field: str, tier: Tier, scope: str = "tinh", top: int | None = None
    ) -> BoardView:
        plan, register = terms(province, movement)
        if field not in plan.field:
            raise Refusal(404, "unknown_field", f"Kế hoạch không có lĩnh vực “{field}”.")
        tally, _, _ = await store.load(province, movement)
        return view(tally, plan, register, field, tier, scope, top)

    @router.get("/eligibility/{award}")
    async def eligibility(province: str, movement: str, award: str) -> list[Eligible]:
        docs = await store.eligibility.find({"movement": f"{province}/{movement}", "award": award}, sort="page")
        return [Eligible.model_validate(row) for doc in docs for row in doc["rows"]]

    @router.get("/summary")
    async def summary(province: str, movement: str) -> list[AwardLists]:
        doc = await store.eligibility.get(f"{province}/{movement}/summary")
        return [AwardLists.model_validate(each) for each in doc["awards"]] if doc else []

    return router


def scopes(plan: Plan, register: UnitRegister, tier: Tier) -> list[str]:
    """The scopes a tier is ranked in: the province, and the parents where the tier has more than one."""
    assert plan.movement is not None
    parents = {unit.parent for unit in register.of_tier(tier, plan.movement.as_of) if unit.parent}
    return ["tinh", *sorted(parents)] if len(parents) > 1 and tier is Tier.XA else ["tinh"]


def view(
    tally: Tally, plan: Plan, register: UnitRegister, field: str, tier: Tier, scope: str, top: int | None
) -> BoardView:
    """A board as people read it, in one scope."""
    board = tally.board(plan, field, tier)
    places: list[Place] = []
    members = {unit.code for unit in register.units if scope in ("tinh", unit.parent)}
    rivals = tuple(members)
    for rank, code in board.ranking():
        figure = tally.figure(field, tier, register.page_of[code], code)
        if code not in members or figure is None or not isinstance(figure.value, ScoreRow):
            continue
        here = rank if scope == "tinh" else board.rank_among(code, rivals)
        if here is None or (top is not None and here > top):
            continue
        places.append(
            Place(rank=here, unit=code, name=register.by_code[code].name, score=figure.value.score, final=figure.final)
        )
    return BoardView(field=field, tier=tier, scope=scope, places=places)
