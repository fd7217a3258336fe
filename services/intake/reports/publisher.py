"""Renders the pending events of stored reports: receipts, results, and answers to agencies."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.context import SOURCE, Ledger
from services.intake.reports.results import report_results, withdrawal_results
from services.intake.reports.state import AcceptedReport, StoredReport
from services.intake.reports.store import ANSWER, RECEIPT, RESULTS, ReportStore
from shared.contracts import topics
from shared.contracts.ids import derived
from shared.contracts.intake import ResultsReported
from shared.contracts.model import movement_key
from shared.contracts.receipts import Receipt, ReceiptIssued, ReportAnswered
from shared.runtime.outbox import Outgoing, Rendering, rendering


def report_rendering(reports: ReportStore, province: str) -> Rendering:
    """The rendering of a province's reports for the outbox."""

    async def render(stored: StoredReport, unsent: Sequence[str]) -> list[Outgoing]:
        receipt = stored.receipt
        key = movement_key(province, receipt.movement or "-")
        messages: list[Outgoing] = []
        if RECEIPT in unsent:
            issued = ReceiptIssued(
                id=derived("receipt issued", receipt.id),
                source=SOURCE,
                time=receipt.received_at,
                subject=key,
                data=receipt,
            )
            messages.append(Outgoing(topics.RECEIPTS.name, key.encode(), issued.encode()))
        if RESULTS in unsent and receipt.plan is not None:
            events = await _results_of(reports, stored)
            messages += [Outgoing(topics.RESULTS.name, key.encode(), event.encode()) for event in events]
        topic = topics.OUTBOX.of(receipt.reported_by)
        for answer_key in _answer_keys(unsent, receipt):
            named = () if answer_key == receipt.report else (answer_key,)
            answered = ReportAnswered(
                id=derived("answer", receipt.id, *named),
                source=SOURCE,
                time=receipt.received_at,
                subject=answer_key,
                data=receipt,
            )
            messages.append(Outgoing(topic, answer_key.encode(), answered.encode()))
        return messages

    return rendering(reports.published, render, _everything)


def _answer_keys(unsent: Sequence[str], receipt: Receipt) -> list[str]:
    """The keys of the answers to publish: the inbox events' ids. The office's return has the report's number as key."""
    names = [name for name in unsent if name.partition("/")[0] == ANSWER]
    return list(dict.fromkeys(name.partition("/")[2] or receipt.report for name in names))


def _everything(stored: StoredReport) -> Sequence[str]:
    """All events of a report but the answer, which is published for deliveries only."""
    return [RECEIPT, RESULTS] if stored.receipt.status == "accepted" else [RECEIPT]


async def _results_of(reports: ReportStore, stored: StoredReport) -> list[ResultsReported]:
    entry = await reports.entry_of(stored)
    if entry.report is None:
        assert stored.ledger is not None
        history = await reports.history(stored.ledger, before=stored.version)
        return withdrawal_results(entry.receipt, history, SOURCE)
    return report_results(AcceptedReport(entry.receipt, entry.report, Ledger()), entry.context, SOURCE)
