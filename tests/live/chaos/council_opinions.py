"""Checks that each inquiry of the council's desk asked for two opinions, once each, stored and published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from shared.contracts.model import Event
from shared.contracts.opinions import OpinionRecorded


async def wrong_opinions(
    council: Any, published: AsyncIterator[Event | None], inquiries: Sequence[tuple[str, str]]
) -> list[str]:
    """The inquiries, by movement and number, whose opinions are not kept and published as they were asked for."""
    kept, ids = Counter[tuple[str, str]](), defaultdict[tuple[str, str], set[str]](set)
    async for doc in council["opinions"].find():
        kept.update((row["movement"], row["number"]) for row in doc["rows"].values())
    async for event in published:
        if isinstance(event, OpinionRecorded):
            ids[event.data.movement, event.data.number].add(event.data.id)
    return [
        f"{inquiry}: {kept[inquiry]} kept, {len(ids[inquiry])} published"
        for inquiry in inquiries
        if (kept[inquiry], len(ids[inquiry])) != (2, 2)
    ]
