"""scoring's database: pages of figures, pages of verdicts, and one list document a movement.

Figures, sources and verdicts are stored as compressed JSON text in one field of a document: nobody queries a single
one, and as fields of their own they take the embedded database some ten times as long to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4
from zlib import compress, decompress

from msgspec.json import Decoder, encode

from services.scoring.figures import Declared, Figure, Page, PageKey, Withdrawn
from services.scoring.state import MovementFigures
from shared.contracts.fast_models import Eligible, Evidence, ScoreRow
from shared.contracts.model import Kind, PlanRef, Tier
from shared.contracts.scoring import AwardLists
from shared.runtime.clock import Clock
from shared.runtime.mongo import Database, Document

_FASTEST: Final = 1

_decode_figures: Final = Decoder(dict[str, Figure]).decode
_decode_sources: Final = Decoder(list[Evidence]).decode
_decode_declared: Final = Decoder(Declared | None).decode
_decode_verdicts: Final = Decoder(tuple[Eligible, ...]).decode


def page_id(movement: str, key: PageKey) -> str:
    """The id of the document of a page of figures. ``movement`` is ``<province>/<movement>``."""
    return f"{movement}/{key.subject}/{key.tier.value}/{key.page}"


def verdicts_id(movement: str, award: str, page: int) -> str:
    """The id of the document of a page of verdicts. ``movement`` is ``<province>/<movement>``."""
    return f"{movement}/{award}/{page}"


class ScoringStore:
    """Reads and writes one movement's documents. Writes of boards and eligibility are compare-and-set."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.boards = database.documents("boards")
        self.eligibility = database.documents("eligibility")
        self._pending = database.documents("owed")
        self._clock = clock

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.boards.prepare(indexed=["movement"])
        await self.eligibility.prepare(indexed=["movement"])

    async def load(self, province: str, movement: str) -> tuple[MovementFigures, dict[str, int], dict[str, Document]]:
        """A movement's figures, the revisions of its pages by id, and its eligibility documents by id."""
        figures, revisions = MovementFigures(province, movement), {}
        for doc in await self.boards.find({"movement": figures.key}):
            key = PageKey(doc["subject"], Tier(doc["tier"]), doc["page"])
            figures.pages[key] = decode_page(doc)
            revisions[doc["_id"]] = doc["rev"]
        eligibility = {doc["_id"]: doc for doc in await self.eligibility.find({"movement": figures.key})}
        return figures, revisions, eligibility

    async def movements(self) -> list[str]:
        """The keys of all movements that have a page of figures, sorted."""
        return sorted({doc["movement"] for doc in await self.boards.find(only=["movement"])})

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

    def page_document(self, figures: MovementFigures, key: PageKey, revision: int) -> Document:
        """The document of a page as it is in memory. ``revision`` is the stored one it replaces; 0 if there is none."""
        page = figures.pages[key]
        page.tidy()
        board = any(_is_score(figure) for figure in page.rows.values())
        return {
            "_id": page_id(figures.key, key),
            "rev": revision,
            "movement": figures.key,
            "subject": key.subject,
            "tier": key.tier.value,
            "page": key.page,
            "version": page.version,
            "board": board,
            "declared": encode(page.declared).decode(),
            "rows": _pack(page.rows),
            "sources": _pack(list(page.sources.values())),
            "changed_at": self._clock.now(),
            "unsent": ["page"] if board else [],
        }

    def verdicts_document(
        self,
        movement: str,
        award: str,
        page: int,
        plan: PlanRef,
        rows: Sequence[Eligible],
        evidence: Sequence[Evidence],
        old: Document | None,
    ) -> Document | None:
        """The document of a page of verdicts; None if it equals the old one.

        It is published again only if the rows or their evidence changed, not if only the plan's version did.
        """
        packed_rows, packed_evidence = _pack(rows), _pack(evidence)
        changed = old is None or (old["rows"], old["evidence"]) != (packed_rows, packed_evidence)
        if old is not None and not changed and old["plan"] == plan.model_dump():
            return None
        return {
            "_id": verdicts_id(movement, award, page),
            "rev": old["rev"] if old else 0,
            "movement": movement,
            "award": award,
            "page": page,
            "version": (old["version"] if old else 0) + changed,
            "plan": plan.model_dump(),
            "rows": packed_rows,
            "evidence": packed_evidence,
            "changed_at": self._clock.now() if changed or old is None else old["changed_at"],
            "unsent": ["page"] if changed or old is None else old["unsent"],
        }

    def summary_document(
        self,
        movement: str,
        computed_from: str,
        plan: PlanRef,
        lists: Sequence[AwardLists],
        old: Document | None,
    ) -> Document:
        """The document of a movement's lists. ``computed_from`` names the versions its verdicts follow from."""
        dumped = [award_lists.model_dump(mode="json") for award_lists in lists]
        changed = old is None or old["awards"] != dumped
        return {
            "_id": f"{movement}/summary",
            "rev": old["rev"] if old else 0,
            "movement": movement,
            "version": (old["version"] if old else 0) + changed,
            "from": computed_from,
            "plan": plan.model_dump(),
            "awards": dumped,
            "changed_at": self._clock.now() if changed or old is None else old["changed_at"],
            "unsent": ["summary"] if changed or old is None else old["unsent"],
        }


def decode_page(doc: Document) -> Page:
    """The page stored in a document of ``boards``."""
    sources = {source.event: source for source in _decode_sources(unpack(doc["sources"]))}
    return Page(doc["version"], _decode_declared(doc["declared"]), _decode_figures(unpack(doc["rows"])), sources)


def decode_verdicts(doc: Document) -> tuple[Eligible, ...]:
    """The verdicts stored in a document of ``eligibility``."""
    return _decode_verdicts(unpack(doc["rows"]))


def unpack(packed: bytes) -> bytes:
    """The JSON of a document's packed field: ``rows``, ``sources`` or ``evidence``."""
    return decompress(packed)


def _pack(value: Any) -> bytes:
    """Compressed JSON: the units of a page repeat the same text, and the database's time grows with the size."""
    return compress(encode(value), _FASTEST)


def _is_score(figure: Figure) -> bool:
    """Whether a figure belongs on a board: a score or a withdrawn score."""
    value = figure.value
    return isinstance(value, ScoreRow) or (isinstance(value, Withdrawn) and value.kind is Kind.SCORE)
