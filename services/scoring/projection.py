"""Writes what follows from a movement's figures: the stale verdicts first, then the lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from services.scoring import rules
from services.scoring.context import ScoringContext
from services.scoring.figures import PageKey
from services.scoring.state import MovementFigures
from services.scoring.store import ScoringStore, StoredMovement
from services.scoring.stored_documents import StoredLists, StoredVerdicts, verdicts_id
from services.scoring.verdicts import Verdicts
from shared.contracts.awards import Award
from shared.contracts.scoring import AwardLists
from shared.runtime.metrics import Metrics
from shared.runtime.references import References

_UNITS_PER_TURN: Final = 2_000
"""The number of units evaluated (in about 20 ms) before other tasks of the event loop get their turn."""


@dataclass
class MovementState:
    """A movement in the memory of the process that owns it: its figures, and its documents as last read or written.

    ``revisions`` and ``stored_verdicts`` are by document id. ``verdicts`` are those evaluated since the movement was
    loaded, by award.
    """

    figures: MovementFigures
    revisions: dict[str, int]
    stored_verdicts: dict[str, StoredVerdicts]
    stored_lists: StoredLists | None
    verdicts: dict[str, Verdicts] = field(default_factory=dict)
    context: ScoringContext | None = None

    @classmethod
    def loaded(cls, stored: StoredMovement) -> MovementState:
        """A movement as it was just read."""
        return cls(stored.figures, stored.revisions, stored.verdicts, stored.lists)


class Projector:
    """Writes a movement's documents. After a failure the state in memory is invalid: load it again.

    Writes raise ``VersionConflict`` if another process wrote the document in between.
    """

    def __init__(self, store: ScoringStore, references: References, metrics: Metrics) -> None:
        self._store, self._references, self._metrics = store, references, metrics

    async def save(self, movement: MovementState, pages: Iterable[PageKey]) -> None:
        """Write pages of figures in their current state, all in one command."""
        movement.revisions |= await self._store.save_figures(movement.figures, pages, movement.revisions)

    async def project(self, movement: MovementState) -> None:
        """Evaluate the stale verdicts, write the pages that changed, and write the lists last.

        The lists name the versions all verdicts follow from. That name is cleared before any page is written: a process
        with an older state fails on this compare-and-set, and after a crash in between the movement is projected again.
        """
        figures = movement.figures
        if (context := self._context(movement)) is None:
            return
        computed_from = rules.computed_from(figures, context)
        stored = movement.stored_lists
        if stored is None or stored.computed_from != computed_from:
            pages = [page for award in context.plan.awards for page in await self._evaluate(movement, award, context)]
            if pages and stored is not None:
                stored = await self._store.save_lists(replace(stored, computed_from=""))
            movement.stored_verdicts |= {page.id: page for page in await self._store.save_verdicts(pages)}
            shortlists = {award.id: movement.verdicts[award.id].all_shortlisted() for award in context.plan.awards}
            rows = {award: movement.verdicts[award].rows for award in shortlists}
            lists = rules.lists(context, shortlists, rows, figures)
            revised = self._store.revised_lists(figures.key, computed_from, context.plan.ref, lists, stored)
            stored = movement.stored_lists = await self._store.save_lists(revised)
            figures.dirty = {}
        self.measure(stored)

    def _context(self, movement: MovementState) -> ScoringContext | None:
        """The plan and register a movement is evaluated by; None if either is missing or the plan has no awards."""
        figures = movement.figures
        plan = self._references.plan_of_movement(figures.province, figures.movement)
        register = self._references.newest_register(figures.province)
        if plan is None or register is None or not plan.awards:
            return None
        context = movement.context
        if context is None or context.plan is not plan or context.register is not register:
            context = movement.context = ScoringContext(plan, register)
        return context

    async def _evaluate(self, movement: MovementState, award: Award, context: ScoringContext) -> list[StoredVerdicts]:
        """Bring an award's verdicts up to date and return the pages that changed, to be written."""
        figures = movement.figures
        verdicts = movement.verdicts.get(award.id)
        if verdicts is None or verdicts.award != award:
            verdicts = movement.verdicts[award.id] = Verdicts(award)
        fresh = not verdicts.rows
        evaluator, units = verdicts.stale_units(figures, context, figures.dirty)
        pages = range(context.register.pages(award.tier))
        whole = fresh or len(units) == len(evaluator.units)
        for n in range(0, len(units), _UNITS_PER_TURN):
            verdicts.update(evaluator, units[n : n + _UNITS_PER_TURN])
            await asyncio.sleep(0)
        changed: list[StoredVerdicts] = []
        for page in pages if whole else sorted({context.register.page_of[unit.code] for unit in units}):
            rows = verdicts.page(page, context)
            evidence = rules.evidence_of(rows, figures, page)
            old = movement.stored_verdicts.get(verdicts_id(figures.key, award.id, page))
            plan = context.plan.ref
            if revised := self._store.revised_verdicts(figures.key, award.id, page, plan, rows, evidence, old):
                changed.append(revised)
            await asyncio.sleep(0)
        return changed

    def measure(self, stored: StoredLists) -> None:
        """Set a movement's gauges from its lists."""
        for lists in stored.lists:
            for name, units in _lists_of(lists):
                self._metrics.eligible.labels(stored.movement, lists.award, name).set(len(units))


def _lists_of(lists: AwardLists) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lists of an award that have a gauge: who passes, who waits for the council, who has an open case."""
    return ("candidates", lists.candidates), ("for_judgement", lists.for_judgement), ("held", lists.held)


async def run_concurrently(work: Iterable[Awaitable[object]]) -> None:
    """Await everything concurrently. Once all has ended, raise the first error, in the order of ``work``."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
