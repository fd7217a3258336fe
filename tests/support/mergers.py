"""Thái Bình's units of 2023, of which two departments are merged into a new one."""

from __future__ import annotations

from datetime import date
from typing import Final

from shared.contracts.model import Tier
from shared.contracts.units import Unit, UnitRegister
from tests.support.movement import register

MERGED_ON: Final = date(2023, 12, 1)
"""Between the first reminder of OB16 for 2023 and its last day."""

OLD: Final = ("so-khdt", "so-tai-chinh")
NEW: Final = "so-tai-chinh-moi"


def merged(on: date = MERGED_ON) -> UnitRegister:
    """The units after Sở Kế hoạch và Đầu tư and Sở Tài chính became one new department on a day."""
    assert register().by_code.keys() >= set(OLD)
    units = [u.model_copy(update={"valid_to": on}) if u.code in OLD else u for u in register().units]
    new = Unit(code=NEW, name="Sở Tài chính mới", tier=Tier.SO, source="assumed", valid_from=on, predecessors=OLD)
    return UnitRegister(province="thai-binh", version=2, units=(*units, new))
