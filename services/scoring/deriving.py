"""What follows from a movement's figures: verdicts judged again where they rest on other versions, then the lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import Any

from services.scoring import rules
from services.scoring.pages import PageKey
from services.scoring.state import Tally, Terms
from services.scoring.store import ScoringStore, page_id, verdicts_id, verdicts_in
from shared.contracts.awards import Award
from shared.contracts.hot import Eligible
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Document
from shared.runtime.references import References


@dataclass
class Movement:
    """A movement held in memory by the process that owns it: its figures, and its documents as last read or written.

    ``verdicts`` are those of its pages, as far as they have been looked at.
    """

    tally: Tally
    revisions: dict[str, int]
    eligibility: dict[str, Document]
    verdicts: dict[str, tuple[Eligible, ...]] = field(default_factory=dict)

    def verdicts_of(self, doc_id: str) -> tuple[Eligible, ...]:
        """The verdicts of a page that is there."""
        if doc_id not in self.verdicts:
            self.verdicts[doc_id] = verdicts_in(self.eligibility[doc_id])
        return self.verdicts[doc_id]


class Deriving:
    """Writes a movement's documents. After a failure the movement in memory is worth nothing: read it again."""

    def __init__(self, store: ScoringStore, references: References, metrics: Metrics) -> None:
        self._store, self._references, self._metrics = store, references, metrics

    async def save(self, held: Movement, pages: Iterable[PageKey]) -> None:
        """Write pages of figures as they now stand, side by side."""
        await _all(self._save(held, page) for page in pages)

    async def _save(self, held: Movement, page: PageKey) -> None:
        doc = self._store.page_document(held.tally, page, held.revisions.get(page_id(held.tally.key, page), 0))
        await self._store.boards.save(doc)
        held.revisions[doc["_id"]] = doc["rev"]

    async def derive(self, held: Movement) -> None:
        """Judge again every page whose versions are not those it was computed from; the lists last."""
        tally = held.tally
        plan = self._references.plan_of_movement(tally.province, tally.movement)
        register = self._references.newest_register(tally.province)
        if plan is None or register is None or not plan.awards:
            return
        terms = Terms(plan, register)
        await _all(self._judge(held, award, terms) for award in plan.awards)
        versions: dict[str, Any] = {"plan": plan.version}
        pages = {a.id: [verdicts_id(tally.key, a.id, n) for n in range(register.pages(a.tier))] for a in plan.awards}
        for award in plan.awards:
            versions |= {f"{award.id}:{n}": held.eligibility[id_]["version"] for n, id_ in enumerate(pages[award.id])}
            versions[f"{award.id}:decided"] = rules.decided_from(award, tally, terms)
        summary_id = f"{tally.key}/summary"
        summary = held.eligibility.get(summary_id)
        if summary is None or summary["from"] != versions:
            verdicts = {award: [row for id_ in ids for row in held.verdicts_of(id_)] for award, ids in pages.items()}
            lists = rules.summarise(terms, verdicts, tally)
            summary = self._store.summary_document(tally.key, versions, plan.ref, lists, summary)
            await self._store.eligibility.save(summary)
            held.eligibility[summary_id] = summary
        self.measure(summary)

    async def _judge(self, held: Movement, award: Award, terms: Terms) -> None:
        """Judge an award's pages again, all of them, where any figure they follow from is another: ranks move."""
        tally, came_from = held.tally, rules.computed_from(award, held.tally, terms)
        pages: dict[str, int] = {
            verdicts_id(tally.key, award.id, n): n for n in range(terms.register.pages(award.tier))
        }
        olds = {doc_id: held.eligibility.get(doc_id) for doc_id in pages}
        if all(old is not None and old["from"] == came_from for old in olds.values()):
            return
        judged = rules.by_page(rules.judge(award, tally, terms), terms.register)
        for doc_id, page in pages.items():
            old = olds[doc_id]
            if old is not None and old["from"] == came_from:
                continue
            rows = judged.get(page, ())
            evidence = rules.evidence_of(rows, tally)
            doc = self._store.verdicts_document(
                tally.key, award.id, page, came_from, terms.plan.ref, rows, evidence, old
            )
            await self._store.eligibility.save(doc)
            held.eligibility[doc_id], held.verdicts[doc_id] = doc, tuple(rows)

    def measure(self, summary: Document) -> None:
        """Set a movement's gauges from its lists."""
        for lists in summary["awards"]:
            for name in ("candidates", "for_judgement"):
                self._metrics.eligible.labels(summary["movement"], lists["award"], name).set(len(lists[name]))


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Do all of it side by side; raise what the first that failed raised, once none is under way any more."""
    for failure in await asyncio.gather(*work, return_exceptions=True):
        if failure is not None:
            raise failure
