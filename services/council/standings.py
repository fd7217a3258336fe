"""A movement's boards and verdicts as the pages read them: scores, ranks, findings with their reasons. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from msgspec.structs import replace

from services.council.packed_standings import Score
from shared.contracts.awards import Award
from shared.contracts.fast_models import Finding
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists, Evidence
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import ranked_units, within_parent
from shared.plans.ranking import ranks_of


@dataclass(frozen=True, slots=True)
class UnitResult:
    """A unit's verdict for an award and its findings, in the order of the award's rules."""

    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AwardResults:
    """An award's results by unit, the evidence behind them by event, and when they last changed (UTC)."""

    by_unit: Mapping[str, UnitResult] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardScores:
    """The scores of a field and tier by unit, and when they last changed (UTC).

    ``declared_complete``: their reporter has said that every unit is on the board.
    """

    by_unit: Mapping[str, Score] = field(default_factory=dict)
    declared_complete: bool = False
    changed_at: datetime | None = None


BoardKey = tuple[str, Tier]
"""(field, tier)."""

NO_RESULTS = AwardResults()
NO_SCORES = BoardScores()


@dataclass(frozen=True, eq=False)
class MovementResults:
    """What council knows of a movement's boards and verdicts, with the plan and register they are read by.

    Only the awards and boards that a page asked for are there. Results that were read once are one object until they
    change, so that what is computed from them can be kept by it. ``revisions`` are the collection,
    the id and the revision of each document that they were read from.
    """

    plan: Plan
    register: UnitRegister
    awards: Mapping[str, AwardResults] = field(default_factory=dict)
    boards: Mapping[BoardKey, BoardScores] = field(default_factory=dict)
    lists: Mapping[str, AwardLists] = field(default_factory=dict)
    revisions: frozenset[tuple[str, str, int]] = frozenset()

    @cached_property
    def _ranks(self) -> dict[tuple[str, Tier, str | None], dict[str, int]]:
        return {}

    @cached_property
    def _ranked(self) -> dict[Tier, tuple[Unit, ...]]:
        return {}

    @cached_property
    def changed_at(self) -> datetime | None:
        """When anything of it last changed (UTC); None before the first results."""
        instants = [results.changed_at for results in self.awards.values()]
        instants += [scores.changed_at for scores in self.boards.values()]
        return max(filter(None, instants), default=None)

    def results(self, award: str) -> AwardResults:
        """The results of an award; empty before the first."""
        return self.awards.get(award, NO_RESULTS)

    def scores(self, field_id: str, tier: Tier) -> BoardScores:
        """The scores of a board; empty before the first."""
        return self.boards.get((field_id, tier), NO_SCORES)

    def ranked(self, tier: Tier) -> tuple[Unit, ...]:
        """The units of a tier that are ranked, in register order."""
        if tier not in self._ranked:
            self._ranked[tier] = ranked_units(self.plan, self.register, tier)
        return self._ranked[tier]

    def district_of(self, award: Award, unit: str) -> str | None:
        """The district within which an award ranks a unit; None for the whole province (A8)."""
        return self.register.by_code[unit].parent if within_parent(self.plan, award) else None

    def ranks(self, field_id: str, tier: Tier, district: str | None = None) -> Mapping[str, int]:
        """The rank of each unit with a score among the ranked units of a tier, or of one district (A6)."""
        key = field_id, tier, district
        if key not in self._ranks:
            scores = self.scores(field_id, tier).by_unit
            rivals = (u.code for u in self.ranked(tier) if district is None or u.parent == district)
            scored = {unit: scores[unit].score for unit in rivals if unit in scores}
            self._ranks[key] = ranks_of(scored, dense=self.plan.choices.ties == "dense")
        return self._ranks[key]

    def findings(self, award: Award, unit: str) -> Sequence[Finding]:
        """A unit's findings for an award, each rank filled in from the board where the verdict does not have it."""
        result = self.results(award.id).by_unit.get(unit)
        if result is None:
            return ()
        fields = {rule.criterion: rule.field for rule in award.rank_rules}
        return [self._with_rank(finding, award, unit, fields) for finding in result.findings]

    def _with_rank(self, finding: Finding, award: Award, unit: str, fields: Mapping[str, str]) -> Finding:
        ranked_field = fields.get(finding.criterion)
        if ranked_field is None or finding.rank is not None or finding.reason == "not_reported":
            return finding
        rank = self.ranks(ranked_field, award.tier, self.district_of(award, unit)).get(unit)
        return finding if rank is None else replace(finding, rank=rank)
