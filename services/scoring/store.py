"""scoring's database: pages of figures, pages of verdicts, and one list document a movement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from services.scoring.figures import PageKey
from services.scoring.state import MovementFigures
from services.scoring.stored_documents import (
    LISTS,
    PAGE,
    StoredLists,
    StoredVerdicts,
    board_document,
    board_from,
    eligibility_from,
    lists_document,
    lists_from,
    lists_id,
    pack,
    page_id,
    verdicts_document,
    verdicts_id,
)
from shared.contracts.fast_models import Eligible, Evidence
from shared.contracts.model import PlanRef, Tier
from shared.contracts.scoring import AwardLists
from shared.runtime.clock import Clock
from shared.runtime.mongo import Database
from shared.runtime.publishing import PublishedDocuments


@dataclass(frozen=True, slots=True)
class StoredMovement:
    """A movement as it is stored: its figures with the revisions of their pages, its verdicts and its lists.

    ``revisions`` and ``verdicts`` are by document id; ``lists`` is None before the first.
    """

    figures: MovementFigures
    revisions: dict[str, int]
    verdicts: dict[str, StoredVerdicts]
    lists: StoredLists | None


class ScoringStore:
    """Reads and writes one movement's documents. Writes of boards and eligibility are compare-and-set."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._boards = database.documents("boards")
        self._eligibility = database.documents("eligibility")
        self._pending = database.documents("owed")
        self._clock = clock
        self.published_boards = PublishedDocuments(self._boards, board_from)
        self.published_eligibility = PublishedDocuments(self._eligibility, eligibility_from)

    def now(self) -> datetime:
        """The service's instant (UTC), with which documents are written."""
        return self._clock.now()

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._boards.prepare(indexed=["movement"])
        await self._eligibility.prepare(indexed=["movement"])

    async def load(self, province: str, movement: str) -> StoredMovement:
        """Everything stored about a movement."""
        figures = await self.figures(province, movement)
        verdicts: dict[str, StoredVerdicts] = {}
        lists: StoredLists | None = None
        for doc in await self._eligibility.find({"movement": figures[0].key}):
            match eligibility_from(doc):
                case StoredLists() as lists:
                    pass
                case page:
                    verdicts[page.id] = page
        return StoredMovement(*figures, verdicts, lists)

    async def figures(self, province: str, movement: str) -> tuple[MovementFigures, dict[str, int]]:
        """A movement's figures, and the revisions of their pages by document id."""
        figures, revisions = MovementFigures(province, movement), {}
        for doc in await self._boards.find({"movement": figures.key}):
            stored = board_from(doc)
            figures.pages[PageKey(stored.subject, Tier(stored.tier), stored.page)] = stored.contents()
            revisions[stored.id] = doc["rev"]
        return figures, revisions

    async def lists(self, province: str, movement: str) -> tuple[AwardLists, ...]:
        """A movement's lists; empty before the first."""
        doc = await self._eligibility.get(lists_id(f"{province}/{movement}"))
        return lists_from(doc).lists if doc else ()

    async def all_lists(self) -> list[StoredLists]:
        """The lists of every movement."""
        return [lists_from(doc) for doc in await self._eligibility.find({"awards": {"$exists": True}})]

    async def movements(self) -> list[str]:
        """The keys of all movements that have a page of figures, sorted."""
        return sorted({doc["movement"] for doc in await self._boards.find(only=["movement"])})

    async def pending(self) -> dict[str, str]:
        """The movements whose verdicts were deferred: key and note."""
        return {doc["_id"]: doc["note"] for doc in await self._pending.find()}

    async def note_pending(self, movement: str) -> str:
        """Store a note that a movement's verdicts are deferred, in place of any earlier one, and return it."""
        note = uuid4().hex
        await self._pending.put({"_id": movement, "note": note})
        return note

    async def clear_pending(self, movement: str, note: str) -> None:
        """Delete a note, unless another one has replaced it: then more figures were written in between."""
        await self._pending.remove_unchanged({"_id": movement, "note": note})

    async def save_figures(
        self, figures: MovementFigures, pages: Iterable[PageKey], revisions: Mapping[str, int]
    ) -> dict[str, int]:
        """Write pages as they are in memory, all in one command. Returns their new revisions by document id.

        ``revisions`` are the stored ones that they replace. Raises ``VersionConflict``.
        """
        now = self._clock.now()
        docs = [board_document(figures, page, revisions.get(page_id(figures.key, page), 0), now) for page in pages]
        await self._boards.save_all(docs)
        return {doc["_id"]: doc["rev"] for doc in docs}

    async def save_verdicts(self, pages: Sequence[StoredVerdicts]) -> list[StoredVerdicts]:
        """Write pages of verdicts, all in one command, and return them at their new revisions.

        Raises ``VersionConflict``.
        """
        docs = [verdicts_document(page) for page in pages]
        await self._eligibility.save_all(docs)
        return [replace(page, revision=doc["rev"]) for page, doc in zip(pages, docs, strict=True)]

    async def save_lists(self, lists: StoredLists) -> StoredLists:
        """Write a movement's lists and return them at their new revision. Raises ``VersionConflict``."""
        doc = lists_document(lists)
        await self._eligibility.save(doc)
        return replace(lists, revision=doc["rev"])

    def revised_verdicts(
        self,
        movement: str,
        award: str,
        page: int,
        plan: PlanRef,
        rows: Sequence[Eligible],
        evidence: Sequence[Evidence],
        old: StoredVerdicts | None,
    ) -> StoredVerdicts | None:
        """A page of verdicts to be written over the old one; None if it equals the old one.

        It is published again only if the rows or their evidence changed, not if only the plan's version did.
        """
        packed_rows, packed_evidence = pack(rows), pack(evidence)
        if old is not None and (old.rows, old.evidence) == (packed_rows, packed_evidence):
            return None if old.plan == plan else replace(old, plan=plan)
        return StoredVerdicts(
            id=verdicts_id(movement, award, page),
            revision=old.revision if old else 0,
            movement=movement,
            award=award,
            page=page,
            version=(old.version if old else 0) + 1,
            plan=plan,
            rows=packed_rows,
            evidence=packed_evidence,
            changed_at=self._clock.now(),
            unsent=[PAGE],
        )

    def revised_lists(
        self, movement: str, computed_from: str, plan: PlanRef, lists: Sequence[AwardLists], old: StoredLists | None
    ) -> StoredLists:
        """A movement's lists to be written over the old ones; published again only if a list changed.

        ``computed_from`` names the versions that the verdicts follow from.
        """
        if old is not None and old.lists == tuple(lists):
            return replace(old, computed_from=computed_from, plan=plan)
        return StoredLists(
            id=lists_id(movement),
            revision=old.revision if old else 0,
            movement=movement,
            version=(old.version if old else 0) + 1,
            computed_from=computed_from,
            plan=plan,
            lists=tuple(lists),
            changed_at=self._clock.now(),
            unsent=[LISTS],
        )
