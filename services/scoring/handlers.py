"""Load, decide, save: a batch's events by movement. Each changed document is written once, the lists last."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.scoring.figures import PageKey
from services.scoring.projection import MovementState, Projector, run_concurrently
from services.scoring.reporting_authority import ReportingAuthority
from services.scoring.store import ScoringStore
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.fast_models import PlanRef, ResultsReported
from shared.contracts.intake import PlanEvent, UnitsPublished
from shared.contracts.model import AnyEvent
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.references import References
from shared.runtime.tracing import MOST_LINKS, Tracing, current_trace

_SHARE: Final = 0.1
_COUNCIL_EVENTS: Final = (JudgementMade, DecisionMade, AwardGiven, AwardRevoked)


class Scoring:
    """Keeps boards and eligibility up to date with the events it consumes.

    Figures are written with the batch they came in. Verdicts and lists are recomputed with it too, unless that was done
    just now: then they are deferred, because further figures would change them again. A note in the database, written
    with the figures, says that a movement is deferred, so that a process that takes over after a crash recomputes it.

    ``share`` is the fraction of the time that may go into verdicts while figures keep coming.
    """

    def __init__(
        self,
        store: ScoringStore,
        references: References,
        metrics: Metrics,
        tracing: Tracing | None = None,
        *,
        share: float = _SHARE,
    ) -> None:
        self._share = share
        self._store = store
        self._references = references
        self._projector = Projector(store, references, metrics)
        self._movements: dict[str, MovementState] = {}
        self._authority = ReportingAuthority(references.plan, references.register)
        self._available: set[tuple[PlanRef, int]] = set()
        self._lock = asyncio.Lock()
        self._pending: dict[str, str] = {}
        self._first_seen: dict[tuple[str, str], float] = {}
        self.pending_recompute = asyncio.Event()
        self._spent = self._not_before = 0.0
        self._metrics, self._tracing = metrics, tracing or Tracing()
        self._waiting_since: dict[str, float] = {}
        self._oldest_accepted: dict[str, datetime] = {}
        self._deferred_traces: dict[str, list[str]] = {}
        metrics.standings_age.set_function(self._standings_age)

    def _standings_age(self) -> float:
        """How long figures of this process wait to be on the lists, in seconds."""
        return time.monotonic() - min(self._waiting_since.values()) if self._waiting_since else 0.0

    async def prepare(self) -> None:
        """Set the gauges from the stored lists, and take over all deferred movements."""
        for lists in await self._store.all_lists():
            self._projector.measure(lists)
        await self.take_over_pending()

    async def take_over_pending(self, after: float = 0.0) -> None:
        """Take over deferred movements of other processes whose note is unchanged ``after`` seconds since first seen.

        A working process replaces its note with every batch. If that process is alive after all, both processes
        recompute the movement and reach the same result. The process that wrote a note has applied events this one has
        not, so this one drops its state of the movement.
        """
        now = time.monotonic()
        async with self._lock:
            notes = await self._store.pending()
            self._first_seen = {key_and_note: self._first_seen.get(key_and_note, now) for key_and_note in notes.items()}
            for (key, note), since in self._first_seen.items():
                if self._pending.get(key) != note and now - since >= after:
                    self._pending[key] = note
                    self._movements.pop(key, None)
            if self._pending:
                self.pending_recompute.set()

    async def refresh(self) -> None:
        """Read plans and units from the database again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan and register an event names are in memory."""
        if type(event) is ResultsReported:
            named = (event.data.plan, event.data.register_version)
            if named in self._available:
                return True
            if available := self._references.knows(*named):
                self._available.add(named)
            return available
        if isinstance(event, _COUNCIL_EVENTS):
            return self._references.knows(event.data.plan, event.data.register_version)
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """File figures, judgements and decisions movement by movement; recompute or defer the verdicts.

        Returns the records whose reporter may not report them. Raises what the database raises, and
        ``VersionConflict`` if another process wrote a document in between; then the batch must be applied again.
        """
        async with self._lock:
            return await self._apply(decoded)

    async def _apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        refused: list[Refused] = []
        by_movement: dict[tuple[str, str], list[DecodedRecord]] = defaultdict(list)
        references: list[AnyEvent] = []
        for record in decoded:
            event = record.event
            if type(event) is ResultsReported or isinstance(event, _COUNCIL_EVENTS):
                by_movement[event.data.plan.province, event.data.movement].append(record)
            else:
                references.append(event)
        await self._references.apply(references)
        if any(isinstance(event, PlanEvent | UnitsPublished) for event in references):
            for key in await self._store.movements():
                province, _, movement = key.partition("/")
                by_movement.setdefault((province, movement), [])
        defer, self._spent = time.monotonic() < self._not_before, 0.0
        for (province, movement), records in by_movement.items():
            refused += await self._apply_to(province, movement, records, defer=defer)
        self._pace_projection()
        return refused

    def _pace_projection(self) -> None:
        """Delay the next projection for so long that projections keep to their share of the time."""
        if self._spent:
            self._not_before = time.monotonic() + self._spent / self._share

    async def _apply_to(
        self, province: str, movement: str, decoded: Sequence[DecodedRecord], *, defer: bool
    ) -> list[Refused]:
        key = f"{province}/{movement}"
        state = await self._take(key)
        refused: list[Refused] = []
        dirty: dict[PageKey, None] = {}
        first_accepted: datetime | None = None
        for record in decoded:
            page: PageKey | None = None
            event = record.event
            if type(event) is ResultsReported:
                if reason := self._authority.violation(event.data):
                    refused.append(Refused(record.record, reason))
                    continue
                page = state.figures.apply_results(event.id, event.data)
                if page is None:
                    repeated = state.figures.has_applied(event.id, event.data)
                    counter = self._metrics.duplicates if repeated else self._metrics.stale
                    counter.labels(record.record.topic).inc()
                elif first_accepted is None:  # of a batch the first: comparing all costs 4 % of a figure
                    first_accepted = event.time
            elif isinstance(event, JudgementMade):
                page = state.figures.apply_judgement(event.id, event.data)
            elif isinstance(event, DecisionMade):
                page = state.figures.apply_decision(event.id, event.data)
            elif isinstance(event, AwardGiven | AwardRevoked):
                page = state.figures.apply_award(event.id, event.data)
            if page is not None:
                dirty[page] = None
        if first_accepted is not None:
            self._oldest_accepted.setdefault(key, first_accepted)
        if defer:
            self._waiting_since.setdefault(key, time.monotonic())
            await run_concurrently([self._projector.save(state, dirty), self._note_pending(key)])
        else:
            await self._projector.save(state, dirty)
            await self._project(key, state)
        # Keep the state only after every write succeeded; after any failure the next attempt reads the database.
        self._movements[key] = state
        return refused

    async def _note_pending(self, key: str) -> None:
        """Store the note that a movement's verdicts are deferred."""
        self._pending[key] = await self._store.note_pending(key)
        if trace := current_trace():
            self._deferred_traces.setdefault(key, []).append(trace)
            del self._deferred_traces[key][MOST_LINKS:]
        self.pending_recompute.set()

    async def _take(self, key: str) -> MovementState:
        """Remove and return a movement's state, or load it. The caller puts it back once its writes succeeded."""
        state = self._movements.pop(key, None)
        if state is None:
            # Another process may have evaluated the movement by a newer plan or register than this one has read.
            await self._references.refresh()
            province, _, movement = key.partition("/")
            state = MovementState.loaded(await self._store.load(province, movement))
        return state

    async def _project(self, key: str, state: MovementState) -> None:
        began = time.monotonic()
        await self._projector.project(state)
        self._spent += time.monotonic() - began
        self._waiting_since.pop(key, None)
        if (accepted := self._oldest_accepted.pop(key, None)) is not None:
            self._metrics.board_seconds.observe(max(0.0, (self._store.now() - accepted).total_seconds()))
        if note := self._pending.get(key):
            await self._store.clear_pending(key, note)
            del self._pending[key]
        self._deferred_traces.pop(key, None)
        if not self._pending:
            self.pending_recompute.clear()

    async def recompute_pending(self) -> None:
        """Recompute the deferred verdicts.

        Raises what the database raises, and ``VersionConflict`` if another process wrote a document in between.
        """
        async with self._lock:
            self._spent = 0.0
            for key in sorted(self._pending):
                with self._tracing.continuing("recompute", self._deferred_traces.get(key, ())):
                    state = await self._take(key)
                    await self._project(key, state)
                    self._movements[key] = state
            self._pace_projection()
