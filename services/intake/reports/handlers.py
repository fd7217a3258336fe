"""Load, decide, save: the one handler of reports, for HTTP and for inbox topics."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.intake.context import NO_EXTENSION, Ledger, ledger_key
from services.intake.extensions.store import Extensions
from services.intake.reports import rules
from services.intake.reports.earlier_reports import Earlier, EarlierReports
from services.intake.reports.ledger_cache import LedgerCache
from services.intake.reports.report_reader import ReportReader, submission
from services.intake.reports.state import AcceptedReport, IntakeOutcome, ParsedReport
from services.intake.reports.store import ReportStore
from services.intake.reports.withdrawal import (
    WithdrawalRequest,
    already_withdrawn,
    not_a_report,
    withdraw,
    withdrawal_problem,
)
from shared.contracts.json_values import JsonObject
from shared.contracts.model import local
from shared.contracts.receipts import Problem, Receipt, ReceiptWarning
from shared.plans.authority import account_of, is_reporter
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, VersionConflict
from shared.runtime.references import References
from shared.runtime.request_batcher import RequestBatcher

_MAX_BATCH = 64
"""Reports stored in one write at most."""


class ReportIntake:
    """Accepts or returns an agency's report, from HTTP or an inbox topic, and answers with its receipt."""

    def __init__(
        self,
        reports: ReportStore,
        extensions: Extensions,
        references: References,
        clock: Clock,
        metrics: Metrics,
        province: str,
        handover: Handover,
    ) -> None:
        self._reports = reports
        self._extensions = extensions
        self._references = references
        self._clock = clock
        self._metrics = metrics
        self._province = province
        self._ledger_cache = LedgerCache(reports)
        self._reader = ReportReader(references, province)
        self._earlier = EarlierReports(reports)
        self._unanswered: frozenset[str] = frozenset()
        """The identities of the last batch's reports that have to be decided again."""
        self._batcher = RequestBatcher(self._decide_batch, _MAX_BATCH, TRANSIENT_DATABASE_ERRORS)
        self._wake = handover.wake

    async def submit(
        self,
        agency: str,
        key: str | None,
        body: JsonObject,
        delivery: str,
        *,
        answer: bool,
        flaws: Sequence[Problem] = (),
        warnings: Sequence[ReceiptWarning] = (),
    ) -> Receipt:
        """Accept or return a report, its text tidied; the receipt. A repeated report gets the receipt it had before.

        ``key`` is the inbox event's id or the HTTP header: the number of a body without one, and the answer's key. The
        receipt is durable when this returns. Raises ``NumberMissing``. For the other parameters see ``Submission``.
        """
        sent = submission(agency, key, body, delivery, answer=answer, flaws=flaws, warnings=warnings)
        return await self._batcher(await self._reader.parse(sent))  # parsed while the batch before it is being written

    async def _decide_batch(self, batch: Sequence[ParsedReport]) -> list[Receipt | None]:
        """The receipts of a batch of reports, in order; None for a report that has to be decided again.

        New reports are stored in one write, in the order they came, each decided on those before it. Of the reports
        under one number only the first is decided on, because the others may depend on it. Whether other content of
        the same paper was accepted is looked up only for those that cannot be stored, or would be returned.
        """
        first: dict[tuple[str, str], ParsedReport] = {}
        for parsed in batch:
            first.setdefault((parsed.submission.paper.agency, parsed.submission.paper.number), parsed)
        ledger_ids = {parsed.ledger_id for parsed in first.values() if parsed.ledger_id}
        earlier, (ledgers, just_read), extensions = await asyncio.gather(
            self._earlier.stored_before([parsed.submission for parsed in first.values()], self._unanswered),
            self._ledger_cache.get(ledger_ids),
            self._extensions.granted_extensions(ledger_ids),
        )
        checked = await asyncio.gather(*(self._receipt_or_report(parsed, earlier) for parsed in first.values()))
        receipts = {
            parsed.submission: result
            for parsed, result in zip(first.values(), checked, strict=True)
            if isinstance(result, Receipt)
        }
        now, outcomes = self._clock.now(), list[IntakeOutcome]()
        for parsed in (result for result in checked if isinstance(result, ParsedReport)):
            ledger = ledgers[parsed.ledger_id] if parsed.ledger_id else Ledger()
            extension = extensions.get(parsed.ledger_id or "", NO_EXTENSION)
            decision = rules.decide_parsed(parsed, ledger, now, extension)
            if parsed.ledger_id and isinstance(decision, AcceptedReport):
                ledgers[parsed.ledger_id] = decision.ledger
            elif parsed.conflict is None and (
                parsed.submission.identity not in earlier.looked_up
                or (parsed.ledger_id and parsed.ledger_id not in just_read)
            ):
                # A refusal claims neither version nor identity, so no unique index would catch what is not known here:
                # read the ledger and what was accepted of the same paper before refusing.
                continue
            outcomes.append(IntakeOutcome(parsed, decision))
        self._ledger_cache.forget(ledger_ids)
        for outcome in outcomes[: await self._reports.save(outcomes)]:
            receipts[outcome.parsed.submission] = outcome.decision.receipt
            self._count(outcome)
            self._ledger_cache.record(outcome)
        unanswered = (parsed.submission for parsed in batch if parsed.submission not in receipts)
        self._unanswered = frozenset(sent.identity for sent in unanswered)
        return [receipts.get(parsed.submission) for parsed in batch]

    def _count(self, outcome: IntakeOutcome) -> None:
        receipt = outcome.decision.receipt
        self._metrics.reports.labels(receipt.status).inc()
        if receipt.status != "returned":
            return
        plan = self._references.plan_of_movement(self._province, receipt.movement or "")
        if plan is not None and receipt.obligation in plan.obligation:  # never what somebody invented
            self._metrics.returned.labels(plan.id, receipt.obligation).inc()

    async def _receipt_or_report(self, parsed: ParsedReport, earlier: Earlier) -> Receipt | ParsedReport:
        """See ``EarlierReports``; that a report was delivered again is recorded."""
        result = await self._earlier.receipt_or_report(parsed, earlier)
        if isinstance(result, Receipt):
            sent = parsed.submission
            if await self._reports.add_delivery(result.id, sent.delivery, answer=sent.answer):
                self._metrics.reports.labels("duplicate").inc()
            self._wake()
        return result

    def concerns(self, receipt: Receipt, agency: str) -> bool:
        """Whether an agency may see a receipt: it sent the report, or it holds the role that owes the report today."""
        if receipt.reported_by == agency:
            return True
        plan = self._references.plan_of_movement(self._province, receipt.movement or "")
        register = self._references.newest_register(self._province)
        obligation = plan.obligation.get(receipt.obligation or "") if plan else None
        if plan is None or register is None or obligation is None:
            return False
        holds_role = is_reporter(plan, obligation, register, agency, local(self._clock.now()).date())
        return holds_role and account_of(obligation, agency) == receipt.account

    async def withdraw(self, receipt_id: str, request: WithdrawalRequest) -> Receipt | Problem | None:
        """Withdraw a report: the receipt of the withdrawal, the same one if it was withdrawn before by the same party.

        Returns the problem if it may not be withdrawn, and None if no report of that receipt concerns the caller.
        The withdrawal is durable when this returns. If the standing office returns a report, the receipt is also
        published on the agency's answer topic.
        """
        while True:
            stored = await self._reports.find(receipt_id)
            if stored is None:
                return None
            original = stored[0]
            if request.by == "agency" and not self.concerns(original, request.who):
                return None
            if (existing := await self._reports.withdrawal_of(receipt_id)) is not None:
                self._wake()
                same_party = existing.takes_back and existing.takes_back.by == request.by
                return existing if same_party else already_withdrawn(existing)
            now = self._clock.now()
            context = await self._reader.context(original.movement or "")
            if context is None or original.account is None:
                return not_a_report(original)
            ledger_id = ledger_key(
                self._province,
                original.movement or "",
                original.obligation or "",
                original.account,
                original.period or "",
            )
            extension = await self._extensions.granted_extension(ledger_id)
            if (problem := withdrawal_problem(original, request, context, extension, now)) is not None:
                return problem
            receipt, ledger = withdraw(original, await self._reports.history(ledger_id), request, context, now)
            answer = request.by == "standing_office" and receipt.reported_by in self._references.reporters()
            try:
                await self._reports.save_withdrawal(ledger_id, receipt, ledger, context, answer=answer)
            except VersionConflict:
                continue
            self._metrics.reports.labels("taken_back").inc()
            self._wake()
            return receipt

    def unknown_name(self, agency: str | None, movement: str | None, obligation: str | None) -> str | None:
        """The first of these names that neither the register nor any plan has; None if all are known."""
        register = self._references.newest_register(self._province)
        plans = [plan for plan in self._references.newest_plans() if plan.province == self._province and plan.movement]
        if agency is not None and (register is None or agency not in register.by_code):
            return agency
        if movement is not None and self._references.plan_of_movement(self._province, movement) is None:
            return movement
        if obligation is not None and not any(obligation in plan.obligation for plan in plans):
            return obligation
        return None
