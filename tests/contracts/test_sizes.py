"""The largest events fit into one message."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.ids import derived
from shared.contracts.intake import Results, ResultsReported
from shared.contracts.model import PAGE_SIZE, Kind, PlanRef, Tier, Verdict
from shared.contracts.rows import (
    AttendanceRow,
    DisciplineRow,
    InspectionRow,
    ListedEnterprise,
    ListedRow,
    Row,
    ScoreRow,
    TasksRow,
)
from shared.contracts.scoring import (
    MAX_EVIDENCE,
    EligibilityChanged,
    EligibilityPage,
    Eligible,
    Evidence,
    Finding,
    Standing,
    StandingsChanged,
    StandingsPage,
)
from shared.contracts.topics import MAX_MESSAGE_BYTES

NOW = datetime(2023, 12, 4, 16, 59, 59, 999_999, UTC)
LONG = "x" * 63
MANY = 1_000_000
SCORE = Decimal("999999.999999")
UNITS = [f"{'x' * 58}{n:05}" for n in range(PAGE_SIZE)]
PLAN = PlanRef(province=LONG, id=LONG, version=MANY)
ENVELOPE: dict[str, Any] = {
    "id": derived("biggest"),
    "source": "thidua/scoring",
    "time": NOW,
    "subject": "/".join([LONG] * 4),
}


@pytest.mark.parametrize(
    "rows",
    [
        [ScoreRow(unit=unit, score=SCORE, declared_rank=MANY) for unit in UNITS],
        [TasksRow(unit=unit, due=MANY, done_on_time=0, cancelled=MANY) for unit in UNITS],
        [DisciplineRow(unit=unit, violations=MANY) for unit in UNITS],
        [
            AttendanceRow(unit=u, invited=MANY, present=MANY, substitute=MANY, excused=MANY, unexcused=MANY)
            for u in UNITS
        ],
        [ListedRow(unit=unit, note="ằ" * 500) for unit in UNITS],
        [
            InspectionRow(unit=u, case="ằ" * 126, about="ằ" * 300, signs_of_violation=True, opened=NOW.date())
            for u in UNITS
        ],
        [ListedEnterprise(name="ằ" * 300, tax_code="1000123456-001", note="ằ" * 500) for _ in UNITS],
    ],
    ids=["score", "tasks", "discipline", "attendance", "listed", "inspection", "enterprises"],
)
def test_a_full_page_of_results_fits(rows: list[Row | ListedEnterprise]) -> None:
    """The page has 256 rows with the longest codes and the largest figures."""
    results = Results(
        plan=PLAN,
        register_version=MANY,
        movement=LONG,
        obligation=LONG,
        reported_by=LONG,
        receipt=derived("receipt"),
        report="ằ" * 126,
        period="2023-12",
        version=MANY,
        kind=Kind.SCORE,
        field=LONG,
        tier=Tier.HUYEN,
        page=MANY,
        as_of=date(2023, 11, 30),
        final=True,
        complete=True,
        received_at=NOW,
        rows=tuple(row for row in rows if not isinstance(row, ListedEnterprise)),
        enterprises=tuple(row for row in rows if isinstance(row, ListedEnterprise)),
    )
    assert len(ResultsReported(data=results, **ENVELOPE).encode()) < MAX_MESSAGE_BYTES


def test_a_full_page_of_a_board_fits() -> None:
    """The page has 256 scores, each with its receipt."""
    rows = [
        Standing(unit=unit, score=SCORE, version=MANY, receipt=derived(unit), as_of=date(2023, 11, 30), final=False)
        for unit in UNITS
    ]
    page = StandingsPage(
        movement=LONG,
        field=LONG,
        tier=Tier.HUYEN,
        page=MANY,
        version=MANY,
        declared_complete=False,
        rows=tuple(rows),
    )
    assert len(StandingsChanged(data=page, **ENVELOPE).encode()) < MAX_MESSAGE_BYTES


def test_a_full_page_of_verdicts_fits() -> None:
    """It has 256 units with eight ranked criteria each, two events per criterion, and the most evidence of a page."""
    finding = Finding(
        criterion=LONG,
        verdict=Verdict.MISSING,
        reason="board_incomplete",
        rank=MANY,
        limit=MANY,
        count=MANY,
        declared=MANY,
        events=(derived("results"), derived("judgement")),
        cite="S0 IV.3.a; A14",
    )
    evidence = Evidence(
        event=derived("results"),
        version=MANY,
        at=NOW,
        by=LONG,
        report="ằ" * 126,
        receipt=derived("receipt"),
        obligation="OB06",
        as_of=date(2023, 11, 30),
    )
    rows = [Eligible(unit=unit, verdict=Verdict.MISSING, findings=(finding,) * 8) for unit in UNITS]
    page = EligibilityPage(
        movement=LONG,
        award=LONG,
        page=MANY,
        version=MANY,
        plan=PLAN,
        rows=tuple(rows),
        evidence=(evidence,) * MAX_EVIDENCE,
    )
    assert len(EligibilityChanged(data=page, **ENVELOPE).encode()) < MAX_MESSAGE_BYTES
