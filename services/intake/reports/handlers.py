"""Load, decide, save: the door's one way in, for the inbox topics and for HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.intake.context import (
    NO_EXTENSION,
    IntakeContext,
    IntakeOutcome,
    Ledger,
    ParsedReport,
    Submission,
    Taken,
    ledger_key,
)
from services.intake.extensions.store import Extensions
from services.intake.reports import parsing, rules
from services.intake.reports.ledger_cache import LedgerCache
from services.intake.reports.store import Reports
from services.intake.reports.withdrawal import WithdrawalRequest, forbidden, gone_already, not_a_report, withdraw
from services.intake.web import strict_json
from shared.contracts.intake import ReportReceived
from shared.contracts.model import AnyEvent, local
from shared.contracts.receipts import Problem, Receipt
from shared.contracts.topics import agency_of
from shared.plans.authority import account_of, is_reporter
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, VersionConflict
from shared.runtime.references import References
from shared.runtime.request_batcher import RequestBatcher

_AT_ONCE = 64
"""Reports written together at most."""


class ReportIntake:
    """Takes a report from an agency, whichever way it came, and answers with its receipt."""

    def __init__(
        self,
        reports: Reports,
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
        self._judged_by: dict[str, IntakeContext] = {}
        self._together = RequestBatcher(self._take, _AT_ONCE, TRANSIENT_DATABASE_ERRORS)
        self._wake = handover.wake

    async def submit(
        self,
        agency: str,
        report_id: str,
        body: dict[str, Any],
        delivery: str,
        *,
        answer: bool,
        flaws: Sequence[Problem] = (),
    ) -> Receipt:
        """Take or return a report, its text tidied: its receipt, the same one where it had come before.

        The receipt is durable when this returns. See ``Submission`` for what is told of a report.
        """
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256((text + "".join(flaw.code for flaw in flaws)).encode()).hexdigest()
        sent = Submission(agency, report_id, body, text, digest, delivery, answer=answer, flaws=tuple(flaws))
        return await self._together(await self._draft(sent))  # read while those before it are being written

    async def _take(self, drafts: Sequence[ParsedReport]) -> list[Receipt | None]:
        """Take or return reports that have come meanwhile; None for one that is to be looked at once more.

        Those that are new are written together in the order they came, each decided on those before it.
        """
        first: dict[str, ParsedReport] = {}
        for each in drafts:
            first.setdefault(rules.receipt_id(each.submission.agency, each.submission.report_id), each)
        ledgers = {draft.ledger for draft in first.values() if draft.ledger}
        known, (latest, just_read), granted_extension = await asyncio.gather(
            self._reports.known(first), self._ledger_cache.of(ledgers), self._extensions.granted_extensions(ledgers)
        )
        found = await asyncio.gather(
            *(self._again(draft, known.get(receipt_id)) for receipt_id, draft in first.items())
        )
        answers = {
            draft.submission: each
            for draft, each in zip(first.values(), found, strict=True)
            if isinstance(each, Receipt)
        }
        now, decided = self._clock.now(), list[IntakeOutcome]()
        for draft in (each for each in found if isinstance(each, ParsedReport)):
            ledger = latest[draft.ledger] if draft.ledger else Ledger()
            outcome = rules.decide_on(draft, ledger, now, granted_extension.get(draft.ledger or "", NO_EXTENSION))
            if draft.ledger and isinstance(outcome, Taken):
                latest[draft.ledger] = outcome.ledger
            elif draft.ledger and draft.ledger not in just_read:
                continue  # no slot that may be taken keeps a refusal from resting on what is no more
            decided.append(IntakeOutcome(draft, outcome))
        self._ledger_cache.forget(ledgers)
        for written in decided[: await self._reports.keep(decided)]:
            answers[written.draft.submission] = written.outcome.receipt
            self._metrics.reports.labels(written.outcome.receipt.status).inc()
            self._ledger_cache.stands(written)
        return [answers.get(each.submission) for each in drafts]

    async def _draft(self, sent: Submission) -> ParsedReport:
        """What can be read of a report."""
        report = sent.flaws or parsing.read(sent.body, sent.text)
        if isinstance(report, Sequence):
            return ParsedReport(sent, report)
        context = await self._context(report.movement)
        account = rules.account(report, sent.agency, context)
        return ParsedReport(
            sent, report, context, rules.ledger_id(self._province, report, account) if context else None
        )

    async def _again(self, draft: ParsedReport, known: tuple[Receipt, str] | None) -> Receipt | ParsedReport:
        """The receipt of a report that has come before; the draft where it is new, or used a number once more."""
        if known is None:
            return draft
        receipt, sent = known[0], draft.submission
        why = await self._why_not_again(known, sent.digest, sent.report_id, sent.delivery if sent.answer else None)
        if why is not None:
            returned = await self._reports.find(rules.receipt_id(sent.agency, sent.report_id, sent.digest))
            if returned is None:
                return ParsedReport(sent, [why], used=True)
            receipt = returned[0]
        if await self._reports.add_delivery(receipt.id, sent.delivery, answer=sent.answer):
            self._metrics.reports.labels("duplicate").inc()
        self._wake()
        return receipt

    async def _why_not_again(
        self, known: tuple[Receipt, str], digest: str, report_id: str, delivery: str | None
    ) -> Problem | None:
        """Why a report id that has been used is not what is sent under it now. ``delivery`` is None over HTTP, where
        one cannot be told from the next; the same one read once more is no report sent again.
        """
        receipt, was = known
        if was != digest:
            return parsing.reused(report_id)
        if delivery is not None and await self._reports.delivered(receipt.id, delivery):
            return None
        if receipt.status == "accepted" and await self._reports.taken_back(receipt.id):
            return parsing.taken_back(report_id)
        return None

    def concerns(self, receipt: Receipt, agency: str) -> bool:
        """Whether a receipt is an agency's matter: it reported, or holds the role that owes it today."""
        if receipt.reported_by == agency:
            return True
        plan = self._references.plan_of_movement(self._province, receipt.movement or "")
        register = self._references.newest_register(self._province)
        obligation = plan.obligation.get(receipt.obligation or "") if plan else None
        if plan is None or register is None or obligation is None:
            return False
        holds = is_reporter(plan, obligation, register, agency, local(self._clock.now()).date())
        return holds and account_of(obligation, agency) == receipt.account

    async def withdraw(self, receipt_id: str, asked: WithdrawalRequest) -> Receipt | Problem | None:
        """Take a report back: its receipt, the same one again where it was; None where no report has that receipt.

        Durable when this returns. What the standing office returns is also said on the agency's outbox topic.
        """
        while True:
            found = await self._reports.find(receipt_id)
            if found is None:
                return None
            if asked.by == "agency" and not self.concerns(found[0], asked.who):
                return None
            if (already := await self._reports.taken_back(receipt_id)) is not None:
                self._wake()
                return already if already.takes_back and already.takes_back.by == asked.by else gone_already(already)
            original, now = found[0], self._clock.now()
            context = await self._context(original.movement or "")
            if context is None or original.account is None:
                return not_a_report(original)
            ledger_id = ledger_key(
                self._province,
                original.movement or "",
                original.obligation or "",
                original.account,
                original.period or "",
            )
            granted_extension = await self._extensions.granted_extension(ledger_id)
            if (problem := forbidden(original, asked, context, granted_extension, now)) is not None:
                return problem
            receipt, ledger = withdraw(original, await self._reports.history(ledger_id), asked, context, now)
            answer = asked.by == "standing_office" and receipt.reported_by in self._references.reporters()
            try:
                await self._reports.keep_withdrawal(ledger_id, receipt, ledger, context, answer=answer)
            except VersionConflict:
                continue
            self._metrics.reports.labels("taken_back").inc()
            self._wake()
            return receipt

    async def _context(self, movement: str) -> IntakeContext | None:
        """What a movement's reports are judged by: the same object while it is the same plan and register."""
        in_force = await self._references.refreshed_plan_and_register(self._province, movement)
        if in_force is None:
            return None
        context = IntakeContext(*in_force)
        recent = self._judged_by.get(movement)
        if recent is None or recent.plan is not context.plan or recent.register is not context.register:
            recent = self._judged_by[movement] = context
        return recent


class Inbox:
    """Reports on the agencies' inbox topics: the topic is the sender."""

    def __init__(
        self, intake: ReportIntake, references: References, ensure_topics: Callable[[str], Awaitable[None]]
    ) -> None:
        self._intake = intake
        self._references = references
        self._ensure_topics = ensure_topics

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Reports wait for nothing: one about an unknown movement is answered so."""
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Submit each report; every one is answered, also to an agency no plan knows; none is refused."""
        for each in decoded:
            if isinstance(each.event, ReportReceived):
                agency = agency_of(each.record.topic)
                await self._ensure_topics(agency)
                flaws = strict_json.flaws(each.event.id, each.record.value or b"")
                body = strict_json.tidied(each.event.data)
                await self._intake.submit(agency, each.event.id, body, each.record.place, answer=True, flaws=flaws)
        return []
