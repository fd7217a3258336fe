"""Reports as stored: one document per report, written once, with body, receipt, ledger entry and pending events.

The unique ``slot`` of a document holds its ledger and version, so two reports cannot both be version n: the second
insert fails and the report is decided again. Nothing else counts versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter

from services.intake.context import IntakeContext, Ledger
from services.intake.reports.state import AcceptedReport, IntakeOutcome, LedgerEntry, StoredReport
from services.intake.reports.withdrawal import withdrawal_id
from shared.caching import Cache
from shared.contracts.intake import Report
from shared.contracts.receipts import Receipt, ReportWithdrawal
from shared.runtime.handover import Handover
from shared.runtime.mongo import Database, Document
from shared.runtime.publishing import PublishedDocuments
from shared.runtime.references import References

RECEIPT = "receipt"
RESULTS = "results"
ANSWER = "answer"
"""Names of a document's pending events. ``answer/<key>`` is an answer under the key of an inbox event."""

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_MAX_RECENT = 64
"""Entries kept as they were decided until their events are published, so that they are not parsed again."""


ReceiptStatus = Literal["accepted", "returned", "withdrawal"]
"""What a receipt is, as people read it: of a report accepted or returned, or of the withdrawal of one.

Stored and published receipts of withdrawals have the status "accepted", which earlier releases expect, and
``takes_back``.
"""

_OF_STATUS: Mapping[ReceiptStatus, Document] = {
    "accepted": {"receipt.status": "accepted", "receipt.takes_back": None},
    "returned": {"receipt.status": "returned"},
    "withdrawal": {"receipt.takes_back": {"$ne": None}},
}


class ReceiptView(Receipt):
    """A receipt as it is now: with who withdrew the report and why, if it was withdrawn."""

    status: ReceiptStatus  # type: ignore[assignment]  # only what is stored and published has to fit earlier releases
    taken_back: ReportWithdrawal | None = None

    @classmethod
    def of(cls, receipt: Receipt, taken_back: ReportWithdrawal | None = None) -> ReceiptView:
        """The view of a receipt; ``taken_back`` is the withdrawal of its report."""
        fields = {name: getattr(receipt, name) for name in Receipt.model_fields}
        status = "withdrawal" if receipt.takes_back is not None else receipt.status
        return cls(**{**fields, "status": status, "taken_back": taken_back})


class ReportStore:
    """Every report ever received, accepted or returned, and every withdrawal."""

    def __init__(self, database: Database, references: References, province: str, handover: Handover) -> None:
        self._documents = database.documents("reports")
        self.published = PublishedDocuments(self._documents, _stored_report)
        self._references = references
        self._province = province
        self._recent = Cache[str, LedgerEntry](_MAX_RECENT)
        self._handover = handover

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(unique=["slot"], unique_elements=["identity"], indexed=["agency", "at"])

    async def find_many(self, receipt_ids: Iterable[str]) -> dict[str, tuple[Receipt, str]]:
        """Receipts with the digests of the bodies they were issued for, by receipt id."""
        docs = await self._documents.get_many(receipt_ids, only=["receipt", "digest"])
        return {doc_id: (Receipt.model_validate(doc["receipt"]), doc["digest"]) for doc_id, doc in docs.items()}

    async def accepted(self, identities: Sequence[str]) -> dict[str, tuple[Receipt, str]]:
        """The accepted reports with these identities, as ``find_many`` gives them, by identity.

        A report that release 0.2.0 stored has none; ``find_many`` gives it by the first of its ids.
        """
        where = {"identity": {"$in": list(identities)}}
        docs = await self._documents.find(where, only=["receipt", "digest", "identity"]) if identities else []
        return {doc["identity"]: (Receipt.model_validate(doc["receipt"]), doc["digest"]) for doc in docs}

    async def find(self, receipt_id: str) -> tuple[Receipt, str] | None:
        """A receipt with the digest of the body it was issued for, or None."""
        return (await self.find_many([receipt_id])).get(receipt_id)

    async def receipts(
        self,
        filters: Mapping[str, str],
        after: tuple[str, str] | None,
        limit: int,
        *,
        newest: bool,
        status: ReceiptStatus | None = None,
    ) -> list[ReceiptView]:
        """At most ``limit`` receipts whose fields have these values, newest or oldest first, after a position."""
        where: Document = {
            "agency" if name == "reported_by" else f"receipt.{name}": value for name, value in filters.items()
        }
        where |= _OF_STATUS[status] if status is not None else {}
        if after is not None:
            at, last = after
            beyond = "$lt" if newest else "$gt"
            where["$or"] = [{"at": {beyond: at}}, {"at": at, "_id": {beyond: last}}]
        sort = ("-at", "-_id") if newest else ("at", "_id")
        docs = await self._documents.find(where, sort=sort, limit=limit)
        return await self._views([Receipt.model_validate(doc["receipt"]) for doc in docs])

    async def position_of(self, receipt_id: str, agency: str | None) -> tuple[str, str] | None:
        """A receipt's position in the order of ``receipts``; None if there is none of that id, or of that agency."""
        doc = await self._documents.get(receipt_id)
        return (doc["at"], doc["_id"]) if doc and agency in (None, doc["agency"]) else None

    async def receipt(self, receipt_id: str) -> ReceiptView | None:
        """A receipt as it is now, or None."""
        stored = await self.find(receipt_id)
        return (await self._views([stored[0]]))[0] if stored else None

    async def withdrawal_of(self, receipt_id: str) -> Receipt | None:
        """The receipt that withdraws a report, or None."""
        stored = await self.find(withdrawal_id(receipt_id))
        return stored[0] if stored else None

    async def _views(self, receipts: Sequence[Receipt]) -> list[ReceiptView]:
        ids = {receipt.id: withdrawal_id(receipt.id) for receipt in receipts}
        withdrawals = await self._documents.get_many(ids.values())
        return [
            ReceiptView.of(receipt, Receipt.model_validate(doc["receipt"]).takes_back if doc else None)
            for receipt, doc in ((receipt, withdrawals.get(ids[receipt.id])) for receipt in receipts)
        ]

    async def ledger(self, ledger_id: str) -> Ledger:
        """The reports accepted so far in a ledger."""
        fields = ["version", "receipt", "covered"]
        docs = await self._documents.find(_slots(ledger_id), sort="-version", limit=1, only=fields)
        if not docs:
            return Ledger()
        receipt = Receipt.model_validate(docs[0]["receipt"])
        return Ledger(
            version=docs[0]["version"],
            last_at=receipt.received_at,
            covered=_units(docs[0]["covered"]),
            complete_at=receipt.complete_at,
            complete_timely=receipt.complete_timely,
            returned=receipt.takes_back is not None and receipt.takes_back.by == "standing_office",
        )

    async def versions(self, ledger_id: str) -> list[Receipt]:
        """The receipts of a ledger's reports and withdrawals, first version first."""
        docs = await self._documents.find(_slots(ledger_id), sort="version")
        return [Receipt.model_validate(doc["receipt"]) for doc in docs]

    async def history(self, ledger_id: str, before: int | None = None) -> list[LedgerEntry]:
        """A ledger's reports and withdrawals, first version first; only those before a version if one is given."""
        where = _slots(ledger_id) | ({"version": {"$lt": before}} if before is not None else {})
        docs = await self._documents.find(where, sort="version")
        return [await self.entry_of(_stored_report(doc)) for doc in docs]

    async def entry_of(self, stored: StoredReport) -> LedgerEntry:
        """The ledger entry of an accepted report or of a withdrawal, with what it was judged by."""
        receipt = stored.receipt
        if (recent := self._recent.pop(receipt.id, None)) is not None:
            return recent
        assert receipt.plan is not None
        assert stored.register_version is not None
        if not self._references.knows(receipt.plan, stored.register_version):
            await self._references.refresh()  # another replica accepted the report
        register = self._references.register(self._province, stored.register_version)
        report = None if receipt.takes_back else _REPORT.validate_json(stored.body)
        return LedgerEntry(receipt, report, IntakeContext(self._references.plan(receipt.plan), register))

    async def save_withdrawal(
        self, ledger_id: str, receipt: Receipt, ledger: Ledger, context: IntakeContext, *, answer: bool
    ) -> None:
        """Store a withdrawal. Raises ``VersionConflict`` if the report is withdrawn already or its version is taken."""
        await self._documents.insert(
            {
                "_id": receipt.id,
                "slot": f"{ledger_id}#{receipt.version}",
                "agency": receipt.reported_by,
                "at": _sortable(receipt.received_at),
                "digest": "",
                "deliveries": [],
                "body": "",
                "receipt": receipt.model_dump(mode="json"),
                "register_version": context.register.version,
                "ledger": ledger_id,
                "version": receipt.version,
                "covered": " ".join(sorted(ledger.covered)),
                "unsent": [RECEIPT, RESULTS, *([ANSWER] if answer else [])],
            }
        )

    async def save(self, outcomes: Sequence[IntakeOutcome]) -> int:
        """Store decided reports in order up to the first conflict; the number stored.

        A conflict means that another process has taken the id or the version of that report.
        """
        docs = [self._document(outcome) for outcome in outcomes]
        stored = await self._documents.insert_in_order(docs)
        for outcome in outcomes[:stored]:
            if isinstance(outcome.decision, AcceptedReport) and outcome.parsed.context:
                receipt = outcome.decision.receipt
                entry = LedgerEntry(receipt, outcome.decision.report, outcome.parsed.context)
                self._recent.keep(receipt.id, entry)
        self._handover.just_written(self._documents, docs[:stored])
        return stored

    def _document(self, outcome: IntakeOutcome) -> Document:
        """The document of a decided report."""
        parsed, decision = outcome.parsed, outcome.decision
        sent, context, receipt = parsed.submission, parsed.context, decision.receipt
        doc: Document = {
            "_id": receipt.id,
            "slot": receipt.id,
            "agency": receipt.reported_by,
            "at": _sortable(receipt.received_at),
            "digest": sent.digest,
            "deliveries": [sent.delivery],
            "body": sent.text,
            "receipt": receipt.model_dump(mode="json"),
            "register_version": context.register.version if context else None,
            "unsent": [RECEIPT, *([RESULTS] if isinstance(decision, AcceptedReport) else [])],
        }
        if isinstance(decision, AcceptedReport):
            doc |= {
                "slot": f"{parsed.ledger_id}#{receipt.version}",
                "identity": sent.identity,
                "ledger": parsed.ledger_id,
                "version": receipt.version,
                "covered": " ".join(sorted(decision.ledger.covered)),
            }
        if sent.trace:
            doc["trace"] = sent.trace
        if sent.answer is not None:
            doc["unsent"].append(f"{ANSWER}/{sent.answer}")
        return doc

    async def add_delivery(self, receipt_id: str, delivery: str, *, answer: str | None) -> bool:
        """Record another delivery of a stored report; False if that delivery is recorded already."""
        pending = [f"{ANSWER}/{answer}"] if answer is not None else []
        return await self._documents.add_to_set(receipt_id, "deliveries", delivery, unsent=pending)

    async def has_delivery(self, receipt_id: str, delivery: str) -> bool:
        """Whether a delivery of a report is recorded."""
        doc = await self._documents.get(receipt_id)
        return doc is not None and delivery in doc["deliveries"]

    async def counts(self) -> dict[str, int]:
        """The numbers of reports accepted and returned, of withdrawals, and of repeated deliveries."""
        repeated = await self._documents.find({"deliveries.1": {"$exists": True}})
        return {
            "accepted": await self._documents.count({"receipt.status": "accepted", "receipt.takes_back": None}),
            "taken_back": await self._documents.count({"receipt.takes_back": {"$ne": None}}),
            "returned": await self._documents.count({"receipt.status": "returned"}),
            "duplicate": sum(len(doc["deliveries"]) - 1 for doc in repeated),
        }


def _stored_report(doc: Document) -> StoredReport:
    return StoredReport(
        receipt=Receipt.model_validate(doc["receipt"]),
        body=doc["body"],
        ledger=doc.get("ledger"),
        version=doc.get("version"),
        register_version=doc["register_version"],
    )


def _slots(ledger_id: str) -> Document:
    """The filter for a ledger's reports and withdrawals, whose slots begin with its key."""
    return {"slot": {"$gt": f"{ledger_id}#", "$lt": f"{ledger_id}$"}}  # "$" follows "#" and is in no ledger's key


def _units(covered: str | list[str]) -> frozenset[str]:
    """Unit codes, stored as one text separated by spaces, or as a list by the first release."""
    return frozenset(covered.split() if isinstance(covered, str) else covered)


def _sortable(at: datetime) -> str:
    """An instant in UTC as text that sorts by time; the database's own dates keep milliseconds only."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
