"""The form of scoring's stored documents, converted from and to state.

Figures, sources and verdicts are stored as compressed JSON text in one field of a document: nobody queries a single
one, and as fields of their own they take the embedded database some ten times as long to write. State keeps them packed
until somebody needs them, because most documents are only compared, or published as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zlib import compress, decompress

from msgspec.json import Decoder, encode

from services.scoring.figures import Declared, Figure, Page, PageKey, Withdrawn, is_of_deciding_period
from services.scoring.state import MovementFigures
from shared.contracts.fast_models import Eligible, Evidence, ScoreRow
from shared.contracts.model import Kind, PlanRef
from shared.contracts.scoring import AwardLists
from shared.runtime.mongo import Document

PAGE: Final = "page"
LISTS: Final = "summary"
"""The names of the only thing that a document publishes: its page, or the movement's lists."""

_FASTEST: Final = 1

_decode_figures: Final = Decoder(dict[str, Figure]).decode
_decode_sources: Final = Decoder(list[Evidence]).decode
_decode_declared: Final = Decoder(Declared | None).decode
_decode_verdicts: Final = Decoder(tuple[Eligible, ...]).decode


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """A page of figures as it is stored. ``is_board`` is true if it has scores that decide, and is published then."""

    id: str
    movement: str
    subject: str
    tier: str
    page: int
    version: int
    is_board: bool
    declared: str
    rows: bytes
    sources: bytes
    changed_at: datetime

    def contents(self) -> Page:
        """The figures and their sources."""
        sources = {source.event: source for source in _decode_sources(unpack(self.sources))}
        return Page(self.version, _decode_declared(self.declared), _decode_figures(unpack(self.rows)), sources)


@dataclass(frozen=True, slots=True)
class StoredVerdicts:
    """A page of an award's verdicts as it is stored; ``revision`` is 0 before the first write."""

    id: str
    revision: int
    movement: str
    award: str
    page: int
    version: int
    plan: PlanRef
    rows: bytes
    evidence: bytes
    changed_at: datetime
    unsent: Sequence[str]

    def verdicts(self) -> tuple[Eligible, ...]:
        """The verdicts, in register order."""
        return _decode_verdicts(unpack(self.rows))


@dataclass(frozen=True, slots=True)
class StoredLists:
    """A movement's lists as they are stored; ``revision`` is 0 before the first write.

    ``computed_from`` names the versions that the verdicts follow from; it is empty while verdicts are being written.
    """

    id: str
    revision: int
    movement: str
    version: int
    computed_from: str
    plan: PlanRef
    lists: tuple[AwardLists, ...]
    changed_at: datetime
    unsent: Sequence[str]


def page_id(movement: str, key: PageKey) -> str:
    """The id of the document of a page of figures. ``movement`` is ``<province>/<movement>``."""
    return f"{movement}/{key.subject}/{key.tier.value}/{key.page}"


def verdicts_id(movement: str, award: str, page: int) -> str:
    """The id of the document of a page of verdicts. ``movement`` is ``<province>/<movement>``."""
    return f"{movement}/{award}/{page}"


def lists_id(movement: str) -> str:
    """The id of the document of a movement's lists. ``movement`` is ``<province>/<movement>``."""
    return f"{movement}/summary"


def board_from(doc: Document) -> StoredBoard:
    """The page of figures in a document of ``boards``."""
    return StoredBoard(
        id=doc["_id"],
        movement=doc["movement"],
        subject=doc["subject"],
        tier=doc["tier"],
        page=doc["page"],
        version=doc["version"],
        is_board=doc["board"],
        declared=doc["declared"],
        rows=doc["rows"],
        sources=doc["sources"],
        changed_at=doc["changed_at"],
    )


def board_document(figures: MovementFigures, key: PageKey, revision: int, changed_at: datetime) -> Document:
    """The document of a page as it is in memory. ``revision`` is the stored one it replaces; 0 if there is none."""
    page = figures.pages[key]
    page.tidy()
    board = is_of_deciding_period(key.subject) and any(_is_score(figure) for figure in page.rows.values())
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
        "rows": pack(page.rows),
        "sources": pack(list(page.sources.values())),
        "changed_at": changed_at,
        "unsent": [PAGE] if board else [],
    }


def eligibility_from(doc: Document) -> StoredVerdicts | StoredLists:
    """The lists or the page of verdicts in a document of ``eligibility``."""
    return lists_from(doc) if "awards" in doc else _verdicts_from(doc)


def lists_from(doc: Document) -> StoredLists:
    """The lists in a movement's one document of lists."""
    return StoredLists(
        id=doc["_id"],
        revision=doc["rev"],
        movement=doc["movement"],
        version=doc["version"],
        computed_from=doc["from"],
        plan=PlanRef.model_validate(doc["plan"]),
        lists=tuple(AwardLists.model_validate(lists) for lists in doc["awards"]),
        changed_at=doc["changed_at"],
        unsent=doc["unsent"],
    )


def lists_document(stored: StoredLists) -> Document:
    """The document of a movement's lists."""
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "movement": stored.movement,
        "version": stored.version,
        "from": stored.computed_from,
        "plan": stored.plan.model_dump(),
        "awards": [lists.model_dump(mode="json") for lists in stored.lists],
        "changed_at": stored.changed_at,
        "unsent": list(stored.unsent),
    }


def _verdicts_from(doc: Document) -> StoredVerdicts:
    return StoredVerdicts(
        id=doc["_id"],
        revision=doc["rev"],
        movement=doc["movement"],
        award=doc["award"],
        page=doc["page"],
        version=doc["version"],
        plan=PlanRef.model_validate(doc["plan"]),
        rows=doc["rows"],
        evidence=doc["evidence"],
        changed_at=doc["changed_at"],
        unsent=doc["unsent"],
    )


def verdicts_document(stored: StoredVerdicts) -> Document:
    """The document of a page of verdicts."""
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "movement": stored.movement,
        "award": stored.award,
        "page": stored.page,
        "version": stored.version,
        "plan": stored.plan.model_dump(),
        "rows": stored.rows,
        "evidence": stored.evidence,
        "changed_at": stored.changed_at,
        "unsent": list(stored.unsent),
    }


def unpack(packed: bytes) -> bytes:
    """The JSON of a document's packed field: ``rows``, ``sources`` or ``evidence``."""
    return decompress(packed)


def pack(value: Sequence[Eligible] | Sequence[Evidence] | dict[str, Figure]) -> bytes:
    """Compressed JSON: the units of a page repeat the same text, and the database's time grows with the size."""
    return compress(encode(value), _FASTEST)


def _is_score(figure: Figure) -> bool:
    """Whether a figure belongs on a board: a score or a withdrawn score."""
    value = figure.value
    return isinstance(value, ScoreRow) or (isinstance(value, Withdrawn) and value.kind is Kind.SCORE)
