"""Load, decide, save: a batch's events by movement, each touched document written once, the lists last."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from services.scoring.admission import Admission
from services.scoring.deriving import Deriving, Movement, side_by_side
from services.scoring.pages import PageKey
from services.scoring.store import ScoringStore
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.hot import PlanRef, ResultsReported
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import AnyEvent
from shared.runtime.metrics import Metrics
from shared.runtime.records import Heard, Refused
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
        self._deriving = Deriving(store, references, metrics)
        self._held: dict[str, Movement] = {}
        self._admission = Admission(references.plan, references.register)
        self._at_hand: set[tuple[PlanRef, int]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._owed: dict[str, str] = {}
        self._noted: dict[tuple[str, str], float] = {}
        self.owing = asyncio.Event()
        self._spent = self._not_before = 0.0

    async def prepare(self) -> None:
        """Set the gauges from the lists as they are kept, and take over what is owed."""
        for doc in await self._store.eligibility.find({"awards": {"$exists": True}}):
            self._deriving.measure(doc)
        await self.take_over()

    async def take_over(self, after: float = 0.0) -> None:
        """Take over what a process left that ended: notes that have stood for so many seconds since first seen here.

        Who is at work notes anew with every batch. Where it goes on all the same, both work it out, and come to the
        same. Whoever left a note has heard what this process has not, so what is held here of the movement is old.
        """
        now = time.monotonic()
        async with self._one_at_a_time:
            notes = await self._store.owed()
            self._noted = {each: self._noted.get(each, now) for each in notes.items()}
            for (key, note), since in self._noted.items():
                if self._owed.get(key) != note and now - since >= after:
                    self._owed[key] = note
                    self._held.pop(key, None)
            if self._owed:
                self.owing.set()

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan and register an event names are at hand."""
        if type(event) is ResultsReported:
            named = (event.data.plan, event.data.register_version)
            if named in self._at_hand:
                return True
            if known := self._references.knows(*named):
                self._at_hand.add(named)
            return known
        if isinstance(event, JudgementMade | DecisionMade):
            return self._references.knows(event.data.plan, event.data.register_version)
        return True

    async def apply(self, heard: Sequence[Heard]) -> list[Refused]:
        """File figures and judgements, judge again what follows from them, movement by movement."""
        async with self._one_at_a_time:
            return await self._apply(heard)

    async def _apply(self, heard: Sequence[Heard]) -> list[Refused]:
        refused: list[Refused] = []
        by_movement: dict[tuple[str, str], list[Heard]] = defaultdict(list)
        references: list[AnyEvent] = []
        for each in heard:
            event = each.event
            if type(event) is ResultsReported or isinstance(event, JudgementMade | DecisionMade):
                by_movement[event.data.plan.province, event.data.movement].append(each)
            else:
                references.append(event)
        await self._references.hear(references)
        if any(isinstance(event, PlanPublished | UnitsPublished) for event in references):
            for key in await self._store.movements():
                province, _, movement = key.partition("/")
                by_movement.setdefault((province, movement), [])
        later, self._spent = time.monotonic() < self._not_before, 0.0
        for (province, movement), events in by_movement.items():
            refused += await self._apply_to(province, movement, events, later=later)
        self._wait_after_deriving()
        return refused

    def _wait_after_deriving(self) -> None:
        """Have verdicts wait for so long that their share of the time is kept."""
        if self._spent:
            self._not_before = time.monotonic() + self._spent / self._share

    async def _apply_to(self, province: str, movement: str, heard: Sequence[Heard], *, later: bool) -> list[Refused]:
        key = f"{province}/{movement}"
        held = await self._take(key)
        refused: list[Refused] = []
        touched: dict[PageKey, None] = {}
        for each in heard:
            page: PageKey | None = None
            event = each.event
            if type(event) is ResultsReported:
                if reason := self._admission.breach(event.data):
                    refused.append(Refused(each.record, reason))
                    continue
                page = held.tally.hear_results(event.id, event.data)
            elif isinstance(event, JudgementMade):
                page = held.tally.hear_judgement(event.id, event.data)
            elif isinstance(event, DecisionMade):
                page = held.tally.hear_decision(event.id, event.data)
            if page is not None:
                touched[page] = None
        if later:
            await side_by_side([self._deriving.save(held, touched), self._note(key)])
        else:
            await self._deriving.save(held, touched)
            await self._derive(key, held)
        # Held again only when every write went through; after any failure the next attempt reads the database.
        self._held[key] = held
        return refused

    async def _note(self, key: str) -> None:
        """Note that a movement's verdicts are left for later."""
        self._owed[key] = await self._store.note_owed(key)
        self.owing.set()

    async def _take(self, key: str) -> Movement:
        """A movement as this process holds it, or as it is kept; not held until it is put back."""
        held = self._held.pop(key, None)
        if held is None:
            # Another process may have gone on with the movement under a newer plan or register than this one heard of.
            await self._references.refresh()
            province, _, movement = key.partition("/")
            held = Movement(*await self._store.load(province, movement))
        return held

    async def _derive(self, key: str, held: Movement) -> None:
        began = time.monotonic()
        await self._deriving.derive(held)
        self._spent += time.monotonic() - began
        if note := self._owed.get(key):
            await self._store.note_settled(key, note)
            del self._owed[key]
        if not self._owed:
            self.owing.clear()

    async def settle(self) -> None:
        """Work out what is owed. Raises what the database raises, and ``Stale`` where another process was faster."""
        async with self._one_at_a_time:
            self._spent = 0.0
            for key in sorted(self._owed):
                held = await self._take(key)
                await self._derive(key, held)
                self._held[key] = held
            self._wait_after_deriving()
