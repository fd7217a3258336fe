"""The order of an agenda by the plan's rule, moves by hand, and the numbers given at the freeze: pure (DOMAIN 6.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.contracts.awards import AwardForm
from shared.contracts.council import AgendaItem
from shared.contracts.council_rules import AgendaGroup
from shared.contracts.model import Tier
from shared.contracts.sessions import Move

_FORMS: Final = (
    *(AwardForm.HUAN_CHUONG_LAO_DONG, AwardForm.CO_THI_DUA_CHINH_PHU, AwardForm.BANG_KHEN_THU_TUONG),
    *(AwardForm.CO_THI_DUA, AwardForm.BANG_KHEN, AwardForm.GIAY_KHEN),
)
"""The forms of award from high to low."""

_TIERS: Final = (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN, Tier.KHAC)
_IN_AWARD: Final = ("candidates", "for_judgement", "nominations")

AwardRank = tuple[int, int, int]
"""The place of an award: by form, then by tier (awards on nomination after them), then as the plan lists it."""


def award_rank(form: AwardForm, tier: Tier | None, place: int) -> AwardRank:
    """The place of an award among all; ``place`` is its place in the plan."""
    return _FORMS.index(form), len(_TIERS) if tier is None else _TIERS.index(tier), place


def group_of(item: AgendaItem) -> AgendaGroup:
    """The group of an agenda in which an item stands."""
    if item.other_kind is not None:
        return item.other_kind
    match item.kind:
        case "task":
            return "session_tasks"
        case "otherwise":
            return "open_readings"
        case "held":
            return "held_awards"
        case "open_report":
            return "open_reports"
        case "candidates" | "for_judgement" | "nominations":
            return "all_awards"


def by_rule(
    items: Iterable[AgendaItem], order: Sequence[AgendaGroup], ranks: Mapping[tuple[str, str], AwardRank]
) -> list[AgendaItem]:
    """The items in the order of the plan: by group, then by award, from high to low.

    ``ranks`` are by movement and award. Within one place the items keep their order; a group that the plan does not
    name comes last.
    """

    def place(item: AgendaItem) -> tuple[int, AwardRank, int]:
        group = group_of(item)
        movement = item.id.split("/")[1] if item.award is not None and "/" in item.id else ""
        rank = ranks.get((movement, item.award or ""), (0, 0, 0))
        kind = _IN_AWARD.index(item.kind) if item.kind in _IN_AWARD else 0
        return order.index(group) if group in order else len(order), rank, kind

    return sorted(items, key=place)


def moved(items: Sequence[AgendaItem], moves: Iterable[Move]) -> list[AgendaItem]:
    """The items after the moves by hand, each with its move. A move of or before an item that has gone does nothing."""
    ordered = list(items)
    for move in moves:
        ids = [item.id for item in ordered]
        if move.item not in ids or (move.before is not None and move.before not in ids):
            continue
        item = ordered.pop(ids.index(move.item)).model_copy(update={"moved": move})
        place = next((n for n, other in enumerate(ordered) if other.id == move.before), len(ordered))
        ordered.insert(place, item)
    return ordered


def anchor(items: Sequence[AgendaItem], item_id: str, to: int) -> str | None:
    """The id of the item before which another one stands at place ``to`` (from 1); None at the end."""
    others = [item.id for item in items if item.id != item_id]
    return others[to - 1] if to <= len(others) else None


def numbered(items: Iterable[AgendaItem]) -> list[AgendaItem]:
    """The items with the numbers 1..n."""
    return [item.model_copy(update={"number": n}) for n, item in enumerate(items, 1)]


def with_supplements(items: Sequence[AgendaItem], new: Iterable[AgendaItem]) -> list[AgendaItem]:
    """Numbered items, followed by new ones as supplements with the next numbers."""
    first = max((item.number for item in items), default=0) + 1
    added = [item.model_copy(update={"supplement": True, "number": n}) for n, item in enumerate(new, first)]
    return [*items, *added]
