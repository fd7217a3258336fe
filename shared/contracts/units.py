"""The register of units: which units exist, in which tier, under which parent, from when to when."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import model_validator

from shared.contracts.model import PAGE_SIZE, Code, Day, StrictModel, Text, Tier


class Unit(StrictModel):
    """One agency, district or commune.

    ``valid_from`` is the first local day it exists, ``valid_to`` the first day it no longer does; None is open.
    ``predecessors`` are the units it was formed from (by merger, division or renaming).
    ``source`` is where the unit is named: a source document, the statistics office's list, or our assumption.
    """

    code: Code
    name: Text
    tier: Tier
    parent: Code | None = None
    source: Literal["seed", "gso", "assumed"]
    valid_from: Day | None = None
    valid_to: Day | None = None
    predecessors: tuple[Code, ...] = ()

    def exists_on(self, day: date) -> bool:
        """Whether the unit exists on a local calendar day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


class UnitRegister(StrictModel):
    """All units of a province, in the order of registration. Rows are only ever appended.

    The order fixes each unit's position within its tier, and so its page on every board: adding units moves no unit to
    another page.
    """

    province: Code
    version: int
    units: tuple[Unit, ...]

    @model_validator(mode="after")
    def _codes_are_unique_and_parents_known(self) -> Self:
        counts = Counter(unit.code for unit in self.units)
        if duplicates := sorted(code for code, n in counts.items() if n > 1):
            raise ValueError(f"unit codes given twice: {', '.join(duplicates)}")
        if unknown := sorted({u.parent for u in self.units if u.parent and u.parent not in counts}):
            raise ValueError(f"unknown parent units: {', '.join(unknown)}")
        if unknown := sorted({p for u in self.units for p in u.predecessors if p not in counts}):
            raise ValueError(f"unknown predecessors: {', '.join(unknown)}")
        return self

    @cached_property
    def by_code(self) -> dict[str, Unit]:
        """Units by code."""
        return {unit.code: unit for unit in self.units}

    @cached_property
    def _successors(self) -> dict[str, tuple[str, ...]]:
        successors: dict[str, tuple[str, ...]] = {}
        for unit in self.units:
            for predecessor in unit.predecessors:
                successors[predecessor] = (*successors.get(predecessor, ()), unit.code)
        return successors

    def successors(self, code: str) -> tuple[str, ...]:
        """The codes of the units formed from a unit, in register order."""
        return self._successors.get(code, ())

    @cached_property
    def page_of(self) -> dict[str, int]:
        """The page (from 0) of each unit on the boards of its tier, by the unit's code."""
        counts: Counter[Tier] = Counter()
        pages: dict[str, int] = {}
        for unit in self.units:
            pages[unit.code] = counts[unit.tier] // PAGE_SIZE
            counts[unit.tier] += 1
        return pages

    @cached_property
    def place_of(self) -> dict[str, tuple[Tier, int]]:
        """The tier and board page of each unit, by the unit's code."""
        return {unit.code: (unit.tier, self.page_of[unit.code]) for unit in self.units}

    @cached_property
    def _of_tier(self) -> dict[Tier, tuple[Unit, ...]]:
        return {tier: tuple(u for u in self.units if u.tier is tier) for tier in Tier}

    def of_tier(self, tier: Tier, on: date) -> tuple[Unit, ...]:
        """The units of a tier that exist on a local day, in register order."""
        return tuple(unit for unit in self._of_tier[tier] if unit.exists_on(on))

    def pages(self, tier: Tier) -> int:
        """The number of pages of a tier's boards."""
        return -(-len(self._of_tier[tier]) // PAGE_SIZE)

    def only_appends_to(self, older: UnitRegister) -> bool:
        """Whether every unit of the older register has the same code, tier and position in this one."""
        return [(u.code, u.tier) for u in older.units] == [(u.code, u.tier) for u in self.units[: len(older.units)]]
