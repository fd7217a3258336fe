"""*Đề nghị khen thưởng*: what each agency has nominated, and how many nominations it may still make. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Final

from services.council.desk import addresses
from services.council.desk.choosing import Choice, choices, movement_key_of, movements
from services.council.state import nominee_name
from shared.contracts.awards import NominatedAward
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.plans.quotas import NominationContext, Quota, quotas
from shared.wording.formats import ngay
from shared.wording.unit_names import at_the_beginning, short_name

_LONGEST_HEAD: Final = 60
_SHOWN: Final = {"": "Mọi cơ quan", "da-de-nghi": "Đã đề nghị", "con-so-luong": "Còn số lượng"}


@dataclass(frozen=True, slots=True)
class NomineeLine:
    """A nominee as the page shows it: the name, what became of the nomination, and why, if it was refused."""

    name: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """An agency's nominations for one award: how many are made of how many, who is nominated, how many are left."""

    made: str
    left: str
    nominees: Sequence[NomineeLine]


@dataclass(frozen=True, slots=True)
class NominatorRow:
    """An agency with its places in the order of the page's awards; None where it may not nominate.

    ``others`` are its proposals for awards that figures decide.
    """

    name: str
    places: Sequence[Places | None]
    others: Sequence[NomineeLine]


@dataclass(frozen=True, slots=True)
class NominatingView:
    """The page. ``awards`` are what is nominated for: in short, in full, and how many nominations stand.

    ``has_others``: some agency has proposed units for awards that figures decide.
    """

    first: str
    empty: str
    movement: str
    rows: Sequence[NominatorRow]
    awards: Sequence[tuple[str, str, int]]
    has_others: bool
    movements: Sequence[Choice]
    shown: Sequence[Choice]
    tables: Sequence[tuple[str, str]]


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
    own = _own(context, nominations)
    rows: list[NominatorRow] = []
    open_places = 0
    for code, allowed, made in nominators(context, nominations, today):
        has_left = any(left for _, left in allowed)
        open_places += has_left
        if is_shown(shown, allowed, made):
            by_award = {quota.award.id: _places(quota, left, made, context) for quota, left in allowed}
            places = [by_award.get(award.id) for award in plan.nominated]
            others = [_line(nomination, context) for nomination in made if nomination.award in plan.award]
            rows.append(NominatorRow(short_name(register, code), places, others))
    # The agencies that have proposed somebody come first.
    standing = [nomination for nomination in own if nomination.status == "accepted"]
    count = Counter(award_counted(nomination, plan) for nomination in standing)
    return NominatingView(
        first=_first(own, open_places),
        empty="" if rows else _empty(plan),
        movement=plan.movement.name if plan.movement else "",
        rows=sorted(rows, key=lambda row: not (row.others or any(p and p.nominees for p in row.places))),
        awards=[(_for_whom(award), award.name, count[award.id]) for award in plan.nominated],
        has_others=any(row.others for row in rows),
        movements=movements(plans, plan),
        shown=choices(_SHOWN.items(), shown),
        tables=addresses.tables(addresses.NOMINATIONS, phong_trao=movement_key_of(plan), loc=shown) if rows else (),
    )


def nominators(
    context: NominationContext, nominations: Sequence[Nomination], today: date
) -> Iterator[tuple[str, Sequence[tuple[Quota, int | None]], Sequence[Nomination]]]:
    """Every agency that exists on a local day, with its places and how many are left, and its nominations."""
    own = _own(context, nominations)
    for unit in context.register.units:
        if unit.exists_on(today):
            made = [nomination for nomination in own if nomination.nominator == unit.code]
            yield unit.code, quotas(unit.code, nominations, context), made


def is_shown(shown: str, allowed: Sequence[tuple[Quota, int | None]], made: Sequence[Nomination]) -> bool:
    """Whether an agency is among those that the address asks for; one without places and nominations never is."""
    if shown == "da-de-nghi":
        return bool(made)
    if shown == "con-so-luong":
        return any(left for _, left in allowed)
    return bool(allowed or made)


def _own(context: NominationContext, nominations: Sequence[Nomination]) -> list[Nomination]:
    plan = context.plan
    movement = plan.movement.id if plan.movement else ""
    return [n for n in nominations if n.movement == movement or n.into in plan.nominated_award]


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


def award_counted(nomination: Nomination, plan: Plan) -> str:
    """The award of the plan that a nomination is for: its own, or the one it also counts for."""
    return nomination.award if nomination.award in plan.nominated_award else nomination.into or nomination.award


def _for_whom(award: NominatedAward) -> str:
    """Whom an award is for, as the head of a column: "Cá nhân"; its name where that does not say it."""
    form, _, whom = award.name.partition(" cho ")
    return shorten(at_the_beginning(whom or form), _LONGEST_HEAD, placeholder=" …")


def _places(quota: Quota, left: int | None, made: Sequence[Nomination], context: NominationContext) -> Places:
    used, most = len(quota.used_by), quota.row.at_most
    ids = {nomination.id for nomination in quota.used_by}
    own = [n for n in made if n.id in ids or award_counted(n, context.plan) == quota.award.id]
    return Places(
        made=f"{used}" if most is None else f"{used}/{most}",
        left="không giới hạn" if left is None else "đã đề nghị đủ" if not left else f"còn {left}",
        nominees=[_line(nomination, context) for nomination in own],
    )


def _line(nomination: Nomination, context: NominationContext) -> NomineeLine:
    on = ngay(local(nomination.at).date())
    match nomination.status:
        case "accepted":
            state = f"đề nghị ngày {on}"
        case "withdrawn":
            at = nomination.withdrawn_at or nomination.at
            state = f"đã rút ngày {ngay(local(at).date())}"
        case "refused":
            state = f"không tiếp nhận ngày {on}"
    name, why = nominee_name(nomination, context.register), nomination.detail or ""
    return NomineeLine(name, state, why if nomination.status == "refused" else "")
