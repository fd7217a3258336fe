"""Applies the rules to files, without a server, for what-if questions before a council session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from msgspec.structs import replace

from deploy.evaluate.nominations import NominationOutcome, read_nominations
from deploy.evaluate.results import FileFigures, read_judgements, read_results
from deploy.evaluate.units import Roster, read_units
from services.scoring.context import ScoringContext
from services.scoring.evaluation import AwardEvaluator
from services.scoring.rules import summarise, with_ranks
from services.scoring.state import MovementFigures
from shared.contracts.fast_models import Eligible, Finding, ScoreRow
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.plans.criteria.table import reason_text
from shared.plans.load import load_plans
from shared.wording.formats import gio_ngay
from shared.wording.unit_names import grouped_names
from shared.wording.verdicts import VERDICTS

_MAX_NAMED = 20


class NoSuchPlan(ValueError):
    """The folder has no movement, or several movements, whose awards are decided by figures."""


def evaluated_plan(plans: Iterable[Plan], movement: str | None = None) -> Plan:
    """The newest version of the plan whose awards are decided by figures. Raises ``NoSuchPlan``."""
    newest: dict[str, Plan] = {}
    for plan in sorted(plans, key=lambda p: p.version):
        if plan.awards and plan.movement and movement in (None, plan.movement.id):
            newest[plan.id] = plan
    if len(newest) != 1:
        movements = ", ".join(p.movement.id for p in newest.values() if p.movement) or "không có"
        raise NoSuchPlan(f"Cần đúng một phong trào có xếp hạng; thư mục kế hoạch có: {movements}. Nêu --movement.")
    return next(iter(newest.values()))


class UnitVerdict(TypedDict):
    """A unit's verdict for an award, with its criteria."""

    award: str
    unit: str
    verdict: str
    criteria: list[dict[str, str]]


class Evaluation(NamedTuple):
    """The answer for machines, and what its codes mean: the names of awards by id, and the units of the files."""

    answer: Answer
    awards: Mapping[str, str]
    roster: Roster


class Answer(TypedDict):
    """What follows from the files; ``candidates`` are by award."""

    standings: list[JsonObject]
    eligibility: list[UnitVerdict]
    candidates: dict[str, list[str]]
    nominations: list[NominationOutcome]


def evaluate(
    plans_folder: Path,
    units: Path,
    results: Path,
    judgements: Path | None = None,
    nominations: Path | None = None,
    movement: str | None = None,
) -> Evaluation:
    """Standings, eligibility, candidates and the outcome of nominations, as JSON values.

    Raises ``UnreadableRow``, ``NoSuchPlan``, ``OSError`` or ``pydantic.ValidationError``.
    """
    plans = load_plans(plans_folder)
    plan = evaluated_plan(plans, movement)
    roster = read_units(units, plan)
    context = ScoringContext(plan, roster.register)
    figures = FileFigures(context, read_results(results, plan, roster))
    if judgements is not None:
        read_judgements(judgements, figures, context, roster)
    verdicts: dict[str, list[Eligible]] = {}
    for award in plan.awards:
        in_order = sorted(context.ranked(award.tier), key=lambda u: roster.file_codes[u.code])
        verdicts[award.id] = with_ranks(
            award, AwardEvaluator(award, figures, context).evaluate(in_order), figures, context
        )
    lists = {award_lists.award: award_lists for award_lists in summarise(context, verdicts, figures)}
    answer: Answer = {
        "standings": list(_standings(context, figures, roster)),
        "eligibility": [
            {
                "award": award.id,
                "unit": roster.file_codes[row.unit],
                "verdict": row.verdict.value,
                "criteria": [_criterion(finding, row.unit, figures) for finding in row.findings],
            }
            for award in plan.awards
            for row in verdicts[award.id]
        ],
        "candidates": {
            award.id: [roster.file_codes[unit] for unit in lists[award.id].candidates] for award in plan.awards
        },
        "nominations": read_nominations(nominations, plans, roster) if nominations is not None else [],
    }
    return Evaluation(answer, {award.id: award.name for award in plan.awards}, roster)


def _standings(context: ScoringContext, figures: FileFigures, roster: Roster) -> Iterable[JsonObject]:
    for field in context.plan.fields:
        for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN):
            board = figures.board(context, field.id, tier)
            province, *parents = context.scopes(tier)
            for scope in (province, *sorted(parents, key=lambda code: roster.file_codes[code])):
                codes = [u.code for u in context.ranked(tier) if scope in ("tinh", u.parent)]
                if places := sorted((rank, roster.file_codes[unit], unit) for rank, unit in board.ranking(codes)):
                    yield {
                        "field": field.id,
                        "tier": tier.value,
                        "scope": roster.file_codes.get(scope, scope),
                        "rows": [
                            {"unit": shown, **_score(context, figures, field.id, unit, rank)}
                            for rank, shown, unit in places
                        ],
                    }


def _score(context: ScoringContext, figures: MovementFigures, field: str, unit: str, rank: int) -> JsonObject:
    """The score as it was sent, our rank, and beside it the rank that the field's owner declares, if any (A14, A48)."""
    register = context.register
    figure = figures.figure(field, register.by_code[unit].tier, register.page_of[unit], unit)
    assert figure is not None
    assert isinstance(figure.value, ScoreRow)
    declared = figure.value.declared_rank
    shown: JsonObject = {"score": f"{figure.value.score:f}", "rank": rank}
    return shown if declared is None else {**shown, "declared_rank": declared}


def _criterion(finding: Finding, unit: str, figures: FileFigures) -> dict[str, str]:
    if finding.reason == "inspection_open":
        finding = replace(finding, count=figures.open_cases[unit])
    text = reason_text(finding)
    sources = [source for event in finding.events if (source := figures.evidence(event))]
    by = "; ".join(f"{s.by}, lần {s.version}, {gio_ngay(s.at)}" if s.report else s.by for s in sources)
    return {
        "criterion": finding.criterion,
        "verdict": finding.verdict.value,
        "reason": f"{text} ({by})" if by else text,
    }


def summary(evaluation: Evaluation) -> str:
    """Which units meet every award's criteria and which do not, by name, and the refused nominations."""
    answer, awards, roster = evaluation
    lines: list[str] = []
    for award, candidates in answer["candidates"].items():
        lines.append(f"{awards.get(award, award)}: {_listed(candidates, roster, len(candidates)) or 'không có'}")
        for verdict in (Verdict.HOLD, Verdict.MISSING, Verdict.FAIL):
            units = [
                row["unit"]
                for row in answer["eligibility"]
                if row["award"] == award and row["verdict"] == verdict.value
            ]
            if units:
                lines.append(f"    {VERDICTS[verdict]} ({len(units)}): {_listed(units, roster, _MAX_NAMED)}")
    # The reason begins with a code for programs.
    refused = [
        f"{n['nomination']}: {n['reason'].partition(': ')[2]}" for n in answer["nominations"] if not n["accepted"]
    ]
    return "\n".join([*lines, *(["Đề nghị không được tiếp nhận:", *refused] if refused else [])])


def _listed(units: Sequence[str], roster: Roster, at_most: int) -> str:
    names = grouped_names(roster.register, (roster.codes[unit] for unit in units[:at_most]))
    more = len(units) - at_most
    rest = f"; và {more} đơn vị nữa (xem tất cả bằng --json)" if more > 0 else ""
    return roster.with_file_codes(names) + rest
