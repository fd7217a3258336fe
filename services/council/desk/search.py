"""*Tìm đơn vị*: what a name means, and where each unit stands and what it lacks, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.council.desk import addresses
from services.council.desk.answers import award_in_short, clause, state_of
from services.council.desk.choosing import found, movement_key_of
from services.council.standings import MovementResults
from services.council.state import StoredDecisions
from shared.contracts.awards import Award
from shared.contracts.units import Unit, UnitRegister
from shared.wording.formats import ngay
from shared.wording.unit_names import at_the_beginning, short_name

MAX_FOUND: Final = 20
"""More units than these are not listed: the reader types more of the name."""


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit with a sentence for each award, and the evidence behind it; without an address nothing is explained."""

    name: str
    sentences: Sequence[str]
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
    typed: str,
    matches: Sequence[Unit],
    results: MovementResults | None,
    register: UnitRegister,
    today: date,
    decisions: StoredDecisions | None = None,
) -> SearchView:
    """The page for a text. ``results`` and ``decisions`` are of the movement whose awards are decided now, if any."""
    shown = [_found(unit, results, register, today, decisions) for unit in matches[:MAX_FOUND]]
    return SearchView(_first(typed, len(matches)), typed, shown)


def _first(typed: str, count: int) -> str:
    if not typed.strip():
        return "Gõ tên đơn vị, có dấu hoặc không dấu, ví dụ: dong hoang."
    if not count:
        return f"Không có đơn vị nào tên “{typed}”. Kiểm tra lại tên, hoặc chỉ gõ một phần của tên."
    if count > MAX_FOUND:
        return f"Có {count} đơn vị; dưới đây là {MAX_FOUND} đơn vị đầu. Gõ thêm tên huyện để thu hẹp."
    return f"Có {count} đơn vị."


def _found(
    unit: Unit,
    results: MovementResults | None,
    register: UnitRegister,
    today: date,
    decisions: StoredDecisions | None,
) -> FoundUnit:
    name = at_the_beginning(short_name(register, unit.code))
    if not unit.exists_on(today):
        heirs = "; ".join(short_name(register, code) for code in register.successors(unit.code))
        ended = f"Không còn hoạt động từ ngày {ngay(unit.valid_to)}" if unit.valid_to else "Chưa hoạt động"
        return FoundUnit(name, [f"{ended}{f'; nay là: {heirs}' if heirs else ''}."], "")
    if results is None:
        return FoundUnit(name, ["Chưa có phong trào nào xét khen thưởng theo kết quả."], "")
    awards = [award for award in results.plan.awards if award.tier is unit.tier]
    if not awards or unit not in results.ranked(unit.tier):
        return FoundUnit(name, ["Không thuộc đối tượng xét khen thưởng theo kết quả của phong trào."], "")
    return FoundUnit(
        name,
        [_sentence(results, award, unit.code, decisions) for award in awards],
        addresses.why(movement_key_of(results.plan), unit.code),
    )


def _sentence(results: MovementResults, award: Award, unit: str, decisions: StoredDecisions | None) -> str:
    """Where a unit stands for an award and what it lacks; what has been decided comes first."""
    state = state_of(decisions, award, unit)
    decided = f"{state}; " if state else ""
    return f"{award_in_short(award)}: {decided}{clause(results, award, unit)}."
