"""The door's memory: one document a report, written once, holding body, receipt, ledger and what is still to be said.

A report's version is made unique by the document's ``slot``, so two reports cannot both be version n: the
second is ``VersionConflict`` and is decided again. Nothing else counts versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from services.intake.context import IntakeContext, IntakeOutcome, Ledger, LedgerEntry, Taken
from services.intake.reports import rules, withdrawal
from services.intake.reports.withdrawal import withdrawal_id
from shared.contracts.ids import derived
from shared.contracts.intake import Report, ResultsReported
from shared.contracts.model import movement_key
from shared.contracts.receipts import Receipt, ReceiptIssued, ReportAnswered, ReportWithdrawal
from shared.contracts.topics import OUTBOX, RECEIPTS, RESULTS
from shared.runtime.handover import Handover
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Outgoing, Rendering
from shared.runtime.references import References

SOURCE = "thidua/intake"
ANSWER = "answer"
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_MAX_RECENT = 64
"""Reports kept as they were read until they are said, so that they are not read anew for it."""


class ReceiptNow(Receipt):
    """A receipt as it stands: with who took the report back and why, where somebody has."""

    taken_back: ReportWithdrawal | None = None


class Reports:
    """Every report that ever reached the door, taken or returned."""

    def __init__(self, database: Database, references: References, province: str, handover: Handover) -> None:
        self._documents = database.documents("reports")
        self._references = references
        self._province = province
        self._recent: dict[str, LedgerEntry] = {}
        self._handover = handover

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(unique=["slot"], indexed=["agency", "at"])

    @property
    def rendering(self) -> Rendering:
        """Says receipts, results and answers."""
        return Rendering(self._documents, self._render, self._everything)

    async def known(self, receipt_ids: Iterable[str]) -> dict[str, tuple[Receipt, str]]:
        """Receipts and the digests of the bodies they were given for, by id."""
        docs = await self._documents.get_many(receipt_ids, only=["receipt", "digest"])
        return {name: (Receipt.model_validate(doc["receipt"]), doc["digest"]) for name, doc in docs.items()}

    async def find(self, receipt_id: str) -> tuple[Receipt, str] | None:
        """A receipt and the digest of the body it was given for."""
        return (await self.known([receipt_id])).get(receipt_id)

    async def listed(
        self, among: Mapping[str, str], after: tuple[str, str] | None, limit: int, *, newest: bool
    ) -> list[ReceiptNow]:
        """Receipts with these values, newest or oldest first, at most ``limit``, after that place."""
        named = {"agency" if name == "reported_by" else f"receipt.{name}": value for name, value in among.items()}
        where: dict[str, Any] = named
        if after is not None:
            at, last = after
            beyond = "$lt" if newest else "$gt"
            where["$or"] = [{"at": {beyond: at}}, {"at": at, "_id": {beyond: last}}]
        sort = ("-at", "-_id") if newest else ("at", "_id")
        docs = await self._documents.find(where, sort=sort, limit=limit)
        return await self._now([Receipt.model_validate(doc["receipt"]) for doc in docs])

    async def place_of(self, receipt_id: str, agency: str | None) -> tuple[str, str] | None:
        """Where a receipt stands among an agency's, or among all; None where there is none of that id."""
        doc = await self._documents.get(receipt_id)
        return (doc["at"], doc["_id"]) if doc and agency in (None, doc["agency"]) else None

    async def receipt(self, receipt_id: str) -> ReceiptNow | None:
        """A receipt as it stands now, or None."""
        found = await self.find(receipt_id)
        return (await self._now([found[0]]))[0] if found else None

    async def taken_back(self, receipt_id: str) -> Receipt | None:
        """The receipt by which a report was taken back, or None."""
        found = await self.find(withdrawal_id(receipt_id))
        return found[0] if found else None

    async def _now(self, receipts: Sequence[Receipt]) -> list[ReceiptNow]:
        ids = {receipt.id: withdrawal_id(receipt.id) for receipt in receipts}
        taken = await self._documents.get_many(ids.values())
        told = [(receipt, taken.get(ids[receipt.id])) for receipt in receipts]
        return [
            ReceiptNow(**receipt.model_dump(), taken_back=doc["receipt"]["takes_back"] if doc else None)
            for receipt, doc in told
        ]

    async def ledger(self, ledger_id: str) -> Ledger:
        """The reports accepted so far under a ledger."""
        last = ["version", "receipt", "covered"]
        docs = await self._documents.find(_slots(ledger_id), sort="-version", limit=1, only=last)
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
        """The receipts of a ledger's reports and taking backs, first version first."""
        docs = await self._documents.find(_slots(ledger_id), sort="version")
        return [Receipt.model_validate(doc["receipt"]) for doc in docs]

    async def history(self, ledger_id: str, before: int | None = None) -> list[LedgerEntry]:
        """A ledger's reports and taking backs, first version first; those before a version, where one is named."""
        where: dict[str, Any] = _slots(ledger_id) | ({"version": {"$lt": before}} if before is not None else {})
        return [await self._version(doc) for doc in await self._documents.find(where, sort="version")]

    async def _version(self, doc: Document) -> LedgerEntry:
        """An accepted document with what it was judged by."""
        if (recent := self._recent.pop(doc["_id"], None)) is not None:
            return recent
        receipt = Receipt.model_validate(doc["receipt"])
        assert receipt.plan is not None
        if not self._references.knows(receipt.plan, doc["register_version"]):
            await self._references.refresh()  # another replica took the report
        register = self._references.register(self._province, doc["register_version"])
        report = None if receipt.takes_back else _REPORT.validate_json(doc["body"])
        return LedgerEntry(receipt, report, IntakeContext(self._references.plan(receipt.plan), register))

    async def keep_withdrawal(
        self, ledger_id: str, receipt: Receipt, ledger: Ledger, context: IntakeContext, *, answer: bool
    ) -> None:
        """Write that a report is taken back. Raises ``VersionConflict`` where it is already, or its version is taken."""
        await self._documents.insert(
            {
                "_id": receipt.id,
                "slot": f"{ledger_id}#{receipt.version}",
                "agency": receipt.reported_by,
                "at": _instant(receipt.received_at),
                "digest": "",
                "deliveries": [],
                "body": "",
                "receipt": receipt.model_dump(mode="json"),
                "register_version": context.register.version,
                "ledger": ledger_id,
                "version": receipt.version,
                "covered": " ".join(sorted(ledger.covered)),
                "unsent": ["receipt", "results", *([ANSWER] if answer else [])],
            }
        )

    async def keep(self, decided: Sequence[IntakeOutcome]) -> int:
        """Write decided reports in order, each only where all before it were written; how many were.

        The id or the version of the one after them, if any, is taken meanwhile.
        """
        docs = [self._document(each) for each in decided]
        written = await self._documents.insert_in_order(docs)
        for each in decided[:written]:
            if isinstance(each.outcome, Taken) and each.draft.context:
                receipt = each.outcome.receipt
                self._recent[receipt.id] = LedgerEntry(receipt, each.outcome.report, each.draft.context)
        while len(self._recent) > _MAX_RECENT:
            del self._recent[next(iter(self._recent))]
        self._handover.just_written(self._documents, docs[:written])
        return written

    def _document(self, decided: IntakeOutcome) -> Document:
        """A decided report with all that follows from it."""
        draft, outcome = decided.draft, decided.outcome
        sent, context, receipt = draft.submission, draft.context, outcome.receipt
        doc: Document = {
            "_id": receipt.id,
            "slot": receipt.id,
            "agency": receipt.reported_by,
            "at": _instant(receipt.received_at),
            "digest": sent.digest,
            "deliveries": [sent.delivery],
            "body": sent.text,
            "receipt": receipt.model_dump(mode="json"),
            "register_version": context.register.version if context else None,
            "unsent": ["receipt", *(["results"] if isinstance(outcome, Taken) else [])],
        }
        if isinstance(outcome, Taken):
            doc |= {
                "slot": f"{draft.ledger}#{receipt.version}",
                "ledger": draft.ledger,
                "version": receipt.version,
                "covered": " ".join(sorted(outcome.ledger.covered)),
            }
        if sent.answer:
            doc["unsent"].append(ANSWER)
        return doc

    async def add_delivery(self, receipt_id: str, delivery: str, *, answer: bool) -> bool:
        """Note another delivery of a report that is here already; False where that delivery was noted before."""
        return await self._documents.add_to_set(receipt_id, "deliveries", delivery, unsent=[ANSWER] if answer else [])

    async def delivered(self, receipt_id: str, delivery: str) -> bool:
        """Whether a delivery of a report was noted."""
        doc = await self._documents.get(receipt_id)
        return doc is not None and delivery in doc["deliveries"]

    async def counts(self) -> dict[str, int]:
        """Reports accepted, returned, and delivered once more."""
        repeated = await self._documents.find({"deliveries.1": {"$exists": True}})
        return {
            "accepted": await self._documents.count({"receipt.status": "accepted", "receipt.takes_back": None}),
            "taken_back": await self._documents.count({"receipt.takes_back": {"$ne": None}}),
            "returned": await self._documents.count({"receipt.status": "returned"}),
            "duplicate": sum(len(doc["deliveries"]) - 1 for doc in repeated),
        }

    def _everything(self, doc: Document) -> Iterable[str]:
        return ["receipt", "results"] if doc["receipt"]["status"] == "accepted" else ["receipt"]

    async def _render(self, doc: Document) -> list[Outgoing]:
        receipt = Receipt.model_validate(doc["receipt"])
        key = movement_key(self._province, receipt.movement or "-")
        said: list[Outgoing] = []
        if "receipt" in doc["unsent"]:
            issued = ReceiptIssued(
                id=derived("receipt issued", receipt.id),
                source=SOURCE,
                time=receipt.received_at,
                subject=key,
                data=receipt,
            )
            said.append(Outgoing(RECEIPTS.name, key.encode(), issued.encode()))
        if "results" in doc["unsent"] and receipt.plan is not None:
            said += [Outgoing(RESULTS.name, key.encode(), event.encode()) for event in await self._results(doc)]
        if ANSWER in doc["unsent"]:
            answered = ReportAnswered(
                id=derived("answer", receipt.id),
                source=SOURCE,
                time=receipt.received_at,
                subject=receipt.report,
                data=receipt,
            )
            said.append(Outgoing(OUTBOX.of(receipt.reported_by), receipt.report.encode(), answered.encode()))
        return said

    async def _results(self, doc: Document) -> list[ResultsReported]:
        version = await self._version(doc)
        if version.report is None:
            history = await self.history(doc["ledger"], before=doc["version"])
            return withdrawal.results(version.receipt, history, SOURCE)
        return rules.results(Taken(version.receipt, version.report, Ledger()), version.context, SOURCE)


def _slots(ledger_id: str) -> dict[str, Any]:
    """Where the reports and taking backs of a ledger are found: their slots begin with it."""
    return {"slot": {"$gt": f"{ledger_id}#", "$lt": f"{ledger_id}$"}}  # "$" comes after "#", and in no ledger's key


def _units(covered: str | list[str]) -> frozenset[str]:
    """The codes of units that were written as one text, or one by one as the first release did."""
    return frozenset(covered.split() if isinstance(covered, str) else covered)


def _instant(at: datetime) -> str:
    """An instant in UTC that sorts as text; the database keeps milliseconds only."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
