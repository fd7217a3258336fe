"""An award's verdicts, kept while figures come: judged again where what they rest on changed, else not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.scoring.evaluation import AwardEvaluator
from services.scoring.figures import judged_subject
from services.scoring.rules import Shortlist, shortlist
from services.scoring.state import MovementFigures, ScoringContext
from shared.contracts.awards import Award
from shared.contracts.fast_models import Eligible
from shared.contracts.model import Tier
from shared.contracts.units import Unit

DirtyUnits = Mapping[tuple[str, Tier], Collection[str]]
"""By subject and tier, the units whose figure changed, or a case or word about them."""


@dataclass
class Verdicts:
    """The verdicts of an award's tier, by unit, and whom those of each page call before the council.

    A unit's verdict follows from its own figures, from which ranks are within the cut-offs, and from what is the same
    for many (``_common``): plan and units, what was declared complete, which boards are.
    """

    award: Award
    rows: dict[str, Eligible] = field(default_factory=dict)
    shortlist: dict[int, Shortlist] = field(default_factory=dict)
    _common: tuple[Any, ...] = ()
    _within: dict[str, dict[str, int]] = field(default_factory=dict)

    def stale_units(
        self, tally: MovementFigures, context: ScoringContext, dirty: DirtyUnits
    ) -> tuple[AwardEvaluator, Sequence[Unit]]:
        """The units that must be judged again since the last time, and who can judge them."""
        evaluator = AwardEvaluator(self.award, tally, context)
        by_board = evaluator.choices.graded_by == "rank"
        within = {rule.criterion: evaluator.within(rule) for rule in evaluator.rank_rules} if by_board else {}
        common, last = evaluator.common, self._within
        known, self._common, self._within = self._common == common, common, within
        if not known:
            self.rows, self.shortlist = {}, {}
            return evaluator, evaluator.units
        codes = {code for subject in self._subjects(evaluator) for code in dirty.get((subject, self.award.tier), ())}
        for criterion, now in within.items():
            codes.update(unit for unit, _ in now.items() ^ last[criterion].items())
        for rule in evaluator.rank_rules:
            if by_board and dirty.get((rule.field, self.award.tier)):
                codes |= evaluator.declaring(rule.field)
        members = context.members(self.award.tier)
        return evaluator, [context.register.by_code[code] for code in codes if code in members]

    @staticmethod
    def _subjects(evaluator: AwardEvaluator) -> Iterable[str]:
        return (*evaluator.subjects, *(judged_subject(rule.criterion) for rule in evaluator.award.rules))

    def judge(self, evaluator: AwardEvaluator, units: Iterable[Unit]) -> None:
        """Judge units again."""
        self.rows |= {row.unit: row for row in evaluator.judge(units)}

    def page(self, page: int, context: ScoringContext) -> list[Eligible]:
        """The verdicts of a page, in register order; what they call for is noted."""
        rows = [self.rows[code] for code in context.paged(self.award.tier).get(page, ())]
        self.shortlist[page] = shortlist(self.award, rows, context)
        return rows

    def all_shortlisted(self) -> Shortlist:
        """Whom all pages together call."""
        return Shortlist.together(self.shortlist[page] for page in sorted(self.shortlist))
