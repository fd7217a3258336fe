"""Load, decide, save: the door's one way in, for the inbox topics and for HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.intake import checks, limits, rules
from services.intake.state import Ledger, Outcome, Terms
from services.intake.store import Reports
from shared.contracts.intake import Problem, Receipt, ReportReceived
from shared.contracts.model import Event
from shared.contracts.topics import agency_of
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Stale
from shared.runtime.records import Heard, Refused
from shared.runtime.references import References


class Door:
    """Takes a report from an agency, whichever way it came, and answers with its receipt."""

    def __init__(self, reports: Reports, references: References, clock: Clock, metrics: Metrics, province: str) -> None:
        self._reports = reports
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
            reused = known is not None and known[1] != digest
            if reused:
                receipt_id = rules.receipt_id(agency, report_id, digest)
                known = await self._reports.find(receipt_id)
            if known is not None:
                if await self._reports.heard_again(receipt_id, delivery, answer=answer):
                    self._metrics.reports.labels("duplicate").inc()
                self.nudge()
                return known[0]
            outcome, terms = await self._decide(agency, report_id, body, digest if reused else None, flaws)
            try:
                await self._reports.keep(outcome, body, digest, delivery, answer=answer, terms=terms)
            except Stale:
                continue
            self._metrics.reports.labels(outcome.receipt.status).inc()
            self.nudge()
            return outcome.receipt

    async def _decide(
        self, agency: str, report_id: str, body: dict[str, Any], reused_with: str | None, flaws: Sequence[Problem]
    ) -> tuple[Outcome, Terms | None]:
        now = self._clock.now()
        if reused_with is not None:
            return rules.returned(report_id, agency, [checks.reused(report_id)], now, digest=reused_with), None
        report = list(flaws) or checks.read(body)
        if isinstance(report, list):
            return rules.returned(report_id, agency, report, now), None
        plan = self._references.plan_of_movement(self._province, report.movement)
        if plan is None:
            await self._references.refresh()  # another replica may have taken the plan
            plan = self._references.plan_of_movement(self._province, report.movement)
        register = self._references.newest_register(self._province)
        terms = Terms(plan, register) if plan and register else None
        account = rules.account(report, agency, terms)
        ledger = await self._reports.ledger(rules.ledger_id(self._province, report, account)) if terms else Ledger()
        return rules.decide(report, report_id, agency, terms, ledger, now), terms


class Inbox:
    """Reports on the agencies' inbox topics: the topic is the sender."""

    def __init__(self, door: Door, references: References, meet: Callable[[str], Awaitable[None]]) -> None:
        self._door = door
        self._references = references
        self._meet = meet

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: Event) -> bool:
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
