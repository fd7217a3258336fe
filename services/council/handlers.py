"""Load, decide, save: apply consumed events, record the council's judgements and decisions, keep agendas current."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from services.council import decision_rules, rules
from services.council.session_handlers import Sessions
from services.council.state import DecisionContext, nominations_by_award
from services.council.store import CouncilStore
from shared.contracts.council import DecisionGiven, JudgementGiven
from shared.contracts.model import AnyEvent, movement_key
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.contracts.scoring import EligibilityChanged, EligibilitySummarised
from shared.contracts.units import UnitRegister
from shared.plans.duties import duty_id
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.http.problems import Refusal
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import VersionConflict
from shared.runtime.references import References

EligibilityEvent = EligibilityChanged | EligibilitySummarised


class Council:
    """Records the council's judgements and decisions; ``sessions`` keeps its sessions and their agendas."""

    def __init__(
        self, store: CouncilStore, references: References, clock: Clock, metrics: Metrics, handover: Handover
    ) -> None:
        self._store = store
        self._references = references
        self._clock = clock
        self._wake = handover.wake
        self.sessions = Sessions(store, references, clock, metrics, self._retry_on_conflict)

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
        await self.sessions.assemble(self._clock.now())
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
        await self.sessions.assemble(now)

    async def judge(self, province: str, movement: str, given: Sequence[JudgementGiven]) -> None:
        """Record the council's judgements, all or none. Raises ``Refusal`` naming those that cannot be made."""
        plan, register = self.plan_and_units(province, movement)
        details = {i: text for i, new in enumerate(given) if (text := rules.judgement_problem(new, plan, register))}
        if details:
            problems = [{"pointer": f"/{i}", "detail": text} for i, text in details.items()]
            raise Refusal(422, "unjudgeable", next(iter(details.values())), problems=problems)

        async def judge_and_save() -> None:
            stored = await self._store.stored_judgements(province, movement)
            judgements = rules.judge(given, stored.by_key, plan, register, movement, self._clock.now())
            await self._store.save_judgements(stored, judgements)

        await self._retry_on_conflict(judge_and_save)

    async def decide(self, province: str, movement: str, given: Sequence[DecisionGiven]) -> None:
        """Record decisions about a movement's awards, all or none.

        Raises ``Refusal`` naming those that cannot be made.
        """
        plan, register = self.plan_and_units(province, movement)
        plans = [p for p in self._references.newest_plans() if p.province == province]

        async def decide_and_save() -> None:
            nominations = (await self.nominations(province))[movement]
            stored = await self._store.stored_decisions(province, movement)
            context = DecisionContext(
                plan=plan,
                register=register,
                computed=await self._store.computed(plan, movement, register),
                nominations={award: {n.id: n for n in of_award} for award, of_award in nominations.items()},
                sessions=frozenset(session.id for p in plans for session in p.sessions),
                standing=stored.by_key,
            )
            decisions, wrong = decision_rules.decide(given, context, self._clock.now())
            if wrong:
                problems = [{"pointer": w.pointer, "code": w.code, "detail": w.detail} for w in wrong]
                raise Refusal(422, wrong[0].code, wrong[0].detail, problems=problems)
            await self._store.save_decisions(stored, decisions)

        await self._retry_on_conflict(decide_and_save)

    async def nominations(self, province: str) -> dict[str, dict[str, list[Nomination]]]:
        """The nominations of a province by movement and award, including withdrawn ones."""
        plans = [plan for plan in self._references.newest_plans() if plan.province == province]
        movements = [plan.movement.id for plan in plans if plan.movement]
        by_movement = {movement: await self._store.nominations(province, movement) for movement in movements}
        return {movement: nominations_by_award(movement, plans, by_movement) for movement in movements}

    def plan_and_units(self, province: str, movement: str) -> tuple[Plan, UnitRegister]:
        """The newest plan of a movement and the newest register. Raises ``Refusal`` with 404 if there is none."""
        plan = self._references.plan_of_movement(province, movement)
        register = self._references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return plan, register

    async def _retry_on_conflict(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Decide and write, repeated while another writer comes first; then wake the outbox."""
        while True:
            try:
                await attempt()
                break
            except VersionConflict:
                continue
        self._wake()
