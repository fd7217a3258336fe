"""The units and nominees of agenda items: their full names, and where their evidence is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.council.desk import addresses
from services.council.desk.records import movement_of
from services.council.state import is_active, nominee_name
from shared.contracts.council import AgendaItem
from shared.contracts.model import movement_key
from shared.contracts.nominations import Nomination
from shared.contracts.units import UnitRegister
from shared.wording.unit_names import full_name

Nominations = Mapping[str, Mapping[str, Sequence[Nomination]]]
"""A province's nominations by movement and award."""

UNKNOWN_UNIT: Final = "đơn vị chưa có trong danh sách đơn vị"
"""The name of a unit that the register does not have: its code means nothing to the reader."""

_MOST_NAMED: Final = 6
_ORDINALS: Final = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")


def numbered(name: str, place: int) -> str:
    """The name of a nominee whose own name stays in intake, told from the others: "cá nhân thứ hai do … đề nghị".

    A nominee with a name of its own keeps it.
    """
    kind, do, nominator = name.partition(" do ")
    ordinal = f"thứ {_ORDINALS[place - 1] if place <= len(_ORDINALS) else place}"
    return f"{kind} {ordinal}{do}{nominator}" if do else name


@dataclass(frozen=True)
class Subjects:
    """Names the units and nominees of one province."""

    province: str
    register: UnitRegister
    nominations: Nominations

    @cached_property
    def _by_id(self) -> Mapping[str, Nomination]:
        return {n.id: n for awards in self.nominations.values() for of_award in awards.values() for n in of_award}

    def unit(self, code: str) -> str:
        """A unit's full name."""
        return full_name(self.register, code) if code in self.register.by_code else UNKNOWN_UNIT

    @cached_property
    def _nominees(self) -> Mapping[str, str]:
        """The names of nominees by nomination; those of one award that would have the same name are numbered."""
        names: dict[str, str] = {}
        for of_award in (of_award for awards in self.nominations.values() for of_award in awards.values()):
            alike: dict[str, list[str]] = {}
            for nomination in of_award:
                alike.setdefault(nominee_name(nomination, self.register), []).append(nomination.id)
            for name, ids in alike.items():
                names |= {n: numbered(name, place) if len(ids) > 1 else name for place, n in enumerate(ids, 1)}
        return names

    def name(self, subject: str) -> str:
        """The name of a unit or of a nominee, by its code or its nomination's id."""
        return self._nominees.get(subject) or self.unit(subject)

    def is_withdrawn(self, subject: str) -> bool:
        """Whether a nominee's nomination has been withdrawn."""
        nomination = self._by_id.get(subject)
        return nomination is not None and not is_active(nomination)

    def why(self, item: AgendaItem, subject: str) -> str:
        """The address of the evidence about a unit, for an item about an award; empty for nominees and reports."""
        if item.award is None or subject not in self.register.by_code:
            return ""
        return addresses.why(movement_key(self.province, movement_of(item)), subject, item.award)

    def now(self, item: AgendaItem) -> list[str]:
        """The names of the units or nominees that a fixed item would be about now."""
        if not item.nominations:
            return [self.unit(code) for code in item.units_now]
        of_award = self.nominations.get(movement_of(item), {}).get(item.award or "", ())
        return [nominee_name(n, self.register) for n in of_award if is_active(n)]

    def listed(self, subjects: Iterable[str]) -> str:
        """Some names in a sentence, parted by semicolons; of many, the first few and how many more there are."""
        names = [self.name(subject) for subject in subjects]
        more = len(names) - _MOST_NAMED
        shown = [*names[:_MOST_NAMED], f"và {more} trường hợp khác"] if more > 1 else names
        return "; ".join(shown)
