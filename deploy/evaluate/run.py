"""The rules over files, without a server, for what-if questions before a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from deploy.evaluate.nominations import read_nominations
from deploy.evaluate.results import FileFigures, read_judgements, read_results
from deploy.evaluate.units import Roster, read_units
from services.scoring.api import scopes
from services.scoring.evaluation import AwardEvaluator
from services.scoring.rules import summarise, with_ranks
from services.scoring.state import MovementFigures, ScoringContext
from shared.contracts.fast_models import Eligible, Finding, ScoreRow
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.plans.load import load_plans
from shared.wording.formats import gio_ngay
from shared.wording.verdicts import reason


class NoSuchPlan(ValueError):
    """The folder holds no plan, or several, whose awards figures decide."""


def plan_to_judge_by(plans: Iterable[Plan], movement: str | None = None) -> Plan:
    """The plan whose awards figures decide, in its newest version. Raises ``NoSuchPlan``."""
    newest: dict[str, Plan] = {}
    for plan in sorted(plans, key=lambda p: p.version):
        if plan.awards and plan.movement and movement in (None, plan.movement.id):
            newest[plan.id] = plan
    if len(newest) != 1:
        named = ", ".join(p.movement.id for p in newest.values() if p.movement) or "không có"
        raise NoSuchPlan(f"Cần đúng một phong trào có xếp hạng; thư mục kế hoạch có: {named}. Nêu --movement.")
    return next(iter(newest.values()))


def evaluate(
    plans_folder: Path,
    units: Path,
    results: Path,
    judgements: Path | None = None,
    nominations: Path | None = None,
    movement: str | None = None,
) -> dict[str, Any]:
    """Standings, eligibility, candidates and the fate of nominations, as JSON values.

    Raises ``UnreadableRow``, ``NoSuchPlan``, ``OSError`` or ``pydantic.ValidationError``.
    """
    plans = load_plans(plans_folder)
    plan = plan_to_judge_by(plans, movement)
    roster = read_units(units, plan)
    context = ScoringContext(plan, roster.register)
    tally = FileFigures(context, read_results(results, plan, roster))
    if judgements is not None:
        read_judgements(judgements, tally, context, roster)
    verdicts: dict[str, list[Eligible]] = {}
    for award in plan.awards:
        in_order = sorted(context.ranked(award.tier), key=lambda u: roster.outside[u.code])
        verdicts[award.id] = with_ranks(award, AwardEvaluator(award, tally, context).judge(in_order), tally, context)
    lists = {each.award: each for each in summarise(context, verdicts, tally)}
    return {
        "standings": list(_standings(context, tally, roster)),
        "eligibility": [
            {
                "award": award.id,
                "unit": roster.outside[row.unit],
                "verdict": row.verdict.value,
                "criteria": [_criterion(finding, row.unit, tally) for finding in row.findings],
            }
            for award in plan.awards
            for row in verdicts[award.id]
        ],
        "candidates": {
            award.id: [roster.outside[unit] for unit in lists[award.id].candidates] for award in plan.awards
        },
        "nominations": read_nominations(nominations, plans, roster) if nominations is not None else [],
    }


def _standings(context: ScoringContext, tally: FileFigures, roster: Roster) -> Iterable[dict[str, Any]]:
    for field in context.plan.fields:
        for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN):
            board = tally.board(context, field.id, tier)
            province, *parents = scopes(context, tier)
            for scope in (province, *sorted(parents, key=lambda code: roster.outside[code])):
                among = [u.code for u in context.ranked(tier) if scope in ("tinh", u.parent)]
                if places := sorted((rank, roster.outside[unit], unit) for rank, unit in board.ranking(among)):
                    yield {
                        "field": field.id,
                        "tier": tier.value,
                        "scope": roster.outside.get(scope, scope),
                        "rows": [
                            {"unit": shown, "score": _score(context, tally, field.id, unit), "rank": rank}
                            for rank, shown, unit in places
                        ],
                    }


def _score(context: ScoringContext, tally: MovementFigures, field: str, unit: str) -> str:
    register = context.register
    figure = tally.figure(field, register.by_code[unit].tier, register.page_of[unit], unit)
    assert figure is not None
    assert isinstance(figure.value, ScoreRow)
    return f"{figure.value.score:f}"


def _criterion(finding: Finding, unit: str, tally: FileFigures) -> dict[str, str]:
    if finding.reason == "inspection_open":
        finding = replace(finding, count=tally.open_cases[unit])
    told = reason(finding)
    named = [source for event in finding.events if (source := tally.evidence(event))]
    by = "; ".join(f"{s.by}, bản {s.version}, {gio_ngay(s.at)}" if s.report else s.by for s in named)
    return {
        "criterion": finding.criterion,
        "verdict": finding.verdict.value,
        "reason": f"{told} ({by})" if by else told,
    }


def summary(answer: dict[str, Any]) -> str:
    """The candidates of every award, a line each, for who did not ask for JSON."""
    verdicts: dict[str, list[str]] = defaultdict(list)
    for row in answer["eligibility"]:
        verdicts[row["award"]].append(row["verdict"])
    told = [
        f"{award}: {', '.join(units) or 'không có'}"
        + "".join(f" · {verdicts[award].count(v)} {v}" for v in ("FAIL", "HOLD", "MISSING") if v in verdicts[award])
        for award, units in answer["candidates"].items()
    ]
    refused = [f"{n['nomination']}: {n['reason']}" for n in answer["nominations"] if not n["accepted"]]
    return "\n".join([*told, *(["Đề nghị bị trả lại:", *refused] if refused else [])])
