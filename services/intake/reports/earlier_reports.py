"""What was stored before of a report that is sent: the same content, or other content of the same paper. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from services.intake.reports import rules
from services.intake.reports.problems import other_content, withdrawn_before
from services.intake.reports.state import ParsedReport, Submission
from services.intake.reports.store import ReportStore
from shared.contracts.receipts import Receipt

Stored = Mapping[str, tuple[Receipt, str]]
"""Receipts with the digests of the contents they were issued for, by receipt id or by identity."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is stored of some reports: ``stored`` by receipt id, and the ``accepted`` ones by identity.

    ``looked_up`` are the identities for which ``accepted`` is complete. Of the others nothing is stored under the first
    receipt id; whether other content of the same paper was accepted shows when the report is written.
    """

    stored: Stored
    accepted: Stored
    looked_up: frozenset[str]


class EarlierReports:
    """Finds what the store has of a report that is sent."""

    def __init__(self, reports: ReportStore) -> None:
        self._reports = reports

    async def stored_before(self, sent: Iterable[Submission], identities: Collection[str]) -> Earlier:
        """What is stored of these reports; what was accepted is looked up for ``identities`` in any case.

        Most reports are new, and for them only one query is made. Nothing else is stored of a paper without a date if
        its first id is free.
        """
        sent = list(sent)
        stored = await self._reports.find_many(report.receipt_ids[0] for report in sent)
        again = [report for report in sent if report.receipt_ids[0] in stored or report.identity in identities]
        looked_up = frozenset(report.identity for report in again)
        undated = frozenset(report.identity for report in sent if not report.paper.date)
        if not again:
            return Earlier(stored, {}, undated)
        others, accepted = await asyncio.gather(
            self._reports.find_many(receipt_id for report in again for receipt_id in report.receipt_ids[1:]),
            self._reports.accepted(sorted(looked_up)),
        )
        return Earlier({**stored, **others}, accepted, looked_up | undated)

    async def receipt_or_report(self, parsed: ParsedReport, earlier: Earlier) -> Receipt | ParsedReport:
        """The receipt of a report that was sent before; otherwise the report to decide on.

        An inbox record that is read again is not a report sent again, so it gets its receipt even after a withdrawal;
        over HTTP deliveries cannot be told apart.
        """
        sent, stored = parsed.submission, earlier.stored
        accepted = earlier.accepted.get(sent.identity)
        free = next((receipt_id for receipt_id in sent.receipt_ids if receipt_id not in stored), sent.receipt_ids[-1])
        same = rules.receipts_of_content(sent, stored)
        if not same:
            if rules.is_other_content_accepted(sent, stored, accepted):
                conflict = other_content(sent.paper, rules.subject_of(sent.body)[1])
                return replace(parsed, receipt_id=free, conflict=conflict)
            return replace(parsed, receipt_id=free)
        receipt = same[0]
        if await self._is_withdrawn(receipt) and not (
            sent.answer is not None and await self._reports.has_delivery(receipt.id, sent.delivery)
        ):
            if len(same) == 1:
                return replace(parsed, receipt_id=free, conflict=withdrawn_before(sent.paper))
            receipt = same[1]
        return receipt

    async def _is_withdrawn(self, receipt: Receipt) -> bool:
        return receipt.status == "accepted" and await self._reports.withdrawal_of(receipt.id) is not None
