"""Load, decide, save: a batch's events by movement, each touched document written once, the lists last."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from services.scoring.figures import PageKey
from services.scoring.projection import MovementState, Projector, side_by_side
from services.scoring.reporting_authority import ReportingAuthority
from services.scoring.store import ScoringStore
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.fast_models import PlanRef, ResultsReported
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import AnyEvent
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.references import References

_SHARE: Final = 0.1


class Scoring:
    """Keeps boards and eligibility up to date with what is heard.

    Figures are written with the batch they came in. What follows from them is worked out with it too, unless that was
    done just now: then a while later, and when all has been read, for more figures would change it again. What is owed
    so is noted in the database with the figures, so that whoever reads on after a crash knows of it.

    ``share`` of the time may go into verdicts while figures keep coming.
    """

    def __init__(
        self,
        store: ScoringStore,
        references: References,
        metrics: Metrics,
        *,
        share: float = _SHARE,
    ) -> None:
        self._share = share
        self._store = store
        self._references = references
        self._projector = Projector(store, references, metrics)
        self._held: dict[str, MovementState] = {}
        self._admission = ReportingAuthority(references.plan, references.register)
        self._loaded: set[tuple[PlanRef, int]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._pending: dict[str, str] = {}
        self._noted: dict[tuple[str, str], float] = {}
        self.pending_recompute = asyncio.Event()
        self._spent = self._not_before = 0.0

    async def prepare(self) -> None:
        """Set the gauges from the lists as they are kept, and take over what is owed."""
        for doc in await self._store.eligibility.find({"awards": {"$exists": True}}):
            self._projector.measure(doc)
        await self.take_over()

    async def take_over(self, after: float = 0.0) -> None:
        """Take over what a process left that ended: notes that have stood for so many seconds since first seen here.

        Who is at work notes anew with every batch. Where it goes on all the same, both work it out, and come to the
        same. Whoever left a note has heard what this process has not, so what is held here of the movement is old.
        """
        now = time.monotonic()
        async with self._one_at_a_time:
            notes = await self._store.pending()
            self._noted = {each: self._noted.get(each, now) for each in notes.items()}
            for (key, note), since in self._noted.items():
                if self._pending.get(key) != note and now - since >= after:
                    self._pending[key] = note
                    self._held.pop(key, None)
            if self._pending:
                self.pending_recompute.set()

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan and register an event names are at hand."""
        if type(event) is ResultsReported:
            named = (event.data.plan, event.data.register_version)
            if named in self._loaded:
                return True
            if known := self._references.knows(*named):
                self._loaded.add(named)
            return known
        if isinstance(event, JudgementMade | DecisionMade):
            return self._references.knows(event.data.plan, event.data.register_version)
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """File figures and judgements, judge again what follows from them, movement by movement."""
        async with self._one_at_a_time:
            return await self._apply(decoded)

    async def _apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        refused: list[Refused] = []
        by_movement: dict[tuple[str, str], list[DecodedRecord]] = defaultdict(list)
        references: list[AnyEvent] = []
        for each in decoded:
            event = each.event
            if type(event) is ResultsReported or isinstance(event, JudgementMade | DecisionMade):
                by_movement[event.data.plan.province, event.data.movement].append(each)
            else:
                references.append(event)
        await self._references.apply(references)
        if any(isinstance(event, PlanPublished | UnitsPublished) for event in references):
            for key in await self._store.movements():
                province, _, movement = key.partition("/")
                by_movement.setdefault((province, movement), [])
        later, self._spent = time.monotonic() < self._not_before, 0.0
        for (province, movement), events in by_movement.items():
            refused += await self._apply_to(province, movement, events, later=later)
        self._wait_after_projection()
        return refused

    def _wait_after_projection(self) -> None:
        """Have verdicts wait for so long that their share of the time is kept."""
        if self._spent:
            self._not_before = time.monotonic() + self._spent / self._share

    async def _apply_to(
        self, province: str, movement: str, decoded: Sequence[DecodedRecord], *, later: bool
    ) -> list[Refused]:
        key = f"{province}/{movement}"
        held = await self._take(key)
        refused: list[Refused] = []
        dirty: dict[PageKey, None] = {}
        for each in decoded:
            page: PageKey | None = None
            event = each.event
            if type(event) is ResultsReported:
                if reason := self._admission.violation(event.data):
                    refused.append(Refused(each.record, reason))
                    continue
                page = held.tally.apply_results(event.id, event.data)
            elif isinstance(event, JudgementMade):
                page = held.tally.apply_judgement(event.id, event.data)
            elif isinstance(event, DecisionMade):
                page = held.tally.apply_decision(event.id, event.data)
            if page is not None:
                dirty[page] = None
        if later:
            await side_by_side([self._projector.save(held, dirty), self._note(key)])
        else:
            await self._projector.save(held, dirty)
            await self._project(key, held)
        # Held again only when every write went through; after any failure the next attempt reads the database.
        self._held[key] = held
        return refused

    async def _note(self, key: str) -> None:
        """Note that a movement's verdicts are left for later."""
        self._pending[key] = await self._store.note_pending(key)
        self.pending_recompute.set()

    async def _take(self, key: str) -> MovementState:
        """A movement as this process holds it, or as it is kept; not held until it is put back."""
        held = self._held.pop(key, None)
        if held is None:
            # Another process may have gone on with the movement under a newer plan or register than this one heard of.
            await self._references.refresh()
            province, _, movement = key.partition("/")
            held = MovementState(*await self._store.load(province, movement))
        return held

    async def _project(self, key: str, held: MovementState) -> None:
        began = time.monotonic()
        await self._projector.project(held)
        self._spent += time.monotonic() - began
        if note := self._pending.get(key):
            await self._store.clear_pending(key, note)
            del self._pending[key]
        if not self._pending:
            self.pending_recompute.clear()

    async def recompute_pending(self) -> None:
        """Work out what is owed. Raises what the database raises, and ``VersionConflict`` where another process was faster."""
        async with self._one_at_a_time:
            self._spent = 0.0
            for key in sorted(self._pending):
                held = await self._take(key)
                await self._project(key, held)
                self._held[key] = held
            self._wait_after_projection()
