"""Load, decide, save: the door's one way in, for the inbox topics and for HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.intake import limits, reading, rules
from services.intake.extensions import Extensions
from services.intake.state import Ledger, Outcome, Terms, ledger_key
from services.intake.store import Reports
from services.intake.taking_back import Asked, forbidden, gone_already, not_a_report, take_back
from shared.contracts.intake import ReportReceived
from shared.contracts.model import AnyEvent, local
from shared.contracts.receipts import Problem, Receipt
from shared.contracts.topics import agency_of
from shared.plans.authority import account_of, is_reporter
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Stale
from shared.runtime.records import Heard, Refused
from shared.runtime.references import References


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
        """Take or return a report: its receipt, the same one where it had come before.

        ``delivery`` names this one delivery, so that the same delivery read twice is not counted as a second;
        ``answer`` has the receipt said on the agency's outbox topic. The receipt is durable when this returns.
        ``flaws`` are what kept the body from being read as it was written; it is returned with them.
        """
        body = limits.tidied(body)
        said = json.dumps(body, sort_keys=True, ensure_ascii=False) + "".join(flaw.code for flaw in flaws)
        digest = hashlib.sha256(said.encode()).hexdigest()
        while True:
            receipt_id = rules.receipt_id(agency, report_id)
            known = await self._reports.find(receipt_id)
            why = await self._why_not_again(known, digest, report_id, delivery if answer else None)
            if why is not None:
                receipt_id = rules.receipt_id(agency, report_id, digest)
                known = await self._reports.find(receipt_id)
            if known is not None:
                if await self._reports.heard_again(receipt_id, delivery, answer=answer):
                    self._metrics.reports.labels("duplicate").inc()
                self.nudge()
                return known[0]
            outcome, terms = await self._decide(agency, report_id, body, flaws, why, digest)
            try:
                await self._reports.keep(outcome, body, digest, delivery, answer=answer, terms=terms)
            except Stale:
                continue
            self._metrics.reports.labels(outcome.receipt.status).inc()
            self.nudge()
            return outcome.receipt

    async def _why_not_again(
        self, known: tuple[Receipt, str] | None, digest: str, report_id: str, delivery: str | None
    ) -> Problem | None:
        """Why a report id that has been used is not what is sent under it now. ``delivery`` is None over HTTP, where
        one cannot be told from the next; the same one read once more is no report sent again.
        """
        if known is None:
            return None
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
        return await terms_of(self._references, self._province, movement)

    async def _decide(
        self,
        agency: str,
        report_id: str,
        body: dict[str, Any],
        flaws: Sequence[Problem],
        why_not: Problem | None,
        digest: str,
    ) -> tuple[Outcome, Terms | None]:
        now = self._clock.now()
        if why_not is not None:
            return rules.returned(report_id, agency, [why_not], now, digest=digest), None
        report = list(flaws) or reading.read(body)
        if isinstance(report, list):
            return rules.returned(report_id, agency, report, now), None
        terms = await self._terms(report.movement)
        account = rules.account(report, agency, terms)
        if terms is None:
            return rules.decide(report, report_id, agency, terms, Ledger(), now), terms
        ledger_id = rules.ledger_id(self._province, report, account)
        ledger, more_time = await self._reports.ledger(ledger_id), await self._extensions.more_time(ledger_id)
        return rules.decide(report, report_id, agency, terms, ledger, now, more_time), terms


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
                await self._door.submit(
                    agency, each.event.id, each.event.data, each.record.place, answer=True, flaws=flaws
                )
        return []
