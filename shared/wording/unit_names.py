"""The names of units as people read them. Nothing else builds them, so that a unit has one name in each place. Pure.

Communes of one province share names, so a commune is named with its district (DOMAIN 6.1). A register holds
the name of the place ("Xã Đông Hoàng"); its committee is what reports, is nominated and receives an award.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from shared.contracts.model import Tier
from shared.contracts.units import Unit, UnitRegister

_PLACES: Final = ("Xã ", "Phường ", "Thị trấn ", "Đặc khu ", "Huyện ", "Thành phố ", "Thị xã ", "Quận ")
"""How the names of places begin; within a sentence the first letter is small."""

_COMMITTEE: Final = "Ủy ban nhân dân"


def short_name(register: UnitRegister, code: str, *, under: str | None = None) -> str:
    """A unit in a table or list: "xã Đông Hoàng, huyện Tiền Hải", "huyện Vũ Thư", "Sở Y tế".

    ``under`` is the code of the unit that the head of the table names already: below "huyện Tiền Hải" the commune is
    "xã Đông Hoàng". A code that the register does not have (yet) is named as one.
    """
    unit = register.by_code.get(code)
    if unit is None:
        return f"đơn vị mang mã {code}"
    parent = _named_parent(unit, register)
    return _place(unit) if parent is None or parent.code == under else f"{_place(unit)}, {_place(parent)}"


def full_name(register: UnitRegister, code: str) -> str:
    """A unit in a sentence, an award or a nomination: "Ủy ban nhân dân xã Đông Hoàng, huyện Tiền Hải"."""
    unit, name = register.by_code.get(code), short_name(register, code)
    return f"{_COMMITTEE} {name}" if unit is not None and unit.name.startswith(_PLACES) else name


def grouped_names(register: UnitRegister, codes: Iterable[str]) -> str:
    """A list of units in order, in which neighbours of one district stand below its name.

    "Sở Y tế; huyện Tiền Hải: xã Đông Hoàng, xã Nam Phú".
    """
    groups: list[str] = []
    for district, members in groupby(codes, key=lambda code: _district(register, code)):
        names = [short_name(register, code, under=district) for code in members]
        groups += [f"{short_name(register, district)}: {', '.join(names)}"] if district else names
    return "; ".join(groups)


def addressee(register: UnitRegister, code: str) -> str:
    """The line that addresses a letter: "Kính gửi: Ủy ban nhân dân huyện Vũ Thư"."""
    return f"Kính gửi: {full_name(register, code)}"


def _place(unit: Unit) -> str:
    return unit.name[0].lower() + unit.name[1:] if unit.name.startswith(_PLACES) else unit.name


def _district(register: UnitRegister, code: str) -> str | None:
    unit = register.by_code.get(code)
    parent = _named_parent(unit, register) if unit else None
    return parent.code if parent and parent.tier is Tier.HUYEN else None


def _named_parent(unit: Unit, register: UnitRegister) -> Unit | None:
    """The unit that is named after this one: a commune's district, an office's department; never the province."""
    parent = register.by_code.get(unit.parent or "")
    return parent if parent is not None and parent.tier in (Tier.HUYEN, Tier.SO) else None
