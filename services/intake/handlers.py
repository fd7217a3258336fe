"""Load, decide, save: the door's one way in, for the inbox topics and for HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.intake import limits, reading, rules
from services.intake.extensions import Extensions
from services.intake.heads import Heads
from services.intake.state import NO_MORE_TIME, Decided, Draft, Ledger, Submission, Taken, Terms, ledger_key
from services.intake.store import Reports
from services.intake.taking_back import Asked, forbidden, gone_already, not_a_report, take_back
from shared.contracts.intake import ReportReceived
from shared.contracts.model import AnyEvent, local
from shared.contracts.receipts import Problem, Receipt
from shared.contracts.topics import agency_of
from shared.plans.authority import account_of, is_reporter
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Stale
from shared.runtime.records import Heard, Refused
from shared.runtime.references import References
from shared.runtime.together import Together

_AT_ONCE = 64
"""Reports written together at most."""


async def terms_of(references: References, province: str, movement: str) -> Terms | None:
    """What a movement's reports are judged by, or None where no plan of it is in force."""
    plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
    if plan is None or register is None:
        await references.refresh()  # another replica may have taken the plan
        plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
    return Terms(plan, register) if plan and register else None


class Door:
    """Takes a report from an agency, whichever way it came, and answers with its receipt."""

    def __init__(
        self,
        reports: Reports,
        extensions: Extensions,
        references: References,
        clock: Clock,
        metrics: Metrics,
        province: str,
    ) -> None:
        self._reports = reports
        self._extensions = extensions
        self._references = references
        self._clock = clock
        self._metrics = metrics
        self._province = province
        self._heads = Heads(reports)
        self._judged_by: dict[str, Terms] = {}
        self._together = Together(self._take, _AT_ONCE, TRANSIENT_DATABASE_ERRORS)
        self.nudge: Callable[[], None] = lambda: None

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

    async def _take(self, drafts: Sequence[Draft]) -> list[Receipt | None]:
        """Take or return reports that have come meanwhile; None for one that is to be looked at once more.

        Those that are new are written together in the order they came, each decided on those before it.
        """
        first: dict[str, Draft] = {}
        for each in drafts:
            first.setdefault(rules.receipt_id(each.submission.agency, each.submission.report_id), each)
        ledgers = {draft.ledger for draft in first.values() if draft.ledger}
        known, (heads, just_read), more_time = await asyncio.gather(
            self._reports.known(first), self._heads.of(ledgers), self._extensions.more_time_for(ledgers)
        )
        found = await asyncio.gather(
            *(self._again(draft, known.get(receipt_id)) for receipt_id, draft in first.items())
        )
        answers = {
            draft.submission: each
            for draft, each in zip(first.values(), found, strict=True)
            if isinstance(each, Receipt)
        }
        now, decided = self._clock.now(), list[Decided]()
        for draft in (each for each in found if isinstance(each, Draft)):
            ledger = heads[draft.ledger] if draft.ledger else Ledger()
            outcome = rules.decide_on(draft, ledger, now, more_time.get(draft.ledger or "", NO_MORE_TIME))
            if draft.ledger and isinstance(outcome, Taken):
                heads[draft.ledger] = outcome.ledger
            elif draft.ledger and draft.ledger not in just_read:
                continue  # no slot that may be taken keeps a refusal from resting on what is no more
            decided.append(Decided(draft, outcome))
        self._heads.forget(ledgers)
        for written in decided[: await self._reports.keep(decided)]:
            answers[written.draft.submission] = written.outcome.receipt
            self._metrics.reports.labels(written.outcome.receipt.status).inc()
            self._heads.stands(written)
        return [answers.get(each.submission) for each in drafts]

    async def _draft(self, sent: Submission) -> Draft:
        """What can be read of a report."""
        report = sent.flaws or reading.read(sent.body, sent.text)
        if isinstance(report, Sequence):
            return Draft(sent, report)
        terms = await self._terms(report.movement)
        account = rules.account(report, sent.agency, terms)
        return Draft(sent, report, terms, rules.ledger_id(self._province, report, account) if terms else None)

    async def _again(self, draft: Draft, known: tuple[Receipt, str] | None) -> Receipt | Draft:
        """The receipt of a report that has come before; the draft where it is new, or used a number once more."""
        if known is None:
            return draft
        receipt, sent = known[0], draft.submission
        why = await self._why_not_again(known, sent.digest, sent.report_id, sent.delivery if sent.answer else None)
        if why is not None:
            returned = await self._reports.find(rules.receipt_id(sent.agency, sent.report_id, sent.digest))
            if returned is None:
                return Draft(sent, [why], used=True)
            receipt = returned[0]
        if await self._reports.heard_again(receipt.id, sent.delivery, answer=sent.answer):
            self._metrics.reports.labels("duplicate").inc()
        self.nudge()
        return receipt

    async def _why_not_again(
        self, known: tuple[Receipt, str], digest: str, report_id: str, delivery: str | None
    ) -> Problem | None:
        """Why a report id that has been used is not what is sent under it now. ``delivery`` is None over HTTP, where
        one cannot be told from the next; the same one read once more is no report sent again.
        """
        receipt, was = known
        if was != digest:
            return reading.reused(report_id)
        if delivery is not None and await self._reports.delivered(receipt.id, delivery):
            return None
        if receipt.status == "accepted" and await self._reports.taken_back(receipt.id):
            return reading.taken_back(report_id)
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

    async def take_back(self, receipt_id: str, asked: Asked) -> Receipt | Problem | None:
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
                self.nudge()
                return already if already.takes_back and already.takes_back.by == asked.by else gone_already(already)
            original, now = found[0], self._clock.now()
            terms = await self._terms(original.movement or "")
            if terms is None or original.account is None:
                return not_a_report(original)
            ledger_id = ledger_key(
                self._province,
                original.movement or "",
                original.obligation or "",
                original.account,
                original.period or "",
            )
            more_time = await self._extensions.more_time(ledger_id)
            if (problem := forbidden(original, asked, terms, more_time, now)) is not None:
                return problem
            receipt, ledger = take_back(original, await self._reports.history(ledger_id), asked, terms, now)
            answer = asked.by == "standing_office" and receipt.reported_by in self._references.reporters()
            try:
                await self._reports.keep_taking_back(ledger_id, receipt, ledger, terms, answer=answer)
            except Stale:
                continue
            self._metrics.reports.labels("taken_back").inc()
            self.nudge()
            return receipt

    async def _terms(self, movement: str) -> Terms | None:
        """What a movement's reports are judged by: the same object while it is the same plan and register."""
        terms = await terms_of(self._references, self._province, movement)
        if terms is None:
            return None
        lately = self._judged_by.get(movement)
        if lately is None or lately.plan is not terms.plan or lately.register is not terms.register:
            lately = self._judged_by[movement] = terms
        return lately


class Inbox:
    """Reports on the agencies' inbox topics: the topic is the sender."""

    def __init__(self, door: Door, references: References, meet: Callable[[str], Awaitable[None]]) -> None:
        self._door = door
        self._references = references
        self._meet = meet

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Reports wait for nothing: one about an unknown movement is answered so."""
        return True

    async def apply(self, heard: Sequence[Heard]) -> list[Refused]:
        """Submit each report; every one is answered, also to an agency no plan knows; none is refused."""
        for each in heard:
            if isinstance(each.event, ReportReceived):
                agency = agency_of(each.record.topic)
                await self._meet(agency)
                flaws = limits.flaws(each.event.id, each.record.value or b"")
                body = limits.tidied(each.event.data)
                await self._door.submit(agency, each.event.id, body, each.record.place, answer=True, flaws=flaws)
        return []
