"""Renders the stored extensions as events."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.context import SOURCE
from services.intake.extensions.store import Extensions
from shared.contracts.extensions import Extension, ExtensionRecorded
from shared.contracts.ids import derived
from shared.contracts.model import movement_key
from shared.contracts.topics import EXTENSIONS
from shared.runtime.outbox import Outgoing, Rendering, rendering


def extension_rendering(extensions: Extensions) -> Rendering:
    """The rendering of the current state of every extension."""

    async def render(stored: Sequence[Extension], unsent: Sequence[str]) -> list[Outgoing]:
        messages = []
        for extension in stored:
            if extension.id not in unsent:
                continue
            key = movement_key(extensions.province, extension.movement)
            event = ExtensionRecorded(
                id=derived("extension recorded", extension.id, extension.version),
                source=SOURCE,
                time=extension.answered_at or extension.asked_at,
                subject=key,
                data=extension,
            )
            messages.append(Outgoing(EXTENSIONS.name, key.encode(), event.encode()))
        return messages

    return rendering(extensions.published, render, lambda stored: [extension.id for extension in stored])
