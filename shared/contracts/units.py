"""The register of units: who exists, on which tier, under whom, from when to when."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import model_validator

from shared.contracts.model import PAGE_SIZE, Code, StrictModel, Text, Tier


class Unit(StrictModel):
    """One agency, district or commune.

    ``valid_from`` is the first day it exists, ``valid_to`` the first day it no longer does; None is open.
    ``predecessors`` are the units it was made from (a merger, a division, a new name).
    ``source`` says whether a source document names it, the statistics office's list does, or we assume it.
    """

    code: Code
    name: Text
    tier: Tier
    parent: Code | None = None
    source: Literal["seed", "gso", "assumed"]
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[Code, ...] = ()

    def exists_on(self, day: date) -> bool:
        """Whether the unit exists on a local calendar day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


class UnitRegister(StrictModel):
    """All units of a province, in the order they were registered. Rows are only ever appended.

    The order gives each unit its place within its tier for good, and with it the page of every board
    it stands on: no page moves when units are added.
    """

    province: Code
    version: int
    units: tuple[Unit, ...]

    @model_validator(mode="after")
    def _codes_are_unique_and_parents_known(self) -> Self:
        counts = Counter(unit.code for unit in self.units)
        if twice := sorted(code for code, n in counts.items() if n > 1):
            raise ValueError(f"unit codes given twice: {', '.join(twice)}")
        if lost := sorted({u.parent for u in self.units if u.parent and u.parent not in counts}):
            raise ValueError(f"unknown parent units: {', '.join(lost)}")
        if lost := sorted({p for u in self.units for p in u.predecessors if p not in counts}):
            raise ValueError(f"unknown predecessors: {', '.join(lost)}")
        return self

    @cached_property
    def by_code(self) -> dict[str, Unit]:
        """Units by code."""
        return {unit.code: unit for unit in self.units}

    def name_of(self, code: str) -> str:
        """A unit's name; its code where the register does not have it (yet)."""
        unit = self.by_code.get(code)
        return unit.name if unit else code

    @cached_property
    def _successors(self) -> dict[str, tuple[str, ...]]:
        following: dict[str, tuple[str, ...]] = {}
        for unit in self.units:
            for earlier in unit.predecessors:
                following[earlier] = (*following.get(earlier, ()), unit.code)
        return following

    def successors(self, code: str) -> tuple[str, ...]:
        """The units made from a unit, in register order."""
        return self._successors.get(code, ())

    @cached_property
    def page_of(self) -> dict[str, int]:
        """The page of its tier's boards each unit stands on."""
        seen: Counter[Tier] = Counter()
        pages: dict[str, int] = {}
        for unit in self.units:
            pages[unit.code] = seen[unit.tier] // PAGE_SIZE
            seen[unit.tier] += 1
        return pages

    @cached_property
    def place_of(self) -> dict[str, tuple[Tier, int]]:
        """The tier of each unit, and the page of its boards it stands on."""
        return {unit.code: (unit.tier, self.page_of[unit.code]) for unit in self.units}

    @cached_property
    def _of_tier(self) -> dict[Tier, tuple[Unit, ...]]:
        return {tier: tuple(u for u in self.units if u.tier is tier) for tier in Tier}

    def of_tier(self, tier: Tier, on: date) -> tuple[Unit, ...]:
        """Units of a tier that exist on a day, in register order."""
        return tuple(unit for unit in self._of_tier[tier] if unit.exists_on(on))

    def pages(self, tier: Tier) -> int:
        """How many pages the boards of a tier have."""
        return -(-len(self._of_tier[tier]) // PAGE_SIZE)

    def only_appends_to(self, older: UnitRegister) -> bool:
        """Whether every unit of the older register keeps its code, tier and place in this one."""
        return [(u.code, u.tier) for u in older.units] == [(u.code, u.tier) for u in self.units[: len(older.units)]]
