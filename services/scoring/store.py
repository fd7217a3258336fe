"""scoring's database: pages of figures, pages of verdicts, and one list document a movement.

Figures, sources and verdicts are kept as JSON text, one field of a document: nobody asks the database for a single one,
and written as fields of their own they cost the embedded database some ten times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4
from zlib import compress, decompress

from msgspec import Raw
from msgspec.json import Decoder, encode

from services.scoring.figures import Declared, Figure, Page, PageKey, Withdrawn
from services.scoring.state import MovementFigures
from shared.contracts.fast_models import Eligible, Evidence, ScoreRow, Standing
from shared.contracts.ids import derived
from shared.contracts.model import Kind, PlanRef, Tier
from shared.contracts.scoring import AwardLists
from shared.contracts.topics import ELIGIBILITY, STANDINGS
from shared.runtime.clock import Clock
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Outgoing, Rendering

SOURCE = "thidua/scoring"
_FASTEST: Final = 1

_figures: Final = Decoder(dict[str, Figure]).decode
_sources: Final = Decoder(list[Evidence]).decode
_declared: Final = Decoder(Declared | None).decode
_verdicts: Final = Decoder(tuple[Eligible, ...]).decode


def page_id(movement: str, key: PageKey) -> str:
    """The document of a page of figures."""
    return f"{movement}/{key.subject}/{key.tier.value}/{key.page}"


def verdicts_id(movement: str, award: str, page: int) -> str:
    """The document of a page of verdicts."""
    return f"{movement}/{award}/{page}"


class ScoringStore:
    """Reads and writes one movement's documents; each write is a compare-and-set."""

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
        """A movement's tally, the revisions of its pages, and its eligibility documents, both by id."""
        tally, revisions = MovementFigures(province, movement), {}
        for doc in await self.boards.find({"movement": tally.key}):
            key = PageKey(doc["subject"], Tier(doc["tier"]), doc["page"])
            tally.pages[key] = page_in(doc)
            revisions[doc["_id"]] = doc["rev"]
        eligibility = {doc["_id"]: doc for doc in await self.eligibility.find({"movement": tally.key})}
        return tally, revisions, eligibility

    async def movements(self) -> list[str]:
        """The keys of every movement that has a board."""
        return sorted({doc["movement"] for doc in await self.boards.find(only=["movement"])})

    async def pending(self) -> dict[str, str]:
        """The movements whose verdicts were left for later: key and note."""
        return {doc["_id"]: doc["note"] for doc in await self._pending.find()}

    async def note_pending(self, movement: str) -> str:
        """Note that a movement's verdicts are left for later; the note, which replaces any that was there."""
        note = uuid4().hex
        await self._pending.put({"_id": movement, "note": note})
        return note

    async def clear_pending(self, movement: str, note: str) -> None:
        """Take a note away, unless another has taken its place since it was read: then more was left meanwhile."""
        await self._pending.remove_unchanged({"_id": movement, "note": note})

    def page_document(self, tally: MovementFigures, key: PageKey, revision: int) -> Document:
        """The document of a page as it stands in the tally, over the revision it was read or written at; 0 for none."""
        page = tally.pages[key]
        page.tidy()
        board = any(_is_score(figure) for figure in page.rows.values())
        return {
            "_id": page_id(tally.key, key),
            "rev": revision,
            "movement": tally.key,
            "subject": key.subject,
            "tier": key.tier.value,
            "page": key.page,
            "version": page.version,
            "board": board,
            "declared": encode(page.declared).decode(),
            "rows": _packed(page.rows),
            "sources": _packed(list(page.sources.values())),
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
        """The document of a page of verdicts; None where it is what it was.

        It is said again only where a verdict or a reason changed.
        """
        dumped, rests_on = _packed(rows), _packed(evidence)
        changed = old is None or (old["rows"], old["evidence"]) != (dumped, rests_on)
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
            "rows": dumped,
            "evidence": rests_on,
            "changed_at": self._clock.now() if changed or old is None else old["changed_at"],
            "unsent": ["page"] if changed or old is None else old["unsent"],
        }

    def summary_document(
        self,
        movement: str,
        came_from: str,
        plan: PlanRef,
        lists: Sequence[AwardLists],
        old: Document | None,
    ) -> Document:
        """The document of a movement's lists. ``came_from`` tells what all its verdicts follow from."""
        dumped = [each.model_dump(mode="json") for each in lists]
        changed = old is None or old["awards"] != dumped
        return {
            "_id": f"{movement}/summary",
            "rev": old["rev"] if old else 0,
            "movement": movement,
            "version": (old["version"] if old else 0) + changed,
            "from": came_from,
            "plan": plan.model_dump(),
            "awards": dumped,
            "changed_at": self._clock.now() if changed or old is None else old["changed_at"],
            "unsent": ["summary"] if changed or old is None else old["unsent"],
        }

    @property
    def renderings(self) -> list[Rendering]:
        """Say the boards and the eligibility, always as they now stand."""
        return [
            Rendering(self.boards, self._render_board, lambda doc: ["page"] if doc["board"] else []),
            Rendering(
                self.eligibility, self._render_eligibility, lambda doc: ["summary" if "awards" in doc else "page"]
            ),
        ]

    async def _render_board(self, doc: Document) -> list[Outgoing]:
        page = page_in(doc)
        standings = [
            Standing(
                unit=figure.value.unit,
                score=figure.value.written,
                version=(source := page.sources[figure.event]).version,
                receipt=source.receipt or "",
                as_of=source.as_of,
                final=figure.final,
            )
            for _, figure in sorted(page.rows.items())
            if isinstance(figure.value, ScoreRow)
        ]
        data = {
            "field": doc["subject"],
            "tier": doc["tier"],
            "page": doc["page"],
            "declared_complete": bool(page.declared and page.declared.stands),
            "rows": standings,
        }
        return [_said(STANDINGS.name, "standings", "standings.changed", doc, data)]

    async def _render_eligibility(self, doc: Document) -> list[Outgoing]:
        if "awards" in doc:
            data = {"plan": doc["plan"], "awards": doc["awards"]}
            return [_said(ELIGIBILITY.name, "summary", "eligibility.summarised", doc, data)]
        data = {
            "award": doc["award"],
            "page": doc["page"],
            "plan": doc["plan"],
            "rows": Raw(unpacked(doc["rows"])),
            "evidence": Raw(unpacked(doc["evidence"])),
        }
        return [_said(ELIGIBILITY.name, "eligibility", "eligibility.changed", doc, data)]


def page_in(doc: Document) -> Page:
    """The page a document of ``boards`` keeps."""
    sources = {source.event: source for source in _sources(unpacked(doc["sources"]))}
    return Page(doc["version"], _declared(doc["declared"]), _figures(unpacked(doc["rows"])), sources)


def verdicts_in(doc: Document) -> tuple[Eligible, ...]:
    """The verdicts a document of ``eligibility`` keeps."""
    return _verdicts(unpacked(doc["rows"]))


def unpacked(kept: bytes) -> bytes:
    """The JSON of what a document keeps packed: its ``rows``, ``sources`` or ``evidence``."""
    return decompress(kept)


def _packed(value: Any) -> bytes:
    """As JSON, deflated: a page says the same of each of its units, and a database takes as long as it is large."""
    return compress(encode(value), _FASTEST)


def _said(topic: str, what: str, event_type: str, doc: Document, data: dict[str, Any]) -> Outgoing:
    """A document's event; what it keeps as JSON goes into it as it is."""
    key, changed_at = doc["_id"], doc["changed_at"]
    assert isinstance(changed_at, datetime)
    event = {
        "specversion": "1.0",
        "id": derived(what, key, doc["version"]),
        "type": event_type,
        "source": SOURCE,
        "time": changed_at,
        "subject": key,
        "data": {"movement": doc["movement"].partition("/")[2], "version": doc["version"], **data},
    }
    return Outgoing(topic, key.encode(), encode(event))


def _is_score(figure: Figure) -> bool:
    """Whether a figure stands on a board: a score, or one that was taken back."""
    value = figure.value
    return isinstance(value, ScoreRow) or (isinstance(value, Withdrawn) and value.kind is Kind.SCORE)
