"""Renders the stored nominations as events."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.context import SOURCE
from services.intake.nominations.store import MovementNominations, NominationStore
from shared.contracts.ids import derived
from shared.contracts.nominations import NominationRecorded
from shared.contracts.topics import NOMINATIONS
from shared.runtime.outbox import Outgoing, Rendering, rendering


def nomination_rendering(nominations: NominationStore) -> Rendering:
    """The rendering of the current state of every nomination."""
    return rendering(nominations.published, _render, lambda stored: stored.ids)


async def _render(stored: MovementNominations, unsent: Sequence[str]) -> list[Outgoing]:
    messages: list[Outgoing] = []
    for nomination_id in unsent:
        nomination = stored.nomination(nomination_id)
        event = NominationRecorded(
            id=derived("nomination recorded", nomination.id, nomination.version),
            source=SOURCE,
            time=nomination.withdrawn_at or nomination.at,
            subject=stored.key,
            data=nomination,
        )
        messages.append(Outgoing(NOMINATIONS.name, stored.key.encode(), event.encode()))
    return messages
