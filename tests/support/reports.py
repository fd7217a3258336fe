"""Reports as agencies write them, and intake's decisions on them. Pure and fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.intake.context import IntakeContext, Ledger
from services.intake.reports import parsing, rules
from services.intake.reports.state import ReportDecision, ReturnedReport
from shared.contracts.intake import Report
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from tests.support.movement import register, s0

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)


def body(obligation: str, rows: Sequence[Mapping[str, Any]], *, plan: Plan | None = None, **changes: Any) -> Any:
    """The JSON body of a report, with the kind and as-of date that its obligation requires."""
    plan = plan or s0()
    due = plan.obligation[obligation]
    assert plan.movement is not None
    return {
        "movement": plan.movement.id,
        "obligation": obligation,
        "period": "2023",
        "kind": due.kind.value if due.kind else None,
        "as_of": due.as_of.isoformat() if due.as_of else None,
        "rows": list(rows),
        **changes,
    }


def read(raw: Any) -> Report:
    """A parsed report."""
    report = parsing.parse_report(raw)
    assert not isinstance(report, list), report
    return report


def report(obligation: str, rows: Sequence[Mapping[str, Any]], **changes: Any) -> Report:
    """A report under S0."""
    return read(body(obligation, rows, **changes))


def submit(
    agency: str, sent: Report, *, plan: Plan | None = None, ledger: Ledger | None = None, now: datetime = NOW
) -> ReportDecision:
    """Intake's decision on a report; the plan is S0 by default."""
    return rules.decide(sent, "r-1", agency, IntakeContext(plan or s0(), register()), ledger or Ledger(), now)


def send(
    plan: Plan,
    agency: str,
    obligation: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    now: datetime = NOW,
    ledger: Ledger | None = None,
    **changes: Any,
) -> ReportDecision:
    """Write, parse and submit a report under a plan."""
    return submit(agency, read(body(obligation, rows, plan=plan, **changes)), plan=plan, ledger=ledger, now=now)


def codes(outcome: ReportDecision) -> list[str]:
    """The problem codes of a returned report; empty for an accepted one."""
    assert outcome.receipt.status == ("returned" if isinstance(outcome, ReturnedReport) else "accepted")
    return [problem.code for problem in outcome.problems] if isinstance(outcome, ReturnedReport) else []


def score(unit: str, value: str = "87.5", **more: Any) -> dict[str, Any]:
    """A row of scores."""
    return {"unit": unit, "score": value, **more}
