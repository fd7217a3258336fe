"""The verdict of one unit on one award: a finding for every criterion, with judgements applied. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from services.scoring.award_figures import AwardFigures
from services.scoring.context import ScoringContext
from services.scoring.criteria.kind import having_read
from services.scoring.criteria.table import evaluator_of, subjects_of
from services.scoring.figures import Figure, Judged
from services.scoring.state import MovementFigures
from shared.contracts.awards import Award, Rule
from shared.contracts.choices import Choices
from shared.contracts.fast_models import Eligible, Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit


def rank_reading(award: Award, context: ScoringContext) -> str:
    """``all`` if all ranks of an award must lie within the cut-off, ``any`` if one is enough (A4)."""
    return award.ranks or context.plan.choices.certificate_ranks


class AwardEvaluator:
    """Evaluates the units of an award's tier. What does not depend on the unit is computed once, in ``figures``.

    A finding has a unit's rank only if it is within the cut-off. Other ranks move with every score, so they are not
    stored with the verdicts but read from the board when somebody looks; see ``rules.with_ranks``.
    """

    def __init__(self, award: Award, figures: MovementFigures, context: ScoringContext) -> None:
        self.award = award
        self.figures = AwardFigures(award, (s for rule in award.rules for s in subjects_of(rule)), figures, context)
        self.units = self.figures.units

    def evaluate(self, units: Iterable[Unit]) -> list[Eligible]:
        """The units' verdicts with a finding for every criterion, in the order of the units."""
        units = tuple(units)
        rows: Iterable[tuple[Finding, ...]] = zip(
            *(self._findings(rule, units) for rule in self.award.rules), strict=True
        )
        if rank_reading(self.award, self.figures.context) == "any":
            rows = (carry_any_rank(self.award, findings) for findings in rows)
        return [Eligible(unit.code, overall(findings), findings) for unit, findings in zip(units, rows, strict=True)]

    def _findings(self, rule: Rule, units: Iterable[Unit]) -> list[Finding]:
        evaluate = evaluator_of(rule, self.figures)
        if judged := self.figures.judged[rule.criterion]:
            choices = self.figures.choices
            return [_with_judgement(evaluate(unit), judged.get(unit.code), choices) for unit in units]
        return [evaluate(unit) for unit in units]


def _with_judgement(finding: Finding, judged: Figure | None, choices: Choices) -> Finding:
    """A finding after the council's judgement, which replaces only MISSING unless the plan says otherwise (A41).

    Whatever the plan says, a judgement does not release an open case: only the end of the case does (A18).
    """
    if judged is None or not isinstance(judged.value, Judged):
        return finding
    decided = finding.verdict is not Verdict.MISSING and choices.judgement == "missing_only"
    if decided or finding.verdict is Verdict.HOLD:
        return having_read(finding, judged.event)
    on_hold = bool(finding.cases) and choices.open_inspection == "hold"
    verdict = Verdict.HOLD if on_hold else judged.value.verdict
    events = (*finding.events, judged.event)
    if on_hold:
        return replace(finding, verdict=verdict, events=events, reason="inspection_open", count=len(finding.cases))
    return replace(finding, verdict=verdict, events=events, reason="judged")


def carry_any_rank(award: Award, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings where one field is enough (A4 = any): a rank within its cut-off makes every other rank pass.

    While no rank is within and some rank is MISSING, the ranks outside are MISSING too.
    """
    findings = tuple(findings)
    ranks = {rule.criterion for rule in award.rank_rules}
    of_rank = [f for f in findings if f.criterion in ranks]
    if any(f.verdict is Verdict.PASS for f in of_rank):
        carried = Verdict.PASS
    elif any(f.verdict is Verdict.MISSING for f in of_rank):
        carried = Verdict.MISSING
    else:
        return findings
    carried_as: Reason = "any_rank_within" if carried is Verdict.PASS else "any_rank_open"
    return tuple(
        replace(f, verdict=carried, reason=carried_as)
        if f.criterion in ranks
        and (f.verdict is Verdict.FAIL or (f.verdict is Verdict.MISSING and carried is Verdict.PASS))
        else f
        for f in findings
    )


def overall(findings: Iterable[Finding]) -> Verdict:
    """FAIL if any criterion fails, else HOLD if any is on hold, else MISSING if any is missing, else PASS."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.HOLD, Verdict.MISSING):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS
