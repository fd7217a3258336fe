"""Renders the stored extensions as events."""

from __future__ import annotations

from services.intake.context import SOURCE
from services.intake.extensions.store import Extensions, stored_extensions
from shared.contracts.extensions import ExtensionRecorded
from shared.contracts.ids import derived
from shared.contracts.model import movement_key
from shared.contracts.topics import EXTENSIONS
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering


def extension_rendering(extensions: Extensions) -> Rendering:
    """The rendering of the current state of every extension."""

    async def render(doc: Document) -> list[Outgoing]:
        messages = []
        for extension in stored_extensions(doc):
            if extension.id not in doc["unsent"]:
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

    def all_ids(doc: Document) -> list[str]:
        return [extension.id for extension in stored_extensions(doc)]

    return Rendering(extensions.documents, render, all_ids)
