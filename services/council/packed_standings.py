"""A page of a board, and the reasons of a page of verdicts, as text that is read fast and written as one field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from services.council.packed_findings import unpack
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import EligibilityPage, StandingsPage

_READ_AGAIN = 64
"""How many texts are kept as they were read: the pages of one movement's boards and verdicts, with room to spare."""


@dataclass(frozen=True, slots=True)
class Score:
    """A unit's score on a board. ``as_of`` is the local day it counts to; ``final`` is False for interim figures."""

    score: Decimal
    final: bool
    as_of: date | None


def pack_standings(page: StandingsPage) -> str:
    """The scores of a published page as JSON text."""
    return pack_scores({row.unit: Score(row.score, row.final, row.as_of) for row in page.rows})


def pack_scores(scores: Mapping[str, Score]) -> str:
    """Scores by unit as JSON text."""
    rows = [[unit, str(s.score), s.final, s.as_of and s.as_of.isoformat()] for unit, s in scores.items()]
    return json.dumps(rows, separators=(",", ":"))


@lru_cache(maxsize=_READ_AGAIN)
def unpack_standings(text: str) -> Mapping[str, Score]:
    """The scores in a text of ``pack_standings`` or ``pack_scores``, by unit.

    Do not change them: they are read again and again.
    """
    return {
        unit: Score(Decimal(score), final, date.fromisoformat(as_of) if as_of else None)
        for unit, score, final, as_of in json.loads(text)
    }


def pack_reasons(page: EligibilityPage) -> str:
    """What the findings of a published page say beside verdict, rank and events, as JSON text."""
    rows = {
        row.unit: {
            f.criterion: [f.reason, f.limit, f.count, f.declared, f.cases, f.found, f.cite] for f in row.findings
        }
        for row in page.rows
    }
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=_READ_AGAIN)
def unpack_rows(findings: str, reasons: str) -> Mapping[str, tuple[Finding, ...]]:
    """The findings of a page of verdicts by unit, from the texts of ``packed_findings.pack`` and ``pack_reasons``.

    Do not change them: they are read again and again.
    """
    states, details = unpack(findings).by_unit, json.loads(reasons)
    return {
        unit: tuple(
            Finding(
                criterion=criterion,
                verdict=Verdict(state.verdict),
                reason=reason,
                rank=state.rank,
                limit=limit,
                count=count,
                declared=declared,
                cases=tuple(cases),
                found=tuple(confirmed),
                events=state.events,
                cite=cite,
                also_read=state.also_read,
            )
            for criterion, state in of_unit.items()
            for reason, limit, count, declared, cases, confirmed, cite in (details[unit][criterion],)
        )
        for unit, of_unit in states.items()
    }
