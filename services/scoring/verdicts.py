"""An award's verdicts, kept while figures come: judged again where what they rest on changed, else not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.scoring.judging import Hearing
from services.scoring.pages import judged_subject
from services.scoring.rules import Called, called
from services.scoring.state import Tally, Terms
from shared.contracts.awards import Award
from shared.contracts.hot import Eligible
from shared.contracts.model import Tier
from shared.contracts.units import Unit

Touched = Mapping[tuple[str, Tier], Collection[str]]
"""By subject and tier, the units whose figure changed, or a case or word about them."""


@dataclass
class Verdicts:
    """The verdicts of an award's tier, by unit, and whom those of each page call before the council.

    A unit's verdict follows from its own figures, from which ranks are within the cut-offs, and from what is the same
    for many (``_common``): plan and units, what was declared complete, which boards are.
    """

    award: Award
    rows: dict[str, Eligible] = field(default_factory=dict)
    called: dict[int, Called] = field(default_factory=dict)
    _common: tuple[Any, ...] = ()
    _within: dict[str, dict[str, int]] = field(default_factory=dict)

    def overtaken(self, tally: Tally, terms: Terms, touched: Touched) -> tuple[Hearing, Sequence[Unit]]:
        """The units that must be judged again since the last time, and who can judge them."""
        hearing = Hearing(self.award, tally, terms)
        by_board = hearing.choices.graded_by == "rank"
        within = {rule.criterion: hearing.within(rule) for rule in hearing.rank_rules} if by_board else {}
        common, last = hearing.common, self._within
        known, self._common, self._within = self._common == common, common, within
        if not known:
            self.rows, self.called = {}, {}
            return hearing, hearing.units
        codes = {code for subject in self._subjects(hearing) for code in touched.get((subject, self.award.tier), ())}
        for criterion, now in within.items():
            codes.update(unit for unit, _ in now.items() ^ last[criterion].items())
        for rule in hearing.rank_rules:
            if by_board and touched.get((rule.field, self.award.tier)):
                codes |= hearing.declaring(rule.field)
        members = terms.members(self.award.tier)
        return hearing, [terms.register.by_code[code] for code in codes if code in members]

    @staticmethod
    def _subjects(hearing: Hearing) -> Iterable[str]:
        return (*hearing.subjects, *(judged_subject(rule.criterion) for rule in hearing.award.rules))

    def judge(self, hearing: Hearing, units: Iterable[Unit]) -> None:
        """Judge units again."""
        self.rows |= {row.unit: row for row in hearing.judge(units)}

    def page(self, page: int, terms: Terms) -> list[Eligible]:
        """The verdicts of a page, in register order; what they call for is noted."""
        rows = [self.rows[code] for code in terms.paged(self.award.tier).get(page, ())]
        self.called[page] = called(self.award, rows, terms)
        return rows

    def all_called(self) -> Called:
        """Whom all pages together call."""
        return Called.together(self.called[page] for page in sorted(self.called))
