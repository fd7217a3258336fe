"""Renders the stored nominations as events."""

from __future__ import annotations

from collections.abc import Iterable

from services.intake.context import SOURCE
from services.intake.nominations.store import NominationStore, stored_nomination
from shared.contracts.ids import derived
from shared.contracts.nominations import NominationRecorded
from shared.contracts.topics import NOMINATIONS
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering


def nomination_rendering(nominations: NominationStore) -> Rendering:
    """The rendering of the current state of every nomination."""
    return Rendering(nominations.documents, _render, _all_ids)


async def _render(doc: Document) -> list[Outgoing]:
    key: str = doc["_id"]
    messages: list[Outgoing] = []
    for nomination_id in doc["unsent"]:
        nomination = stored_nomination(doc, nomination_id)
        event = NominationRecorded(
            id=derived("nomination recorded", nomination.id, nomination.version),
            source=SOURCE,
            time=nomination.withdrawn_at or nomination.at,
            subject=key,
            data=nomination,
        )
        messages.append(Outgoing(NOMINATIONS.name, key.encode(), event.encode()))
    return messages


def _all_ids(doc: Document) -> Iterable[str]:
    ids: list[str] = doc["ids"]
    return ids
