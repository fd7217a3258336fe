"""Reports as agencies write them, and intake's decisions on them. Pure and fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
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
        **{name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()},
    }


def reports_of_every_kind() -> list[tuple[str, dict[str, Any]]]:
    """An agency and a valid report of it, for every kind of report."""
    return [
        (
            "so-noi-vu",
            body("OB06", [{"unit": "336", "score": "87.5", "declared_rank": 1}, {"unit": "340", "score": 90}]),
        ),
        ("vp-ubnd-tinh", body("OB02", [{"unit": "336", "due": 3, "done_on_time": 2, "cancelled": 1}])),
        ("so-noi-vu", body("OB05", [{"unit": "336", "violations": 0}], note="Không có vi phạm.")),
        ("vp-ubnd-tinh", body("OB01", [{"unit": "336", "invited": 4, "present": 3, "substitute": 1}])),
        ("so-khdt", body("OB09", [{"unit": "336", "listed": True, "note": "Đóng góp nổi bật"}])),
        (
            "so-noi-vu",
            body("OB05", [{"unit": "336", "case": "1/KT", "signs_of_violation": True, "opened": "2023-05-04"}])
            | {"kind": "inspection"},
        ),
        (
            "so-noi-vu",
            {
                **{name: value for name, value in body("OB11", []).items() if name != "rows"},
                "document": {"number": "12/BC-SNV", "issued": "2023-06-01", "title": "Báo cáo sơ kết"},
            },
        ),
    ]


def every_kind() -> list[dict[str, Any]]:
    """A valid report of every kind."""
    return [report for _, report in reports_of_every_kind()]


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
