"""What an agenda is assembled from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.contracts.plan import Plan, Session
from shared.contracts.scoring import AwardLists
from shared.contracts.units import UnitRegister


@dataclass(frozen=True, slots=True)
class Before:
    """What lies before a session: its plan, the movements' plans with the reports in and the lists, the units.

    ``complete`` holds (movement, obligation) of every complete report; ``lists`` are by movement.
    """

    session: Session
    plan: Plan
    movements: Sequence[Plan]
    complete: frozenset[tuple[str, str]]
    lists: Mapping[str, Sequence[AwardLists]]
    register: UnitRegister


@dataclass(frozen=True, slots=True)
class Numbers:
    """Item numbers given so far. A number is never given to another item, also when its own is gone."""

    by_item: Mapping[str, int] = field(default_factory=dict)

    def with_items(self, items: Sequence[str]) -> Numbers:
        """These items numbered too, after all that were."""
        numbers = dict(self.by_item)
        for item in items:
            numbers.setdefault(item, len(numbers) + 1)
        return Numbers(numbers)
