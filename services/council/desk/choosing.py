"""What a page can be narrowed to, and what its address asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.wording.unit_names import short_name
from shared.wording.unmarked import without_marks

TIER_NAMES: Final = {
    Tier.SO: "Sở, ban, ngành, đoàn thể tỉnh",
    Tier.HUYEN: "Huyện, thành phố",
    Tier.XA: "Xã, phường, thị trấn",
    Tier.DVSN: "Đơn vị sự nghiệp công lập trực thuộc tỉnh",
}
"""The tiers that are ranked, from the top, as a choice of a form."""


class Choice(NamedTuple):
    """One choice of a form: its value in the address, its name, whether it is the one shown."""

    value: str
    name: str
    chosen: bool


def choices(named: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """The choices of a form from pairs of a value and a name."""
    return tuple(Choice(value, name, value == chosen) for value, name in named)


def districts_of(units: Iterable[Unit], register: UnitRegister) -> list[tuple[str, str]]:
    """The districts of some communes, by code and name, in register order."""
    parents = dict.fromkeys(unit.parent for unit in units if unit.parent)
    return [(code, short_name(register, code)) for code in parents]


def tier_named(name: str) -> Tier | None:
    """The ranked tier with this name in an address; None for any other text."""
    return next((tier for tier in TIER_NAMES if tier.value == name), None)


def plan_chosen(plans: Sequence[Plan], key: str) -> Plan | None:
    """The plan whose movement has this key (``<province>/<movement>``), or else the first; None if there is none."""
    keyed = (plan for plan in plans if movement_key_of(plan) == key)
    return next(keyed, plans[0] if plans else None)


def movement_key_of(plan: Plan) -> str:
    """``<province>/<movement>`` of a plan about a movement."""
    return f"{plan.province}/{movement_id_of(plan)}"


def movement_id_of(plan: Plan) -> str:
    """The id of the movement that a plan is about; empty if it is about none."""
    return plan.movement.id if plan.movement else ""


def movements(plans: Sequence[Plan], chosen: Plan) -> tuple[Choice, ...]:
    """The movements to choose from; none if there is only one."""
    named = [(movement_key_of(plan), plan.movement.name) for plan in plans if plan.movement]
    return choices(named, movement_key_of(chosen)) if len(named) > 1 else ()


def found(units: Iterable[Unit], register: UnitRegister, typed: str) -> list[Unit]:
    """The units that a text means, with or without marks: "dong hoang" finds both communes of that name.

    Units whose name has the text as it stands are preferred to those that have its words in another order, and those
    whose own name has it to those of a district that does.
    """
    text = without_marks(typed)
    if not text:
        return []
    named = [
        (
            unit,
            without_marks(short_name(register, unit.code, under=unit.parent)),
            without_marks(short_name(register, unit.code)),
        )
        for unit in units
    ]
    own = [unit for unit, name, _ in named if _has_words(name, text)]
    if own:
        return own
    whole = [unit for unit, _, name in named if _has_words(name, text)]
    words = text.replace(",", " ").split()
    return whole or [unit for unit, _, name in named if all(_has_words(name, word) for word in words)]


def _has_words(name: str, text: str) -> bool:
    """Whether a name has a text that begins at the beginning of a word."""
    return f" {text}" in f" {name}"
