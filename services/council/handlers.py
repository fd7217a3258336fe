"""Load, decide, save: apply consumed events and keep agendas current; for what people record see ``acts``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.council.session_handlers import Sessions
from services.council.store import CouncilStore
from shared.contracts.extensions import Extension, ExtensionRecorded
from shared.contracts.model import AnyEvent, movement_key
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.contracts.scoring import EligibilityChanged, EligibilitySummarised, StandingsChanged
from shared.plans.duties import duty_id
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.references import References

ScoringEvent = EligibilityChanged | EligibilitySummarised | StandingsChanged


class Council:
    """Stores what was consumed; ``sessions`` keeps the council's sessions and their agendas."""

    def __init__(
        self, store: CouncilStore, references: References, clock: Clock, metrics: Metrics, handover: Handover
    ) -> None:
        self._store = store
        self._references = references
        self._clock = clock
        self.sessions = Sessions(store, references, clock, metrics, handover)

    async def refresh(self) -> None:
        """Reload plans and units from the database."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan that an event names is loaded."""
        if isinstance(event, ReceiptIssued | ExtensionRecorded) and event.data.plan is not None:
            return self._references.knows_plan(event.data.plan)
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Store what the events state, each document written once, then assemble the agendas. Refuses no record.

        Standings are on no agenda, so that a batch of them alone assembles none.
        """
        events = [record.event for record in decoded]
        await self._references.apply(events)
        await self._apply_receipts(event.data for event in events if isinstance(event, ReceiptIssued))
        await self._apply_extensions(event.data for event in events if isinstance(event, ExtensionRecorded))
        await self._apply_nominations(event.data for event in events if isinstance(event, NominationRecorded))
        await self._apply_scoring(event for event in events if isinstance(event, ScoringEvent))
        if not all(isinstance(event, StandingsChanged) for event in events):
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

    async def _apply_extensions(self, extensions: Iterable[Extension]) -> None:
        by_movement: dict[str, list[tuple[str, Extension]]] = defaultdict(list)
        for extension in extensions:
            obligation = self._references.plan(extension.plan).obligation.get(extension.obligation)
            if obligation is not None:
                duty = duty_id(obligation, extension.period)
                by_movement[movement_key(extension.plan.province, extension.movement)].append((duty, extension))
        for key, by_duty in by_movement.items():
            await self._store.desk.apply_extensions(key, by_duty)

    async def _apply_nominations(self, nominations: Iterable[Nomination]) -> None:
        by_movement: dict[str, list[Nomination]] = defaultdict(list)
        for nomination in nominations:
            by_movement[movement_key(nomination.plan.province, nomination.movement)].append(nomination)
        for key, of_movement in by_movement.items():
            await self._store.apply_nominations(key, of_movement)

    async def _apply_scoring(self, events: Iterable[ScoringEvent]) -> None:
        latest: dict[str, ScoringEvent] = {}
        for event in events:
            previous = latest.get(event.subject)
            if previous is None or (previous.time, previous.data.version) < (event.time, event.data.version):
                latest[event.subject] = event
        for event in latest.values():
            if isinstance(event, StandingsChanged):
                await self._store.apply_standings(event.subject, event.data, event.time)
                continue
            key = movement_key(event.data.plan.province, event.data.movement)
            if isinstance(event, EligibilityChanged):
                await self._store.apply_page(key, event.data, event.time)
            else:
                await self._store.apply_summary(key, event.data, event.time)

    async def tick(self, now: datetime) -> None:
        """Bring agendas up to date with ``now``, and with plans that another replica has consumed."""
        await self._references.refresh()
        await self.sessions.assemble(now)
