"""Load, decide, save: hear receipts and lists, take judgements, and keep every session's agenda up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.council import rules
from services.council.state import Before, Numbers
from services.council.store import CouncilStore
from shared.contracts.council import AgendaItem, JudgementGiven
from shared.contracts.intake import ReceiptIssued
from shared.contracts.model import Event
from shared.contracts.plan import Plan, Session
from shared.contracts.scoring import EligibilitySummarised
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Stale
from shared.runtime.problems import Refusal
from shared.runtime.records import Heard, Refused
from shared.runtime.references import References


class Council:
    """Assembles agendas and takes the council's judgements."""

    def __init__(self, store: CouncilStore, references: References, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._references = references
        self._clock = clock
        self._metrics = metrics
        self.nudge: Callable[[], None] = lambda: None

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: Event) -> bool:
        """Whether the plan an event names is at hand."""
        if isinstance(event, ReceiptIssued) and event.data.plan is not None:
            return self._references.knows_plan(event.data.plan)
        return True

    async def apply(self, heard: Sequence[Heard]) -> list[Refused]:
        """Keep what was heard, then assemble again."""
        await self._references.hear(each.event for each in heard)
        for each in heard:
            event = each.event
            if isinstance(event, ReceiptIssued) and event.data.plan is not None:
                await self._store.hear_receipt(event.data.plan.province, event.data)
            elif isinstance(event, EligibilitySummarised):
                await self._store.hear_summary(event.data.plan.province, event.data)
        await self.assemble(self._clock.now())
        return []

    async def tick(self, now: datetime) -> None:
        """The work that time brings; another replica may have heard of plans meanwhile."""
        await self._references.refresh()
        await self.assemble(now)

    async def assemble(self, now: datetime) -> None:
        """Bring the agenda of every session up to date. Again changes nothing."""
        for plan in self._references.newest_plans():
            for session in plan.sessions:
                await self._assemble(session, plan, now)

    async def _assemble(self, session: Session, plan: Plan, now: datetime) -> None:
        register = self._references.newest_register(plan.province)
        if register is None:
            return
        doc = await self._store.session(f"{plan.province}/{plan.id}/{session.id}")
        status = rules.status(session, plan, now)
        numbers = Numbers(doc["numbers"])
        if status == "draft" or doc["items"] is None:
            movements = [p for p in self._references.newest_plans() if p.province == plan.province and p.movement]
            ids = [p.movement.id for p in movements if p.movement]
            before = Before(
                session=session,
                plan=plan,
                movements=movements if status == "draft" else (),
                complete=frozenset().union(*[await self._store.complete(plan.province, each) for each in ids]),
                lists={each: await self._store.lists(plan.province, each) for each in session.movements},
                register=register,
            )
            items, numbers = rules.assemble(before, numbers)
        else:
            items = [AgendaItem.model_validate(item) for item in doc["items"]]
        await self._store.keep_agenda(doc, session, plan, status, items, numbers, now)
        self._metrics.agenda_items.labels(plan.id, session.id).set(len(items))

    async def judge(self, province: str, movement: str, given: Sequence[JudgementGiven]) -> None:
        """Keep the council's judgements, all or none. Raises ``Refusal`` naming those that cannot be."""
        plan = self._references.plan_of_movement(province, movement)
        register = self._references.newest_register(province)
        if plan is None or register is None:
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        wrong = {i: text for i, each in enumerate(given) if (text := rules.unjudgeable(each, plan, register))}
        if wrong:
            problems = [{"pointer": f"/{i}", "detail": text} for i, text in wrong.items()]
            raise Refusal(422, "unjudgeable", next(iter(wrong.values())), problems=problems)
        while True:
            try:
                await self._store.judge(given, plan, register, movement, self._clock.now())
                break
            except Stale:
                continue
        self.nudge()
