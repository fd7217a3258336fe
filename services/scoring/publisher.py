"""Renders scoring's stored boards and eligibility as events, always in their current state."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from msgspec import Raw
from msgspec.json import encode

from services.scoring.store import ScoringStore, decode_page, unpack
from shared.contracts.fast_models import ScoreRow, Standing
from shared.contracts.ids import derived
from shared.contracts.topics import ELIGIBILITY, STANDINGS
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering

SOURCE: Final = "thidua/scoring"
"""The CloudEvents source of scoring's events."""


def renderings(store: ScoringStore) -> tuple[Rendering, Rendering]:
    """The renderings of boards and of eligibility, in this order."""
    return (
        Rendering(store.boards, _render_board, lambda doc: ["page"] if doc["board"] else []),
        Rendering(store.eligibility, _render_eligibility, lambda doc: ["summary" if "awards" in doc else "page"]),
    )


async def _render_board(doc: Document) -> list[Outgoing]:
    page = decode_page(doc)
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
    return [_outgoing(STANDINGS.name, "standings", "standings.changed", doc, data)]


async def _render_eligibility(doc: Document) -> list[Outgoing]:
    if "awards" in doc:
        data = {"plan": doc["plan"], "awards": doc["awards"]}
        return [_outgoing(ELIGIBILITY.name, "summary", "eligibility.summarised", doc, data)]
    data = {
        "award": doc["award"],
        "page": doc["page"],
        "plan": doc["plan"],
        "rows": Raw(unpack(doc["rows"])),
        "evidence": Raw(unpack(doc["evidence"])),
    }
    return [_outgoing(ELIGIBILITY.name, "eligibility", "eligibility.changed", doc, data)]


def _outgoing(topic: str, id_kind: str, event_type: str, doc: Document, data: dict[str, Any]) -> Outgoing:
    """The event of a document's current version. The id is derived from ``id_kind``, the document and its version."""
    key, changed_at = doc["_id"], doc["changed_at"]
    assert isinstance(changed_at, datetime)
    event = {
        "specversion": "1.0",
        "id": derived(id_kind, key, doc["version"]),
        "type": event_type,
        "source": SOURCE,
        "time": changed_at,
        "subject": key,
        "data": {"movement": doc["movement"].partition("/")[2], "version": doc["version"], **data},
    }
    return Outgoing(topic, key.encode(), encode(event))
