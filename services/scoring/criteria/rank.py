"""Competition rank in a field within a cut-off, ties included (A6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria.kind import finding_of, having_read, without_figure
from services.scoring.figures import Figure
from shared.contracts.awards import RankRule
from shared.contracts.fast_models import Finding, ScoreRow
from shared.contracts.model import Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit

FOR_THE_COUNCIL: Final[frozenset[Reason]] = frozenset({"any_rank_open"})


def subjects(rule: RankRule) -> tuple[str, ...]:
    """The scores of the rule's field."""
    return (rule.field,)


def evaluator(rule: RankRule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """The criterion passes if the unit's rank in its scope, or its declared rank (A5), is within the cut-off."""
    return partial(_evaluate, rule, figures, figures.ranks(rule.field), figures.rows[rule.field])


def _evaluate(
    rule: RankRule, figures: AwardFigures, ranks: Mapping[str, int], rows: Mapping[str, Figure], unit: Unit
) -> Finding:
    figure = rows.get(unit.code)
    score = figure.value if figure is not None else None
    if figure is None or type(score) is not ScoreRow:
        return without_figure(rule, rule.field, unit, figures, figures.declared.get(rule.field))
    rank, events = ranks.get(unit.code), (figure.event,)
    if not figure.final:
        return finding_of(rule, Verdict.MISSING, "interim", events=events)
    limit, declared, shown, board = rule.at_most, score.declared_rank, None, (rule.field, figures.scope(unit))
    if figures.choices.graded_by == "declared":
        rank = shown = declared
        if rank is None:
            return finding_of(rule, Verdict.MISSING, "not_reported", events=events)
    differs = declared if declared not in (None, rank) and figures.choices.declared_rank == "warn" else None
    verdict = Verdict.FAIL
    reason: Reason = "rank_outside"
    if board in figures.incomplete:
        verdict, reason = Verdict.MISSING, "board_incomplete"
    elif rank is not None and rank <= limit:
        verdict, reason, shown = Verdict.PASS, "rank_within", rank
    finding = Finding(rule.criterion, verdict, reason, shown, limit, declared=differs, events=events, cite=rule.cite)
    if board in figures.unreported and (last := figures.last_declared.get(rule.field)):
        return having_read(finding, last)  # whether the board is complete follows from it
    return finding
