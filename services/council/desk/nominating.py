"""*Đề nghị khen thưởng*: what each agency has nominated, and how many nominations it may still make. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.council.desk.choosing import Choice, choices, movements
from services.council.state import nominee_name
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.plans.quotas import NominationContext, Quota, quotas
from shared.wording.formats import ngay
from shared.wording.unit_names import short_name

_SHOWN = {"": "Mọi cơ quan", "da-de-nghi": "Đã đề nghị", "con-so-luong": "Còn số lượng"}


@dataclass(frozen=True, slots=True)
class NomineeLine:
    """A nominee as the page shows it: the name, and what became of the nomination."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """An agency's nominations for one award: how many are made of how many, who is nominated, how many are left."""

    award: str
    made: str
    left: str
    nominees: Sequence[NomineeLine]


@dataclass(frozen=True, slots=True)
class NominatorRow:
    """An agency with its places, one for each award that it may nominate for."""

    name: str
    places: Sequence[PlaceRow]


@dataclass(frozen=True, slots=True)
class NominatingView:
    """The page. ``awards`` are what is nominated for, each with its number of nominations that stand."""

    first: str
    empty: str
    movement: str
    rows: Sequence[NominatorRow]
    awards: Sequence[tuple[str, int]]
    movements: Sequence[Choice]
    shown: Sequence[Choice]


def nominating_view(
    context: NominationContext,
    nominations: Sequence[Nomination],
    plans: Sequence[Plan],
    today: date,
    shown: str = "",
) -> NominatingView:
    """The page of a movement. ``nominations`` are of it and of the movements within or above it, whatever their state.

    ``plans`` are the movements to choose from; ``shown`` narrows the agencies as the address asks.
    """
    plan, register = context.plan, context.register
    nominators = [unit.code for unit in register.units if unit.exists_on(today)]
    movement = plan.movement.id if plan.movement else ""
    own = [n for n in nominations if n.movement == movement or n.into in plan.nominated_award]
    rows: list[NominatorRow] = []
    open_places = 0
    for code in nominators:
        allowed = quotas(code, nominations, context)
        made = [nomination for nomination in own if nomination.nominator == code]
        has_left = any(left for _, left in allowed)
        open_places += has_left
        if (allowed or made) and _is_shown(shown, made=bool(made), has_left=has_left):
            places = [_place(quota, left, made, context) for quota, left in allowed]
            rows.append(NominatorRow(short_name(register, code), [*places, *_others(allowed, made, context)]))
    standing = [nomination for nomination in own if nomination.status == "accepted"]
    count = Counter(_award_of(nomination, plan) for nomination in standing)
    return NominatingView(
        first=_first(own, open_places),
        empty="" if rows else _empty(plan),
        movement=plan.movement.name if plan.movement else "",
        rows=rows,
        awards=[(award.name, count[award.id]) for award in plan.nominated],
        movements=movements(plans, plan),
        shown=choices(_SHOWN.items(), shown),
    )


def _is_shown(shown: str, *, made: bool, has_left: bool) -> bool:
    return made if shown == "da-de-nghi" else has_left if shown == "con-so-luong" else True


def _first(own: Sequence[Nomination], open_places: int) -> str:
    count = Counter(nomination.status for nomination in own)
    agencies = len({nomination.nominator for nomination in own if nomination.status == "accepted"})
    parts = [f"{count['accepted']} đề nghị của {agencies} cơ quan"]
    parts += [f"{count['withdrawn']} đã rút"] if count["withdrawn"] else []
    parts += [f"{count['refused']} không tiếp nhận"] if count["refused"] else []
    return f"{', '.join(parts)}; {open_places} cơ quan còn số lượng"


def _empty(plan: Plan) -> str:
    if not plan.nominated:
        return "Kế hoạch không có hình thức khen thưởng theo đề nghị."
    return "Không có cơ quan nào ở lựa chọn này. Đề nghị do cơ quan gửi qua Cổng báo cáo."


def _award_of(nomination: Nomination, plan: Plan) -> str:
    """The award of the plan that a nomination is for: its own, or the one it also counts for."""
    return nomination.award if nomination.award in plan.nominated_award else nomination.into or nomination.award


def _place(quota: Quota, left: int | None, made: Sequence[Nomination], context: NominationContext) -> PlaceRow:
    used, most = len(quota.used_by), quota.row.at_most
    ids = {nomination.id for nomination in quota.used_by}
    own = [n for n in made if n.id in ids or _award_of(n, context.plan) == quota.award.id]
    return PlaceRow(
        award=quota.award.name,
        made=f"{used}" if most is None else f"{used}/{most}",
        left="không giới hạn" if left is None else "đã đề nghị đủ" if not left else f"còn {left}",
        nominees=[_line(nomination, context) for nomination in own],
    )


def _others(
    allowed: Sequence[tuple[Quota, int | None]], made: Sequence[Nomination], context: NominationContext
) -> Iterator[PlaceRow]:
    """Nominations for awards that figures decide, which no number limits: a district proposes its communes (A42)."""
    limited = {quota.award.id for quota, _ in allowed}
    for award in context.plan.awards:
        own = [nomination for nomination in made if nomination.award == award.id and award.id not in limited]
        if own:
            accepted = sum(nomination.status == "accepted" for nomination in own)
            yield PlaceRow(award.name, str(accepted), "không giới hạn", [_line(n, context) for n in own])


def _line(nomination: Nomination, context: NominationContext) -> NomineeLine:
    on = ngay(local(nomination.at).date())
    match nomination.status:
        case "accepted":
            state = f"đề nghị ngày {on}"
        case "withdrawn":
            at = nomination.withdrawn_at or nomination.at
            state = f"đã rút ngày {ngay(local(at).date())}"
        case "refused":
            state = f"không tiếp nhận ngày {on}" + (f": {nomination.detail}" if nomination.detail else "")
    return NomineeLine(nominee_name(nomination, context.register), state)
