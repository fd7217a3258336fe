"""Load, decide, save: hear what comes before the council, take its word, keep every session's agenda up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from services.council import decision_rules, rules
from services.council.state import DecisionContext, Numbers, ProvinceFacts, SessionContext, nominated_for
from services.council.store import CouncilStore
from shared.contracts.council import AgendaItem, DecisionGiven, JudgementGiven
from shared.contracts.model import AnyEvent, local, movement_key
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
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


class Council:
    """Assembles agendas and takes the council's judgements and decisions."""

    def __init__(
        self, store: CouncilStore, references: References, clock: Clock, metrics: Metrics, handover: Handover
    ) -> None:
        self._store = store
        self._references = references
        self._clock = clock
        self._metrics = metrics
        self._wake = handover.wake

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan an event names is at hand."""
        if isinstance(event, ReceiptIssued) and event.data.plan is not None:
            return self._references.knows_plan(event.data.plan)
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Keep what was heard, each document written once, then assemble again."""
        events = [each.event for each in decoded]
        await self._references.apply(events)
        await self._apply_receipts(event.data for event in events if isinstance(event, ReceiptIssued))
        await self._apply_nominations(event.data for event in events if isinstance(event, NominationRecorded))
        await self._apply_eligibility(e for e in events if isinstance(e, EligibilityChanged | EligibilitySummarised))
        await self.assemble(self._clock.now())
        return []

    async def _apply_receipts(self, receipts: Iterable[Receipt]) -> None:
        by_movement: dict[str, list[tuple[str, Receipt]]] = defaultdict(list)
        for each in receipts:
            if each.status != "accepted" or each.plan is None or each.movement is None:
                continue
            obligation = self._references.plan(each.plan).obligation.get(each.obligation or "")
            if obligation is not None:
                owed = duty_id(obligation, each.period or "")
                by_movement[movement_key(each.plan.province, each.movement)].append((owed, each))
        for movement, those in by_movement.items():
            await self._store.apply_receipts(movement, those)

    async def _apply_nominations(self, nominations: Iterable[Nomination]) -> None:
        by_movement: dict[str, list[Nomination]] = defaultdict(list)
        for each in nominations:
            by_movement[movement_key(each.plan.province, each.movement)].append(each)
        for movement, those in by_movement.items():
            await self._store.apply_nominations(movement, those)

    async def _apply_eligibility(self, said: Iterable[EligibilityChanged | EligibilitySummarised]) -> None:
        last: dict[str, EligibilityChanged | EligibilitySummarised] = {}
        for each in said:
            known = last.get(each.subject)
            if known is None or (known.time, known.data.version) < (each.time, each.data.version):
                last[each.subject] = each
        for each in last.values():
            movement = movement_key(each.data.plan.province, each.data.movement)
            if isinstance(each, EligibilityChanged):
                await self._store.apply_page(movement, each.data, each.time)
            else:
                await self._store.apply_summary(movement, each.data, each.time)

    async def tick(self, now: datetime) -> None:
        """The work that time brings; another replica may have heard of plans meanwhile."""
        await self._references.refresh()
        await self.assemble(now)

    async def assemble(self, now: datetime) -> None:
        """Bring the agenda of every session up to date. Again changes nothing."""
        plans = self._references.newest_plans()
        for province in sorted({plan.province for plan in plans if plan.sessions}):
            if (known := await self._facts(province)) is not None:
                for plan in (p for p in plans if p.province == province):
                    for session in plan.sessions:
                        await self._assemble(session, plan, known, now)

    async def _facts(self, province: str) -> ProvinceFacts | None:
        """What was heard of a province's movements; None before its units."""
        register = self._references.newest_register(province)
        if register is None:
            return None
        plans = [plan for plan in self._references.newest_plans() if plan.province == province and plan.movement]
        movements = [plan.movement.id for plan in plans if plan.movement]
        return ProvinceFacts(
            movements=plans,
            complete=frozenset().union(*[await self._store.complete(province, each) for each in movements]),
            lists={each: await self._store.lists(province, each) for each in movements},
            nominations={each: await self._store.nominations(province, each) for each in movements},
            register=register,
        )

    async def _assemble(
        self, session: Session, plan: Plan, known: ProvinceFacts, now: datetime, *, freeze: bool = False
    ) -> None:
        doc = await self._store.session(f"{plan.province}/{plan.id}/{session.id}")
        fixed_at = doc["frozen_at"]
        status = rules.status(session, plan, now, frozen=doc["frozen"] or freeze or fixed_at is not None)
        doc["frozen"] = doc["frozen"] or status == "frozen"
        numbers = Numbers(doc["numbers"])
        acted = frozenset[str]()
        if fixed_at is not None:
            acted = acted.union(
                *[await self._store.acted_since(plan.province, each, fixed_at) for each in session.movements]
            )
        before = SessionContext(session, plan, known, local(now).date(), acted)
        if status == "draft" or (status == "frozen" and doc["status"] in (None, "draft")):
            items, numbers = rules.assemble(before, numbers)
        elif doc["items"] is None:
            items, numbers = rules.assemble_historical(before, numbers)
        else:
            items = [AgendaItem.model_validate(item) for item in doc["items"]]
            if status != "historical":
                items, numbers = rules.refresh_frozen(items, before, numbers, supplement=status == "frozen")
        await self._store.keep_agenda(doc, session, plan, status, items, numbers, now)
        self._metrics.agenda_items.labels(plan.id, session.id).set(len(items))

    async def freeze(self, province: str, plan_id: str, session_id: str) -> None:
        """Fix a session's agenda as things stand. One that is fixed already, or over, stays as it is."""
        named = ((p, s) for p in self._references.newest_plans() if p.province == province for s in p.sessions)
        plan, session = next(((p, s) for p, s in named if (p.id, s.id) == (plan_id, session_id)), (None, None))

        async def fix() -> None:
            known = await self._facts(province)
            if plan is None or session is None or known is None:
                raise Refusal(404, "no_session", "Không có phiên họp này.")
            await self._assemble(session, plan, known, self._clock.now(), freeze=True)

        await self._retry_on_conflict(fix)

    async def judge(self, province: str, movement: str, given: Sequence[JudgementGiven]) -> None:
        """Keep the council's judgements, all or none. Raises ``Refusal`` naming those that cannot be."""
        plan, register = self._plan_and_units(province, movement)
        wrong = {i: text for i, each in enumerate(given) if (text := rules.unjudgeable(each, plan, register))}
        if wrong:
            problems = [{"pointer": f"/{i}", "detail": text} for i, text in wrong.items()]
            raise Refusal(422, "unjudgeable", next(iter(wrong.values())), problems=problems)
        await self._retry_on_conflict(lambda: self._store.judge(given, plan, register, movement, self._clock.now()))

    async def decide(self, province: str, movement: str, given: Sequence[DecisionGiven]) -> None:
        """Keep decisions about a movement's awards, all or none. Raises ``Refusal`` naming those that cannot be."""
        plan, register = self._plan_and_units(province, movement)
        plans = [each for each in self._references.newest_plans() if each.province == province]

        async def weigh() -> None:
            nominated = (await self.nominated(province))[movement]
            standing, doc = await self._store.decided(province, movement)
            context = DecisionContext(
                plan=plan,
                register=register,
                computed=await self._store.computed(plan, movement, register),
                nominations={award: {each.id: each for each in those} for award, those in nominated.items()},
                sessions=frozenset(session.id for each in plans for session in each.sessions),
                standing=standing,
            )
            decisions, wrong = decision_rules.decide(given, context, self._clock.now())
            if wrong:
                problems = [{"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in wrong]
                raise Refusal(422, wrong[0].code, wrong[0].detail, problems=problems)
            await self._store.keep_decisions(doc, decisions)

        await self._retry_on_conflict(weigh)

    async def nominated(self, province: str) -> dict[str, dict[str, list[Nomination]]]:
        """The nominations of a province by movement and award, withdrawn ones too."""
        plans = [plan for plan in self._references.newest_plans() if plan.province == province]
        movements = [plan.movement.id for plan in plans if plan.movement]
        decoded = {each: await self._store.nominations(province, each) for each in movements}
        return {each: nominated_for(each, plans, decoded) for each in movements}

    def _plan_and_units(self, province: str, movement: str) -> tuple[Plan, UnitRegister]:
        plan = self._references.plan_of_movement(province, movement)
        register = self._references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return plan, register

    async def _retry_on_conflict(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Decide and write, again on what now stands where somebody else wrote in between; then have it said."""
        while True:
            try:
                await attempt()
                break
            except VersionConflict:
                continue
        self._wake()
