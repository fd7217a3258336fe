"""An award's verdicts, kept in memory while figures arrive; only stale verdicts are evaluated again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.scoring.award_figures import AwardFigures
from services.scoring.context import ScoringContext
from services.scoring.evaluation import AwardEvaluator
from services.scoring.figures import judged_subject
from services.scoring.rules import Shortlist, shortlist
from services.scoring.state import MovementFigures
from shared.contracts.awards import Award
from shared.contracts.fast_models import Eligible
from shared.contracts.model import Tier
from shared.contracts.units import Unit

DirtyUnits = Mapping[tuple[str, Tier], Collection[str]]
"""By subject and tier, the units with a changed figure, case, judgement or decision."""


@dataclass
class Verdicts:
    """The verdicts of an award's tier by unit, and the shortlist of every page.

    A unit's verdict follows from its own figures, from the ranks within the cut-offs, and from inputs that many units
    share (``_shared_inputs``): plan and units, declarations, begun subjects and incomplete boards.
    """

    award: Award
    rows: dict[str, Eligible] = field(default_factory=dict)
    shortlist: dict[int, Shortlist] = field(default_factory=dict)
    _shared_inputs: tuple[object, ...] = ()
    _ranks_within: dict[str, dict[str, int]] = field(default_factory=dict)

    def stale_units(
        self, figures: MovementFigures, context: ScoringContext, dirty: DirtyUnits
    ) -> tuple[AwardEvaluator, Sequence[Unit]]:
        """An evaluator, and the units it must evaluate because their verdict may have changed since the last call."""
        evaluator = AwardEvaluator(self.award, figures, context)
        of_award = evaluator.figures
        by_board = of_award.choices.graded_by == "rank"
        within = {rule.criterion: of_award.ranks_within(rule) for rule in of_award.rank_rules} if by_board else {}
        shared_inputs, last_within = of_award.shared_inputs, self._ranks_within
        unchanged = self._shared_inputs == shared_inputs
        self._shared_inputs, self._ranks_within = shared_inputs, within
        if not unchanged:
            self.rows, self.shortlist = {}, {}
            return evaluator, evaluator.units
        codes = {code for subject in self._subjects(of_award) for code in dirty.get((subject, self.award.tier), ())}
        for criterion, ranks in within.items():
            codes.update(unit for unit, _ in ranks.items() ^ last_within[criterion].items())
        for rule in of_award.rank_rules:
            if by_board and dirty.get((rule.field, self.award.tier)):
                codes |= of_award.with_declared_rank(rule.field)
        members = context.ranked_codes(self.award.tier)
        return evaluator, [context.register.by_code[code] for code in codes if code in members]

    def _subjects(self, figures: AwardFigures) -> Iterable[str]:
        return (*figures.subjects, *(judged_subject(rule.criterion) for rule in self.award.rules))

    def update(self, evaluator: AwardEvaluator, units: Iterable[Unit]) -> None:
        """Evaluate units and keep their verdicts."""
        self.rows |= {row.unit: row for row in evaluator.evaluate(units)}

    def page(self, page: int, context: ScoringContext) -> list[Eligible]:
        """The verdicts of a page, in register order. This also updates the page's shortlist."""
        rows = [self.rows[code] for code in context.codes_by_page(self.award.tier).get(page, ())]
        self.shortlist[page] = shortlist(self.award, rows, context)
        return rows

    def all_shortlisted(self) -> Shortlist:
        """The shortlist of all pages."""
        return Shortlist.merged(self.shortlist[page] for page in sorted(self.shortlist))
