"""Reads that people make: boards with ranks, verdicts with reasons, the lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from unicodedata import normalize

from fastapi import APIRouter, Query
from msgspec.json import encode
from pydantic import BaseModel, TypeAdapter

from services.scoring.explanation import Explainer, Explanation
from services.scoring.rules import with_ranks
from services.scoring.state import MovementFigures, ScoringContext
from services.scoring.store import ScoringStore, verdicts_in
from shared.contracts.fast_models import ScoreRow
from shared.contracts.model import Tier
from shared.contracts.scoring import AwardLists, Eligible
from shared.contracts.units import UnitRegister
from shared.runtime.http.problems import Refusal
from shared.runtime.references import References

_ELIGIBLE: TypeAdapter[list[Eligible]] = TypeAdapter(list[Eligible])


class Place(BaseModel):
    """One line of a board. ``self_assessed`` scores come from the unit itself ("tự đánh giá")."""

    rank: int
    unit: str
    name: str
    score: Decimal
    final: bool
    declared_rank: int | None = None
    self_assessed: bool = False


class BoardView(BaseModel):
    """A board by rank and then unit. ``scope`` is ``tinh`` or a district's code."""

    field: str
    tier: Tier
    scope: str
    places: list[Place]


def routes(store: ScoringStore, references: References) -> APIRouter:
    """scoring's read routes."""
    router = APIRouter(prefix="/v1/{province}/{movement}")

    def context_of(province: str, movement: str) -> ScoringContext:
        plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return ScoringContext(plan, register)

    @router.get("/boards")
    async def boards(province: str, movement: str, top: Annotated[int | None, Query(ge=1)] = None) -> list[BoardView]:
        context = context_of(province, movement)
        tally, _, _ = await store.load(province, movement)
        views = [
            view(tally, context, field.id, tier, scope, top)
            for field in context.plan.fields
            for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN)
            if tally.reported(field.id, tier)
            for scope in scopes(context, tier)
        ]
        return [each for each in views if each.places]

    @router.get("/standings/{field}/{tier}")
    async def standings(
        province: str, movement: str, field: str, tier: Tier, scope: str = "tinh", top: int | None = None
    ) -> BoardView:
        context = context_of(province, movement)
        if field not in context.plan.field:
            raise Refusal(404, "unknown_field", f"Kế hoạch không có lĩnh vực “{field}”.")
        tally, _, _ = await store.load(province, movement)
        return view(tally, context, field, tier, scope, top)

    @router.get("/eligibility/{award}")
    async def eligibility(province: str, movement: str, award: str) -> list[Eligible]:
        context = context_of(province, movement)
        tally, _, docs = await store.load(province, movement)
        pages = sorted((doc for doc in docs.values() if doc.get("award") == award), key=lambda doc: int(doc["page"]))
        rows = [row for doc in pages for row in verdicts_in(doc)]
        if given := context.plan.award.get(award):
            rows = with_ranks(given, rows, tally, context)
        return _ELIGIBLE.validate_json(encode(rows))

    @router.get("/summary")
    async def summary(province: str, movement: str) -> list[AwardLists]:
        doc = await store.eligibility.get(f"{province}/{movement}/summary")
        return [AwardLists.model_validate(each) for each in doc["awards"]] if doc else []

    @router.get("/explain/{unit}")
    async def explain(
        province: str, movement: str, unit: str, award: str | None = None, field: str | None = None
    ) -> Explanation:
        context = context_of(province, movement)
        for what, asked, known in (
            ("hình thức khen thưởng", award, {None, *context.plan.award}),
            ("lĩnh vực", field, {None, *context.plan.field}),
        ):
            if asked not in known:
                raise Refusal(404, "unknown", f"Không có {what} mang mã “{asked}”.")
        code = _code_of(unit, context.register)
        tally, _, _ = await store.load(province, movement)
        documents = references.document_numbers(context.plan.ref)
        return Explainer(tally, context, documents).explain(code, award, field)

    return router


def _code_of(asked: str, register: UnitRegister) -> str:
    """The unit a person means, by code or by name. Raises ``Refusal`` where there is none, or several of that name."""
    if asked in register.by_code:
        return asked
    wanted = normalize("NFC", asked).casefold().strip()
    named = [unit for unit in register.units if unit.name.casefold() == wanted]
    if len(named) == 1:
        return named[0].code
    if not named:
        raise Refusal(404, "unknown", f"Không có đơn vị “{asked}”.")
    told = "; ".join(f"{unit.code} ({register.name_of(unit.parent)})" for unit in named if unit.parent)
    raise Refusal(409, "several_units", f"Có {len(named)} đơn vị tên “{asked}”; hãy nêu mã: {told}.")


def scopes(context: ScoringContext, tier: Tier) -> list[str]:
    """The scopes a tier is ranked in: the province, and each parent where an award of the tier ranks within it."""
    within = context.ranks_within_parent(tier)
    parents = {unit.parent for unit in context.ranked(tier) if unit.parent} if within else set()
    return ["tinh", *sorted(parents)]


def view(
    tally: MovementFigures, context: ScoringContext, field: str, tier: Tier, scope: str, top: int | None
) -> BoardView:
    """A board as people read it, in one scope; a unit stands on the scope's board with its rank there."""
    board, register = tally.board(context, field, tier), context.register
    among = None if scope == "tinh" else [unit.code for unit in context.ranked(tier) if unit.parent == scope]
    places: list[Place] = []
    for rank, code in board.ranking(among):
        figure = tally.figure(field, tier, register.page_of[code], code)
        if figure is None or not isinstance(figure.value, ScoreRow) or (top is not None and rank > top):
            continue
        source, score = tally.evidence(figure.event), figure.value
        places.append(
            Place(
                rank=rank,
                unit=code,
                name=register.name_of(code),
                score=score.score,
                final=figure.final,
                declared_rank=score.declared_rank,
                self_assessed=source is not None and source.by == code,
            )
        )
    return BoardView(field=field, tier=tier, scope=scope, places=places)
