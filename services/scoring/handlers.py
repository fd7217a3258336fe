"""Load, decide, save: a batch's events by movement, each touched document written once, the lists last."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.scoring import rules
from services.scoring.admission import Admission
from services.scoring.pages import PageKey
from services.scoring.state import Tally, Terms
from services.scoring.store import ScoringStore, page_id, verdicts_id, verdicts_in
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.hot import Eligible, PlanRef, ResultsReported
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import AnyEvent
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Document
from shared.runtime.records import Heard, Refused
from shared.runtime.references import References


@dataclass
class _Movement:
    """A movement held in memory by the process that owns it: its figures, and its documents as last read or written."""

    tally: Tally
    revisions: dict[str, int]
    eligibility: dict[str, Document]


class Scoring:
    """Keeps boards and eligibility up to date with what is heard."""

    def __init__(self, store: ScoringStore, references: References, metrics: Metrics) -> None:
        self._store = store
        self._references = references
        self._metrics = metrics
        self._held: dict[str, _Movement] = {}
        self._admission = Admission(references.plan, references.register)
        self._at_hand: set[tuple[PlanRef, int]] = set()

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
        for (province, movement), events in by_movement.items():
            refused += await self._apply_to(province, movement, events)
        return refused

    async def _apply_to(self, province: str, movement: str, heard: Sequence[Heard]) -> list[Refused]:
        key = f"{province}/{movement}"
        held = self._held.pop(key, None)
        if held is None:
            # Another process may have gone on with the movement under a newer plan or register than this one heard of.
            await self._references.refresh()
            held = _Movement(*await self._store.load(province, movement))
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
        for done in await asyncio.gather(*(self._save(held, page) for page in touched), return_exceptions=True):
            if done is not None:
                raise done  # when none of the others is under way any more
        await self._derive(held)
        # Held again only when every write went through; after any failure the next attempt reads the database.
        self._held[key] = held
        return refused

    async def _save(self, held: _Movement, page: PageKey) -> None:
        doc = self._store.page_document(held.tally, page, held.revisions.get(page_id(held.tally.key, page), 0))
        await self._store.boards.save(doc)
        held.revisions[doc["_id"]] = doc["rev"]

    async def _derive(self, held: _Movement) -> None:
        """Judge again every page whose versions are not those it was computed from; the lists last."""
        tally = held.tally
        plan = self._references.plan_of_movement(tally.province, tally.movement)
        register = self._references.newest_register(tally.province)
        if plan is None or register is None or not plan.awards:
            return
        terms = Terms(plan, register)
        verdicts: dict[str, list[Eligible]] = {}
        versions: dict[str, Any] = {"plan": plan.version}
        for award in plan.awards:
            came_from = rules.computed_from(award, tally, terms)
            for page in range(register.pages(award.tier)):
                doc_id = verdicts_id(tally.key, award.id, page)
                doc = held.eligibility.get(doc_id)
                if doc is None or doc["from"] != came_from:
                    rows = rules.judge_page(award, page, tally, terms)
                    evidence = rules.evidence_of(rows, tally)
                    doc = self._store.verdicts_document(
                        tally.key, award.id, page, came_from, plan.ref, rows, evidence, doc
                    )
                    await self._store.eligibility.save(doc)
                    held.eligibility[doc_id] = doc
                versions[f"{award.id}:{page}"] = doc["version"]
            versions[f"{award.id}:decided"] = rules.decided_from(award, tally, terms)
        summary_id = f"{tally.key}/summary"
        summary = held.eligibility.get(summary_id)
        if summary is not None and summary["from"] == versions:
            self._measure(summary)
            return
        for award in plan.awards:
            pages = [held.eligibility[verdicts_id(tally.key, award.id, p)] for p in range(register.pages(award.tier))]
            verdicts[award.id] = [row for page_doc in pages for row in verdicts_in(page_doc)]
        lists = rules.summarise(terms, verdicts, tally)
        summary = self._store.summary_document(tally.key, versions, plan.ref, lists, summary)
        await self._store.eligibility.save(summary)
        held.eligibility[summary_id] = summary
        self._measure(summary)

    async def measure(self) -> None:
        """Set the gauges from the lists as they are kept, so that a restart does not blank them."""
        for doc in await self._store.eligibility.find({"awards": {"$exists": True}}):
            self._measure(doc)

    def _measure(self, summary: Document) -> None:
        for lists in summary["awards"]:
            for name in ("candidates", "for_judgement"):
                self._metrics.eligible.labels(summary["movement"], lists["award"], name).set(len(lists[name]))
