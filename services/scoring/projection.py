"""What follows from a movement's figures: verdicts judged again where what they rest on changed, then the lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import Final

from services.scoring import rules
from services.scoring.figures import PageKey
from services.scoring.state import MovementFigures, ScoringContext
from services.scoring.store import ScoringStore, page_id, verdicts_id
from services.scoring.verdicts import Verdicts
from shared.contracts.awards import Award
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Document
from shared.runtime.references import References

_AT_ONCE: Final = 2_000
"""Units judged before others get their turn: some 20 ms."""


@dataclass
class MovementState:
    """A movement held in memory by the process that owns it: its figures, and its documents as last read or written.

    ``verdicts`` are those judged since it was read, by award.
    """

    tally: MovementFigures
    revisions: dict[str, int]
    eligibility: dict[str, Document]
    verdicts: dict[str, Verdicts] = field(default_factory=dict)
    context: ScoringContext | None = None


class Projector:
    """Writes a movement's documents. After a failure the movement in memory is worth nothing: read it again."""

    def __init__(self, store: ScoringStore, references: References, metrics: Metrics) -> None:
        self._store, self._references, self._metrics = store, references, metrics

    async def save(self, held: MovementState, pages: Iterable[PageKey]) -> None:
        """Write pages of figures as they now stand, all in one command."""
        tally = held.tally
        docs = [
            self._store.page_document(tally, page, held.revisions.get(page_id(tally.key, page), 0)) for page in pages
        ]
        await self._store.boards.save_all(docs)
        held.revisions |= {doc["_id"]: doc["rev"] for doc in docs}

    async def project(self, held: MovementState) -> None:
        """Judge again what rests on what changed, and write the pages that came out otherwise; the lists last.

        The lists tell what all verdicts follow from. They are opened first, so that who holds older ones learns it
        before any page is written, and who ended in between begins anew.
        """
        tally = held.tally
        if (context := self._context(held)) is None:
            return
        came_from = rules.computed_from(tally, context)
        summary_id = f"{tally.key}/summary"
        summary = held.eligibility.get(summary_id)
        if summary is None or summary["from"] != came_from:
            pages = [doc for award in context.plan.awards for doc in await self._judge(held, award, context)]
            if pages and summary is not None:
                await self._store.eligibility.save(summary := {**summary, "from": ""})
            await self._store.eligibility.save_all(pages)
            held.eligibility |= {doc["_id"]: doc for doc in pages}
            who = {award.id: held.verdicts[award.id].all_shortlisted() for award in context.plan.awards}
            lists = rules.lists(context, who, {award: held.verdicts[award].rows for award in who}, tally)
            summary = self._store.summary_document(tally.key, came_from, context.plan.ref, lists, summary)
            await self._store.eligibility.save(summary)
            held.eligibility[summary_id] = summary
            tally.dirty = {}
        self.measure(summary)

    def _context(self, held: MovementState) -> ScoringContext | None:
        """What a movement is judged by; None where nobody is."""
        tally = held.tally
        plan = self._references.plan_of_movement(tally.province, tally.movement)
        register = self._references.newest_register(tally.province)
        if plan is None or register is None or not plan.awards:
            return None
        if held.context is None or held.context.plan is not plan or held.context.register is not register:
            held.context = ScoringContext(plan, register)
        return held.context

    async def _judge(self, held: MovementState, award: Award, context: ScoringContext) -> list[Document]:
        """Bring an award's verdicts up to date: the documents of the pages that came out otherwise."""
        verdicts = held.verdicts.get(award.id)
        if verdicts is None or verdicts.award != award:
            verdicts = held.verdicts[award.id] = Verdicts(award)
        fresh = not verdicts.rows
        evaluator, units = verdicts.stale_units(held.tally, context, held.tally.dirty)
        pages = range(context.register.pages(award.tier))
        whole = fresh or len(units) == len(evaluator.units)
        for n in range(0, len(units), _AT_ONCE):
            verdicts.judge(evaluator, units[n : n + _AT_ONCE])
            await asyncio.sleep(0)
        found: list[Document] = []
        for page in pages if whole else sorted({context.register.page_of[unit.code] for unit in units}):
            rows = verdicts.page(page, context)
            evidence = rules.evidence_of(rows, held.tally, page)
            old = held.eligibility.get(verdicts_id(held.tally.key, award.id, page))
            if doc := self._store.verdicts_document(
                held.tally.key, award.id, page, context.plan.ref, rows, evidence, old
            ):
                found.append(doc)
            await asyncio.sleep(0)
        return found

    def measure(self, summary: Document) -> None:
        """Set a movement's gauges from its lists."""
        for lists in summary["awards"]:
            for name in ("candidates", "for_judgement"):
                self._metrics.eligible.labels(summary["movement"], lists["award"], name).set(len(lists[name]))


async def side_by_side(work: Iterable[Awaitable[object]]) -> None:
    """Do all of it side by side; raise what the first that failed raised, once none is under way any more."""
    for told in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(told, BaseException):
            raise told
