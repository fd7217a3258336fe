"""One agency's reports over time, and every event that follows from them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.intake.context import IntakeContext, Ledger
from services.intake.reports import rules as intake
from services.intake.reports import withdrawal
from services.intake.reports.results import report_results, withdrawal_results
from services.intake.reports.state import AcceptedReport, LedgerEntry
from services.intake.reports.withdrawal import WithdrawalRequest
from services.scoring.state import MovementFigures
from shared.contracts.intake import Report, ResultsReported
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt
from tests.support.figures import figures
from tests.support.movement import register, s0
from tests.support.reports import report, score

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)


@dataclass
class ReportedLedger:
    """One ledger of Sở Nội vụ, and every event published for it."""

    plan: Plan = field(default_factory=s0)
    agency: str = "so-noi-vu"
    history: list[LedgerEntry] = field(default_factory=list)
    events: list[list[ResultsReported]] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    now: datetime = NOW

    @property
    def context(self) -> IntakeContext:
        return IntakeContext(self.plan, register())

    def send(self, sent: Report) -> Receipt:
        self.now += timedelta(minutes=1)
        outcome = intake.decide(sent, f"r-{len(self.history) + 1}", self.agency, self.context, self.ledger, self.now)
        assert isinstance(outcome, AcceptedReport), outcome.receipt.problems
        self.history.append(LedgerEntry(outcome.receipt, sent, self.context))
        self.events.append(report_results(outcome, self.context, "thidua/intake"))
        self.ledger = outcome.ledger
        return outcome.receipt

    def scores(self, *unit_scores: tuple[str, str], **more: Any) -> Receipt:
        return self.send(report("OB06", [score(unit, value) for unit, value in unit_scores], **more))

    def withdraw(self, original: Receipt, request: WithdrawalRequest | None = None) -> Receipt:
        self.now += timedelta(minutes=1)
        request = request or WithdrawalRequest("agency", self.agency, "nhầm số liệu")
        receipt, self.ledger = withdrawal.withdraw(original, self.history, request, self.context, self.now)
        self.events.append(withdrawal_results(receipt, self.history, "thidua/intake"))
        self.history.append(LedgerEntry(receipt, None, self.context))
        return receipt

    def movement_figures(self) -> MovementFigures:
        return figures_after([event for events in self.events for event in events])


def figures_after(events: Sequence[ResultsReported]) -> MovementFigures:
    movement_figures = MovementFigures("thai-binh", "trach-nhiem-ky-cuong-2023")
    for event in events:
        movement_figures.apply_results(event.id, figures(event.data))
    return movement_figures
