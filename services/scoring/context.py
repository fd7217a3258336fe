"""The plan and the unit register a movement is evaluated by, with the lookups that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import ranked_units, within_parent


@dataclass(frozen=True)
class ScoringContext:
    """The newest plan and register of a movement. Lookups are computed once and cached."""

    plan: Plan
    register: UnitRegister

    @cached_property
    def _ranked(self) -> dict[Tier, tuple[Unit, ...]]:
        return {tier: ranked_units(self.plan, self.register, tier) for tier in Tier}

    def ranked(self, tier: Tier) -> tuple[Unit, ...]:
        """The units of a tier that are ranked, in register order."""
        return self._ranked[tier]

    @cached_property
    def _ranked_codes(self) -> dict[Tier, frozenset[str]]:
        return {tier: frozenset(unit.code for unit in units) for tier, units in self._ranked.items()}

    def ranked_codes(self, tier: Tier) -> frozenset[str]:
        """The codes of a tier's ranked units."""
        return self._ranked_codes[tier]

    @cached_property
    def _codes_by_parent(self) -> dict[Tier, dict[str | None, list[str]]]:
        codes: dict[Tier, dict[str | None, list[str]]] = {tier: {} for tier in Tier}
        for tier, units in self._ranked.items():
            for unit in units:
                codes[tier].setdefault(unit.parent, []).append(unit.code)
        return codes

    @cached_property
    def _codes_by_page(self) -> dict[Tier, dict[int, list[str]]]:
        codes: dict[Tier, dict[int, list[str]]] = {tier: {} for tier in Tier}
        for tier, units in self._ranked.items():
            for unit in units:
                codes[tier].setdefault(self.register.page_of[unit.code], []).append(unit.code)
        return codes

    def codes_by_page(self, tier: Tier) -> dict[int, list[str]]:
        """The codes of a tier's ranked units by page number, in register order."""
        return self._codes_by_page[tier]

    def codes_by_parent(self, tier: Tier) -> dict[str | None, list[str]]:
        """The codes of a tier's ranked units by the code of their district, in register order."""
        return self._codes_by_parent[tier]

    def ranks_within_parent(self, tier: Tier) -> bool:
        """Whether some award of a tier ranks its units inside their own district (A8)."""
        return any(award.tier is tier and within_parent(self.plan, award) for award in self.plan.awards)

    @cached_property
    def versions(self) -> tuple[int, int]:
        """The versions of plan and register."""
        return self.plan.version, self.register.version

    def scopes(self, tier: Tier) -> list[str]:
        """The scopes a tier is ranked in: ``tinh``, and every parent's code if an award of the tier ranks within it."""
        within = self.ranks_within_parent(tier)
        parents = {unit.parent for unit in self.ranked(tier) if unit.parent} if within else set()
        return ["tinh", *sorted(parents)]
