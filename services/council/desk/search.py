"""*Tìm đơn vị*: what a name means, and where each unit stands and what it lacks, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.council.desk import addresses
from services.council.desk.answers import award_in_short, clause
from services.council.desk.choosing import found, movement_key_of
from services.council.standings import MovementResults
from shared.contracts.units import Unit, UnitRegister
from shared.wording.formats import ngay
from shared.wording.unit_names import at_the_beginning, short_name

MAX_FOUND: Final = 20
"""More units than these are not listed: the reader types more of the name."""


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit with its sentence and the evidence behind it; without an address there is nothing to explain."""

    name: str
    sentence: str
    address: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """The page; ``units`` are the first of those found."""

    first: str
    typed: str
    units: Sequence[FoundUnit]


def units_found(register: UnitRegister, typed: str) -> list[Unit]:
    """The units of a register that a text means, those that are looked for most often first."""
    return found(register.units, register, typed)


def search_view(
    typed: str, matches: Sequence[Unit], results: MovementResults | None, register: UnitRegister, today: date
) -> SearchView:
    """The page for a text. ``results`` are of the movement whose awards are decided now; None without one."""
    shown = [_found(unit, results, register, today) for unit in matches[:MAX_FOUND]]
    return SearchView(_first(typed, len(matches)), typed, shown)


def _first(typed: str, count: int) -> str:
    if not typed.strip():
        return "Gõ tên đơn vị, có dấu hoặc không dấu, ví dụ: dong hoang."
    if not count:
        return f"Không có đơn vị nào tên “{typed}”. Kiểm tra lại tên, hoặc chỉ gõ một phần của tên."
    if count > MAX_FOUND:
        return f"Có {count} đơn vị; dưới đây là {MAX_FOUND} đơn vị đầu. Gõ thêm tên huyện để thu hẹp."
    return f"Có {count} đơn vị."


def _found(unit: Unit, results: MovementResults | None, register: UnitRegister, today: date) -> FoundUnit:
    name = short_name(register, unit.code)
    beginning = at_the_beginning(name)
    if not unit.exists_on(today):
        ended = f", không còn hoạt động từ ngày {ngay(unit.valid_to)}" if unit.valid_to and unit.valid_to <= today else ""
        heirs = "; ".join(short_name(register, code) for code in register.successors(unit.code))
        return FoundUnit(name, f"{beginning}{ended}" + (f"; nay là: {heirs}." if heirs else "."), "")
    if results is None:
        return FoundUnit(name, f"{beginning}: chưa có phong trào nào xét khen thưởng theo kết quả.", "")
    awards = [award for award in results.plan.awards if award.tier is unit.tier]
    if not awards or unit not in results.ranked(unit.tier):
        return FoundUnit(name, f"{beginning} không thuộc đối tượng xét khen thưởng theo kết quả của phong trào.", "")
    clauses = "; ".join(f"{award_in_short(award)}: {clause(results, award, unit.code)}" for award in awards)
    return FoundUnit(name, f"{beginning} – {clauses}.", addresses.why(movement_key_of(results.plan), unit.code))
