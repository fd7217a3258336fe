"""Load, decide, save: apply consumed events and keep agendas current; for what people record see ``acts``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.council import rules
from services.council.acts import retry_on_conflict
from services.council.changes import AwardFindings, AwardKey
from services.council.comparing import comparison_with, latest_findings
from services.council.state import Numbers, ProvinceFacts, SessionContext
from services.council.store import CouncilStore
from shared.contracts.model import AnyEvent, local, movement_key
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.contracts.scoring import EligibilityChanged, EligibilitySummarised
from shared.plans.duties import duty_id
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.http.problems import Refusal
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.references import References

EligibilityEvent = EligibilityChanged | EligibilitySummarised


class Council:
    """Assembles agendas from what was consumed and recorded."""

    def __init__(
        self, store: CouncilStore, references: References, clock: Clock, metrics: Metrics, handover: Handover
    ) -> None:
        self._store = store
        self._references = references
        self._clock = clock
        self._metrics = metrics
        self._wake = handover.wake

    async def refresh(self) -> None:
        """Reload plans and units from the database."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan that an event names is loaded."""
        if isinstance(event, ReceiptIssued) and event.data.plan is not None:
            return self._references.knows_plan(event.data.plan)
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Store what the events state, each document written once, then assemble the agendas. Refuses no record."""
        events = [record.event for record in decoded]
        await self._references.apply(events)
        await self._apply_receipts(event.data for event in events if isinstance(event, ReceiptIssued))
        await self._apply_nominations(event.data for event in events if isinstance(event, NominationRecorded))
        await self._apply_eligibility(event for event in events if isinstance(event, EligibilityEvent))
        await self.assemble(self._clock.now())
        return []

    async def _apply_receipts(self, receipts: Iterable[Receipt]) -> None:
        by_movement: dict[str, list[tuple[str, Receipt]]] = defaultdict(list)
        for receipt in receipts:
            if receipt.status != "accepted" or receipt.plan is None or receipt.movement is None:
                continue
            obligation = self._references.plan(receipt.plan).obligation.get(receipt.obligation or "")
            if obligation is not None:
                duty = duty_id(obligation, receipt.period or "")
                by_movement[movement_key(receipt.plan.province, receipt.movement)].append((duty, receipt))
        for key, receipts_by_duty in by_movement.items():
            await self._store.apply_receipts(key, receipts_by_duty)

    async def _apply_nominations(self, nominations: Iterable[Nomination]) -> None:
        by_movement: dict[str, list[Nomination]] = defaultdict(list)
        for nomination in nominations:
            by_movement[movement_key(nomination.plan.province, nomination.movement)].append(nomination)
        for key, of_movement in by_movement.items():
            await self._store.apply_nominations(key, of_movement)

    async def _apply_eligibility(self, events: Iterable[EligibilityEvent]) -> None:
        latest: dict[str, EligibilityEvent] = {}
        for event in events:
            previous = latest.get(event.subject)
            if previous is None or (previous.time, previous.data.version) < (event.time, event.data.version):
                latest[event.subject] = event
        for event in latest.values():
            key = movement_key(event.data.plan.province, event.data.movement)
            if isinstance(event, EligibilityChanged):
                await self._store.apply_page(key, event.data, event.time)
            else:
                await self._store.apply_summary(key, event.data, event.time)

    async def tick(self, now: datetime) -> None:
        """Bring agendas up to date with ``now``, and with plans that another replica has consumed."""
        await self._references.refresh()
        await self.assemble(now)

    async def assemble(self, now: datetime) -> None:
        """Bring the agenda of every session up to date. Repeating it changes nothing."""
        plans = self._references.newest_plans()
        for province in sorted({plan.province for plan in plans if plan.sessions}):
            if (facts := await self._facts(province)) is not None:
                for plan in (p for p in plans if p.province == province):
                    for session in plan.sessions:
                        await self._assemble(session, plan, facts, now)

    async def _facts(self, province: str) -> ProvinceFacts | None:
        """What was consumed about a province's movements; None while its units are unknown."""
        register = self._references.newest_register(province)
        if register is None:
            return None
        plans = [plan for plan in self._references.newest_plans() if plan.province == province and plan.movement]
        movements = [plan.movement.id for plan in plans if plan.movement]
        return ProvinceFacts(
            plans=plans,
            complete=frozenset().union(*[await self._store.complete_reports(province, m) for m in movements]),
            lists={movement: await self._store.lists(province, movement) for movement in movements},
            nominations={movement: await self._store.nominations(province, movement) for movement in movements},
            register=register,
        )

    async def _assemble(
        self, session: Session, plan: Plan, facts: ProvinceFacts, now: datetime, *, freeze: bool = False
    ) -> None:
        session_id = f"{plan.province}/{plan.id}/{session.id}"
        stored = await self._store.session(session_id)
        fixed_at = stored.agenda.frozen_at if stored else None
        was_frozen = stored is not None and stored.frozen
        status = rules.status(session, plan, now, frozen=was_frozen or freeze or fixed_at is not None)
        acted_units, findings = frozenset[str](), dict[AwardKey, AwardFindings]()
        if fixed_at is not None or status in ("frozen", "closed"):
            findings = await latest_findings(self._store, session, facts)
        if fixed_at is not None:
            acted_units = acted_units.union(
                *[await self._acted_since(plan.province, movement, fixed_at) for movement in session.movements]
            )
        comparison = comparison_with(stored, findings, facts)
        context = SessionContext(session, plan, facts, local(now).date(), acted_units, findings, comparison, now)
        numbers = stored.numbers if stored else Numbers()
        was_draft = stored is None or stored.agenda.status == "draft"
        if status == "draft" or (status == "frozen" and was_draft):
            items, numbers = rules.assemble(context, numbers)
        elif stored is None:
            items, numbers = rules.assemble_historical(context, numbers)
        else:
            items = list(stored.agenda.items)
            if status != "historical":
                items, numbers = rules.refresh_frozen(items, context, numbers, supplement=status == "frozen")
        revised = rules.revise(session_id, stored, context, status, items, numbers, now)
        if revised is not None:
            await self._store.save_session(revised)
        self._metrics.agenda_items.labels(plan.id, session.id).set(len(items))

    async def _acted_since(self, province: str, movement: str, since: datetime) -> set[str]:
        """The units the council has judged or decided about since an instant."""
        judgements = (await self._store.stored_judgements(province, movement)).by_key.values()
        decisions = (await self._store.stored_decisions(province, movement)).by_key.values()
        acts = [(judgement.unit, judgement.at) for judgement in judgements]
        acts += [(decision.unit, decision.at) for decision in decisions if decision.unit]
        return {unit for unit, at in acts if at >= since}

    async def freeze(self, province: str, plan_id: str, session_id: str) -> None:
        """Fix a session's agenda as it is now. An agenda that is already fixed, or over, stays as it is.

        Raises ``Refusal`` (404) when there is no such session.
        """
        sessions = ((p, s) for p in self._references.newest_plans() if p.province == province for s in p.sessions)
        plan, session = next(((p, s) for p, s in sessions if (p.id, s.id) == (plan_id, session_id)), (None, None))

        async def assemble_frozen() -> None:
            facts = await self._facts(province)
            if plan is None or session is None or facts is None:
                raise Refusal(404, "no_session", "Không có phiên họp này.")
            await self._assemble(session, plan, facts, self._clock.now(), freeze=True)

        await retry_on_conflict(assemble_frozen, self._wake)
