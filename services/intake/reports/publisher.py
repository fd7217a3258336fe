"""Renders the pending events of stored reports: receipts, results, and answers to agencies."""

from __future__ import annotations

from collections.abc import Iterable

from services.intake.context import SOURCE, Ledger
from services.intake.reports.results import report_results, withdrawal_results
from services.intake.reports.state import AcceptedReport
from services.intake.reports.store import ANSWER, RECEIPT, RESULTS, ReportStore
from shared.contracts import topics
from shared.contracts.ids import derived
from shared.contracts.intake import ResultsReported
from shared.contracts.model import movement_key
from shared.contracts.receipts import Receipt, ReceiptIssued, ReportAnswered
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering


def report_rendering(reports: ReportStore, province: str) -> Rendering:
    """The rendering of a province's reports for the outbox."""

    async def render(doc: Document) -> list[Outgoing]:
        receipt = Receipt.model_validate(doc["receipt"])
        key = movement_key(province, receipt.movement or "-")
        messages: list[Outgoing] = []
        if RECEIPT in doc["unsent"]:
            issued = ReceiptIssued(
                id=derived("receipt issued", receipt.id),
                source=SOURCE,
                time=receipt.received_at,
                subject=key,
                data=receipt,
            )
            messages.append(Outgoing(topics.RECEIPTS.name, key.encode(), issued.encode()))
        if RESULTS in doc["unsent"] and receipt.plan is not None:
            events = await _results_of(reports, doc)
            messages += [Outgoing(topics.RESULTS.name, key.encode(), event.encode()) for event in events]
        topic = topics.OUTBOX.of(receipt.reported_by)
        for key in _answer_keys(doc, receipt):
            named = () if key == receipt.report else (key,)
            answered = ReportAnswered(
                id=derived("answer", receipt.id, *named),
                source=SOURCE,
                time=receipt.received_at,
                subject=key,
                data=receipt,
            )
            messages.append(Outgoing(topic, key.encode(), answered.encode()))
        return messages

    return Rendering(reports.documents, render, _everything)


def _answer_keys(doc: Document, receipt: Receipt) -> list[str]:
    """The keys of the answers to publish: the inbox events' ids. The office's return has the report's number as key."""
    names: list[str] = [name for name in doc["unsent"] if name.partition("/")[0] == ANSWER]
    return list(dict.fromkeys(name.partition("/")[2] or receipt.report for name in names))


def _everything(doc: Document) -> Iterable[str]:
    """All events of a report but the answer, which is published for deliveries only."""
    return [RECEIPT, RESULTS] if doc["receipt"]["status"] == "accepted" else [RECEIPT]


async def _results_of(reports: ReportStore, doc: Document) -> list[ResultsReported]:
    entry = await reports.entry_of(doc)
    if entry.report is None:
        history = await reports.history(doc["ledger"], before=doc["version"])
        return withdrawal_results(entry.receipt, history, SOURCE)
    return report_results(AcceptedReport(entry.receipt, entry.report, Ledger()), entry.context, SOURCE)
