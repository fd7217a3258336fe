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


def at_the_beginning(name: str) -> str:
    """A unit's name as a sentence begins with it: "Xã Đông Hoàng, huyện Tiền Hải"."""
    return name[:1].upper() + name[1:]


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
    return addressed_to(full_name(register, code))


def addressed_to(name: str) -> str:
    """The line that addresses a letter to somebody with this name."""
    return f"Kính gửi: {name}"


_HEADS: Final = (
    ("Ủy ban nhân dân", "Chủ tịch {name}"),
    ("Ủy ban Mặt trận", "Chủ tịch {name}"),
    ("Sở", "Giám đốc Sở"),
    ("Văn phòng", "Chánh Văn phòng"),
    ("Công an", "Giám đốc {name}"),
    ("Thanh tra", "Chánh {name}"),
    ("Ban Quản lý dự án", "Giám đốc Ban"),
    ("Ban", "Trưởng ban"),
    ("Bộ Chỉ huy", "Chỉ huy trưởng {name}"),
    ("Tòa án", "Chánh án {name}"),
    ("Viện kiểm sát", "Viện trưởng {name}"),
    ("Cục", "Cục trưởng"),
    ("Kho bạc", "Giám đốc {name}"),
    ("Ngân hàng", "Giám đốc {name}"),
    ("Bảo hiểm", "Giám đốc {name}"),
    ("Tỉnh đoàn", "Bí thư {name}"),
    ("Đài", "Giám đốc Đài"),
    ("Báo", "Tổng Biên tập {name}"),
    ("Trường", "Hiệu trưởng Nhà trường"),
    ("Hội đồng", "Chủ tịch Hội đồng"),
    ("Hội", "Chủ tịch {name}"),
    ("Liên", "Chủ tịch {name}"),
)
"""The title of a unit's head, by the words that the unit's name begins with; the first that fits."""


def head_title(register: UnitRegister, code: str) -> str:
    """The title of a unit's head: "Giám đốc Sở", "Chánh Văn phòng", "Chủ tịch Ủy ban nhân dân huyện Vũ Thư"."""
    name = full_name(register, code)
    title = next((title for begins, title in _HEADS if name.startswith(f"{begins} ")), "Thủ trưởng cơ quan")
    return title.format(name=name)


def copied_to(title: str) -> str:
    """The second line of a letter's address: "Đồng kính gửi: Đồng chí Giám đốc Sở"."""
    return f"Đồng kính gửi: Đồng chí {title}"


def office_name(register: UnitRegister, code: str, name: str) -> str:
    """The whole name of an office within a department, with the department's.

    ``name`` is what the plan calls it, which may leave the department out.
    """
    unit = register.by_code.get(code)
    parent = _named_parent(unit, register) if unit else None
    return name if parent is None or _place(parent) in name else f"{name}, {_place(parent)}"


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
