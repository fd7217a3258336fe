"""Everything the criteria of one award read about its tier, computed once for all units. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.scoring.context import ScoringContext
from services.scoring.figures import INSPECTION, Figure, Withdrawn, judged_subject
from services.scoring.state import MovementFigures
from shared.contracts.awards import Award, RankRule
from shared.contracts.fast_models import ScoreRow
from shared.contracts.units import Unit
from shared.plans.authority import has_feed, under_reporter, within_parent


class AwardFigures:
    """The figures, judgements, cases and ranks of an award's tier.

    ``subjects`` are the subjects of the award's rules. ``rows`` and ``judged`` hold figures by row key, per subject and
    criterion. ``declared`` holds the event that declared a subject complete. ``due`` are the subjects some agency must
    report for the tier. For every other subject, ``begun`` holds the districts that have reports on it.
    ``last_declared`` holds the event that last declared a subject complete, or took that back. ``unreported`` are the
    (field, scope) boards on which some unit has no final figure, ``incomplete`` those that nobody declared complete
    either; both are empty if the plan ranks incomplete boards.
    """

    def __init__(
        self, award: Award, subjects: Iterable[str], figures: MovementFigures, context: ScoringContext
    ) -> None:
        self.award, self.figures, self.context, self.choices = award, figures, context, context.plan.choices
        self.units = context.ranked(award.tier)
        self.subjects = set(subjects)
        self.rows = {subject: figures.rows(subject, award.tier) for subject in self.subjects}
        self.judged = {rule.criterion: figures.rows(judged_subject(rule.criterion), award.tier) for rule in award.rules}
        self.cases = figures.cases(award.tier) if INSPECTION in self.subjects else {}
        self.withdrawn_cases = self._withdrawn_cases()
        self._ranks: dict[str, dict[str, int]] = {}
        self.declared = {s: event for s in self.subjects if (event := figures.declaring_event(s, award.tier))}
        self.last_declared = {s: event for s in self.subjects if (event := figures.last_declaration(s, award.tier))}
        self.due = {s for s in self.subjects if has_feed(context.plan, s, award.tier)}
        self.begun = {s: self._begun(s) for s in self.subjects - self.due}
        self.own_district = within_parent(context.plan, award)
        self.rank_rules = award.rank_rules
        self.unreported = self._unreported() if self.choices.incomplete_board == "missing" else frozenset()
        self.incomplete = frozenset(board for board in self.unreported if board[0] not in self.declared)

    def _withdrawn_cases(self) -> dict[str, list[str]]:
        """By unit the events that withdrew its cases."""
        withdrawn: dict[str, list[str]] = {}
        for figure in self.rows.get(INSPECTION, {}).values():
            if isinstance(figure.value, Withdrawn):
                withdrawn.setdefault(figure.value.unit, []).append(figure.event)
        return withdrawn

    def _unreported(self) -> frozenset[tuple[str, str | None]]:
        unreported: set[tuple[str, str | None]] = set()
        for rule in self.rank_rules:
            final = {unit for unit, f in self.rows[rule.field].items() if f.final and type(f.value) is ScoreRow}
            unreported |= {(rule.field, self.scope(unit)) for unit in self.units if unit.code not in final}
        return frozenset(unreported)

    def _begun(self, subject: str) -> frozenset[str | None]:
        """The districts whose units have reports on a subject although nobody must report it.

        A report by a district about its own communes begins the subject for that district only (A12).
        """
        if not self.figures.is_reported(subject, self.award.tier):
            return frozenset()
        own_only = under_reporter(self.context.plan, subject, self.award.tier)
        return frozenset(unit.parent for unit in self.units if not own_only or self.figure(subject, unit))

    def scope(self, unit: Unit) -> str | None:
        """The code of the district a unit is ranked in; None for the whole province."""
        return unit.parent if self.own_district else None

    def figure(self, subject: str, unit: Unit) -> Figure | None:
        """A unit's figure; None if there is none or it was withdrawn."""
        figure = self.rows[subject].get(unit.code)
        return None if figure is None or type(figure.value) is Withdrawn else figure

    def ranks(self, field: str) -> dict[str, int]:
        """The rank in its scope of every unit that has one."""
        if field not in self._ranks:
            board = self.figures.board(self.context, field, self.award.tier)
            self._ranks[field] = board.ranks(
                self.context.codes_by_parent(self.award.tier).values() if self.own_district else None
            )
        return self._ranks[field]

    def ranks_within(self, rule: RankRule) -> dict[str, int]:
        """The rank of every unit whose rank is within a rule's cut-off."""
        return {unit: rank for unit, rank in self.ranks(rule.field).items() if rank <= rule.at_most}

    def with_declared_rank(self, field: str) -> set[str]:
        """The units with a declared rank, if a difference from the computed rank is to be reported (A14)."""
        if self.choices.declared_rank != "warn":
            return set()
        scores = ((unit, figure.value) for unit, figure in self.rows[field].items())
        return {unit for unit, score in scores if type(score) is ScoreRow and score.declared_rank is not None}

    @property
    def shared_inputs(self) -> tuple[object, ...]:
        """What verdicts follow from besides a unit's own figures and rank. If it changes, every verdict is stale."""
        return self.context.versions, self.declared, self.last_declared, self.begun, self.unreported
