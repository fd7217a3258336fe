"""Read routes for people: boards with ranks, verdicts with reasons, lists, explanations."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from unicodedata import normalize

from fastapi import APIRouter, Depends, Query
from msgspec.json import encode
from pydantic import BaseModel, TypeAdapter

from services.scoring.context import ScoringContext
from services.scoring.explanation import Explainer, Explanation
from services.scoring.figures import period_subject
from services.scoring.rules import with_ranks
from services.scoring.state import MovementFigures
from services.scoring.store import ScoringStore
from shared.contracts.fast_models import ScoreRow
from shared.contracts.model import Tier, movement_key
from shared.contracts.periods import Period
from shared.contracts.scoring import AwardLists, Eligible
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import deciding_period
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References
from shared.wording.formats import ky
from shared.wording.unit_names import full_name, short_name

_ELIGIBLE: TypeAdapter[list[Eligible]] = TypeAdapter(list[Eligible])


class MovementView(BaseModel):
    """A movement with awards. ``key`` is ``<province>/<movement>``, as the addresses below have it."""

    key: str
    name: str


class BoardRow(BaseModel):
    """One row of a board. ``self_assessed`` scores come from the unit itself ("tự đánh giá")."""

    rank: int
    unit: str
    name: str
    score: Decimal
    final: bool
    declared_rank: int | None = None
    self_assessed: bool = False


class BoardView(BaseModel):
    """A board ordered by rank and then unit. ``scope`` is ``tinh`` or a district's code.

    ``period`` is an interim period whose ranks decide nothing (0032); None is the deciding one.
    """

    field: str
    tier: Tier
    scope: str
    period: str | None = None
    places: list[BoardRow]


def movement_routes(references: References, access: Access) -> APIRouter:
    """The route that lists the movements, latest first."""
    router = service_router(prefix="/v1", dependencies=[Depends(access.caller)], responses=problem_answers(401, 403))

    @router.get("/movements")
    async def movements() -> list[MovementView]:
        await references.refresh()
        ranked = [(p.movement, p.province) for p in references.newest_plans() if p.movement and p.awards]
        ranked.sort(key=lambda pair: pair[0].period.first, reverse=True)
        return [MovementView(key=movement_key(province, m.id), name=m.name) for m, province in ranked]

    return router


def routes(store: ScoringStore, references: References, access: Access) -> APIRouter:
    """scoring's read routes, below ``/v1/<province>/<movement>``. Unknown things are answered with 404."""
    router = service_router(
        prefix="/v1/{province}/{movement}",
        dependencies=[Depends(access.caller)],
        responses=problem_answers(401, 403, 404),
    )

    def context_of(province: str, movement: str) -> ScoringContext:
        plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return ScoringContext(plan, register)

    @router.get("/boards")
    async def boards(province: str, movement: str, top: Annotated[int | None, Query(ge=1)] = None) -> list[BoardView]:
        context = context_of(province, movement)
        figures, _ = await store.figures(province, movement)
        views = [
            board_view(figures, context, field.id, tier, scope, top)
            for field in context.plan.fields
            for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN)
            if figures.is_reported(field.id, tier)
            for scope in context.scopes(tier)
        ]
        return [board for board in views if board.places]

    @router.get("/standings/{field}/{tier}")
    async def standings(
        province: str,
        movement: str,
        field: str,
        tier: Tier,
        scope: str = "tinh",
        top: int | None = None,
        period: Period | None = None,
    ) -> BoardView:
        context = context_of(province, movement)
        if field not in context.plan.field:
            raise Refusal(404, "unknown_field", f"Kế hoạch không có lĩnh vực “{field}”.")
        if scope != "tinh" and scope not in {unit.parent for unit in context.ranked(tier)}:
            raise Refusal(404, "unknown_scope", f"Không có bảng xếp hạng trong phạm vi “{scope}”.")
        figures, _ = await store.figures(province, movement)
        if period == deciding_period(context.plan):
            period = None
        if period is not None and period not in (periods := figures.interim_periods(field, tier)):
            raise Refusal(404, "unknown_period", f"Không có số liệu {ky(period)}.", expected=periods)
        return board_view(figures, context, field, tier, scope, top, period)

    @router.get("/eligibility/{award}")
    async def eligibility(province: str, movement: str, award: str) -> list[Eligible]:
        context = context_of(province, movement)
        if award not in context.plan.award and award not in context.plan.nominated_award:
            raise Refusal(404, "unknown_award", f"Kế hoạch không có hình thức khen thưởng “{award}”.")
        stored = await store.load(province, movement)
        pages = sorted((page for page in stored.verdicts.values() if page.award == award), key=lambda page: page.page)
        rows = [row for page in pages for row in page.verdicts()]
        if planned := context.plan.award.get(award):
            rows = with_ranks(planned, rows, stored.figures, context)
        return _ELIGIBLE.validate_json(encode(rows))

    @router.get("/summary")
    async def summary(province: str, movement: str) -> list[AwardLists]:
        context_of(province, movement)
        return list(await store.lists(province, movement))

    @router.get("/explain/{unit}")
    async def explain(
        province: str, movement: str, unit: str, award: str | None = None, field: str | None = None
    ) -> Explanation:
        context = context_of(province, movement)
        for noun, code, valid_codes in (
            ("hình thức khen thưởng", award, {None, *context.plan.award}),
            ("lĩnh vực", field, {None, *context.plan.field}),
        ):
            if code not in valid_codes:
                raise Refusal(404, "unknown", f"Không có {noun} mang mã “{code}”.")
        unit_code = _code_of(unit, context.register)
        figures, _ = await store.figures(province, movement)
        documents = references.cited_documents(context.plan.ref)
        return Explainer(figures, context, documents).explain(unit_code, award, field)

    return router


def _code_of(code_or_name: str, register: UnitRegister) -> str:
    """The code of the unit with this code or name. Raises ``Refusal`` if there is none, or several of that name."""
    if code_or_name in register.by_code:
        return code_or_name
    name = normalize("NFC", code_or_name).casefold().strip()
    named = [unit for unit in register.units if name in _names(unit, register)]
    if len(named) == 1:
        return named[0].code
    if not named:
        raise Refusal(404, "unknown", f"Không có đơn vị “{code_or_name}”.")
    choices = "; ".join(f"{unit.code} ({short_name(register, unit.code)})" for unit in named)
    raise Refusal(409, "several_units", f"Có {len(named)} đơn vị tên “{code_or_name}”; hãy nêu mã: {choices}.")


def _names(unit: Unit, register: UnitRegister) -> set[str]:
    """What a unit may be called in a request: its name in the register, or one that people read."""
    names = unit.name, short_name(register, unit.code), full_name(register, unit.code)
    return {name.casefold() for name in names}


def board_view(
    figures: MovementFigures,
    context: ScoringContext,
    field: str,
    tier: Tier,
    scope: str,
    top: int | None,
    period: str | None = None,
) -> BoardView:
    """A board of one scope as people read it, with ranks within the scope; ``top`` leaves out the ranks after it.

    ``period`` is an interim one, for comparison; None is the one that decides.
    """
    board, register = figures.board(context, field, tier, period), context.register
    subject = field if period is None else period_subject(field, period)
    in_scope = None if scope == "tinh" else [unit.code for unit in context.ranked(tier) if unit.parent == scope]
    rows: list[BoardRow] = []
    for rank, code in board.ranking(in_scope):
        figure = figures.figure(subject, tier, register.page_of[code], code)
        if figure is None or not isinstance(figure.value, ScoreRow) or (top is not None and rank > top):
            continue
        source, score = figures.evidence(figure.event), figure.value
        rows.append(
            BoardRow(
                rank=rank,
                unit=code,
                name=short_name(register, code),
                score=score.score,
                final=figure.final,
                declared_rank=score.declared_rank,
                self_assessed=source is not None and source.by == code,
            )
        )
    return BoardView(field=field, tier=tier, scope=scope, period=period, places=rows)
