"""Checks that council has each item the desk added to an agenda once, and published the agenda as it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from shared.contracts.council import AgendaAssembled
from shared.contracts.model import Event
from tests.live.chaos.verdict import Loss


async def wrong_sessions(
    council: Any, published: AsyncIterator[Event | None], session: str, titles: Sequence[str]
) -> list[tuple[Loss, str]]:
    """What is wrong with a session to whose agenda items with these titles were added."""
    stored = await council["sessions"].find_one({"_id": session}) or {"items": [], "version": 0}
    version = 0
    async for event in published:
        if isinstance(event, AgendaAssembled) and event.subject == session:
            version = event.data.version
    wrong = [*_wrong_items(stored["items"], titles)]
    if version != stored["version"]:
        wrong.append(("lost", f"{session}: version {stored['version']} is stored, {version} was the last published"))
    return wrong


def _wrong_items(items: Sequence[dict[str, Any]], titles: Sequence[str]) -> Iterator[tuple[Loss, str]]:
    there = Counter(item["title"] for item in items if item.get("other_kind") == "by_hand")
    for title in titles:
        if there[title] != 1:
            yield "twice" if there[title] else "lost", f"{title} is there {there[title]} times"
