"""Small results of a movement for the desk's pages: boards, verdicts and lists, as council keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.council.packed_standings import Score
from services.council.standings import AwardResults, BoardScores, MovementResults, UnitResult
from shared.contracts.fast_models import Finding
from shared.contracts.model import Event, Tier, Verdict
from shared.contracts.scoring import AwardLists, EligibilityChanged, Evidence
from tests.support.council_desk import KEY, MOVEMENT, event_of
from tests.support.movement import register, s0, units

AT = datetime(2023, 12, 5, 2, tzinfo=UTC)
FIRST, SECOND, THIRD = units(Tier.SO)[:3]
RANKS = {"chuyen-doi-so": 1, "de-an-06": 1, "cai-cach-hanh-chinh": 1}


def board(**scores: str) -> BoardScores:
    """A board of final scores."""
    return BoardScores({unit: Score(Decimal(score), True, None) for unit, score in scores.items()}, True, AT)


def finding(criterion: str, verdict: Verdict, reason: str, **more: Any) -> Finding:
    """A finding as scoring publishes it."""
    return Finding(criterion=criterion, verdict=verdict, reason=reason, **more)  # type: ignore[arg-type]


def result(award: str, **other: Finding) -> UnitResult:
    """A unit that passes every criterion of an award, but for the findings given by criterion (``_`` for ``-``)."""
    different = {name.replace("_", "-"): changed for name, changed in other.items()}
    findings = tuple(different.get(rule.criterion) or _passing(rule.criterion) for rule in s0().award[award].rules)
    verdicts = [one.verdict for one in findings]
    worst = (Verdict.FAIL, Verdict.HOLD, Verdict.MISSING, Verdict.PASS)
    return UnitResult(next(verdict for verdict in worst if verdict in verdicts), findings)


def _passing(criterion: str) -> Finding:
    if criterion in RANKS:
        return finding(criterion, Verdict.PASS, "rank_within", rank=1, limit=1)
    return finding(criterion, Verdict.PASS, "judged", events=("e1",))


def results(
    awards: Mapping[str, Mapping[str, UnitResult]],
    boards: Mapping[tuple[str, Tier], BoardScores] | None = None,
    lists: Sequence[AwardLists] = (),
    evidence: Sequence[Evidence] = (),
) -> MovementResults:
    """The results of some awards and boards."""
    described = {source.event: source for source in evidence}
    return MovementResults(
        s0(),
        register(),
        awards={award: AwardResults(by_unit, described, AT) for award, by_unit in awards.items()},
        boards=boards or {},
        lists={of_award.award: of_award for of_award in lists},
    )


def verdicts(award: str, *passing: str) -> Event:
    """A page of an award's verdicts, as scoring publishes it: these units pass every criterion."""
    rows = [
        {
            "unit": unit,
            "verdict": "PASS",
            "findings": [
                {"criterion": r.criterion, "verdict": "PASS", "reason": "judged"} for r in s0().award[award].rules
            ],
        }
        for unit in passing
    ]
    about = {"movement": MOVEMENT, "award": award, "page": 0, "version": 1, "plan": s0().ref, "rows": rows}
    return event_of(EligibilityChanged, about, f"{KEY}/{award}/0")


def unjudged(award: str, criterion: str, waiting: Sequence[str], page: int = 0) -> Event:
    """A page of an award's verdicts: these units pass every criterion but one, which waits for judgement."""
    rules = s0().award[award].rules
    findings = [
        {"criterion": rule.criterion, "verdict": "MISSING", "reason": "no_feed"}
        if rule.criterion == criterion
        else {"criterion": rule.criterion, "verdict": "PASS", "reason": "judged"}
        for rule in rules
    ]
    rows = [{"unit": unit, "verdict": "MISSING", "findings": findings} for unit in waiting]
    about = {"movement": MOVEMENT, "award": award, "page": page, "version": 1, "plan": s0().ref, "rows": rows}
    return event_of(EligibilityChanged, about, f"{KEY}/{award}/{page}")
