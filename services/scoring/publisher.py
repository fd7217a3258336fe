"""Renders scoring's stored boards and eligibility as events, always in their current state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Raw
from msgspec.json import encode

from services.scoring.store import ScoringStore
from services.scoring.stored_documents import LISTS, PAGE, StoredBoard, StoredLists, StoredVerdicts, unpack
from shared.contracts.fast_models import ScoreRow, Standing
from shared.contracts.ids import derived
from shared.contracts.topics import ELIGIBILITY, STANDINGS
from shared.runtime.outbox import Outgoing, Rendering, rendering

SOURCE: Final = "thidua/scoring"
"""The CloudEvents source of scoring's events."""


def renderings(store: ScoringStore) -> tuple[Rendering, Rendering]:
    """The renderings of boards and of eligibility, in this order."""
    return (
        rendering(store.published_boards, _render_board, lambda stored: [PAGE] if stored.is_board else []),
        rendering(
            store.published_eligibility,
            _render_eligibility,
            lambda stored: [LISTS] if isinstance(stored, StoredLists) else [PAGE],
        ),
    )


async def _render_board(stored: StoredBoard, unsent: Sequence[str]) -> list[Outgoing]:
    page = stored.contents()
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
        "field": stored.subject,
        "tier": stored.tier,
        "page": stored.page,
        "declared_complete": bool(page.declared and page.declared.stands),
        "rows": standings,
    }
    return [_outgoing(STANDINGS.name, "standings", "standings.changed", stored, data)]


async def _render_eligibility(stored: StoredVerdicts | StoredLists, unsent: Sequence[str]) -> list[Outgoing]:
    plan = stored.plan.model_dump()
    if isinstance(stored, StoredLists):
        lists = {"plan": plan, "awards": [lists.model_dump(mode="json") for lists in stored.lists]}
        return [_outgoing(ELIGIBILITY.name, "summary", "eligibility.summarised", stored, lists)]
    data = {
        "award": stored.award,
        "page": stored.page,
        "plan": plan,
        "rows": Raw(unpack(stored.rows)),
        "evidence": Raw(unpack(stored.evidence)),
    }
    return [_outgoing(ELIGIBILITY.name, "eligibility", "eligibility.changed", stored, data)]


def _outgoing(
    topic: str,
    id_kind: str,
    event_type: str,
    stored: StoredBoard | StoredVerdicts | StoredLists,
    data: Mapping[str, object],
) -> Outgoing:
    """The event of a document's current version. The id is derived from ``id_kind``, the document and its version."""
    event = {
        "specversion": "1.0",
        "id": derived(id_kind, stored.id, stored.version),
        "type": event_type,
        "source": SOURCE,
        "time": stored.changed_at,
        "subject": stored.id,
        "data": {"movement": stored.movement.partition("/")[2], "version": stored.version, **data},
    }
    return Outgoing(topic, stored.id.encode(), encode(event))
