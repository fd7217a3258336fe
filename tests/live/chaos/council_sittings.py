"""Checks that council keeps each sitting as the desk and its members left it, and has published it as it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from shared.contracts.council import Agenda, AgendaAssembled
from shared.contracts.model import Event
from tests.live.chaos.sittings import PREFIX, Sitting
from tests.live.chaos.verdict import Loss


async def wrong_sittings(
    council: Any, published: AsyncIterator[Event | None], sittings: Sequence[Sitting]
) -> list[tuple[Loss, str]]:
    """What is wrong with the sittings in council's documents and on its topic, or was never done by the desk."""
    last: dict[str, Agenda] = {}
    async for event in published:
        if isinstance(event, AgendaAssembled):
            last[event.subject] = event.data
    stored = {doc["_id"]: doc async for doc in council["sessions"].find() if PREFIX in doc["_id"]}
    wrong = [fault for sitting in sittings for fault in _wrong(sitting, stored.pop(sitting.key, None), last)]
    return wrong + [("mismatch", f"{key} was never called") for key in stored]


def _wrong(sitting: Sitting, stored: dict[str, Any] | None, last: dict[str, Agenda]) -> Iterator[tuple[Loss, str]]:
    if stored is None:
        yield "lost", f"{sitting.key} was called and is not kept"
        return
    meeting = stored["meeting"]
    steps = [(step["verb"], step["by"]) for step in meeting["steps"]]
    if steps != sitting.steps:
        loss: Loss = "twice" if len(steps) > len(sitting.steps) else "lost"
        yield loss, f"{sitting.key}: {steps} are kept, {sitting.steps} were done"
    answers = {entry["member"]: _without_none(entry["given"]) for entry in meeting.get("confirmations", ())}
    given = {member: _without_none(answer._asdict()) for member, answer in sitting.answers.items()}
    if answers != given:
        yield "lost", f"{sitting.key}: answers {answers} are kept, {given} were given"
    place = {name: meeting["head"][name] for name in ("day", "at", "place")}
    if place != sitting.places[-1]._asdict() or stored["phase"] != sitting.phase:
        yield "lost", f"{sitting.key}: {stored['phase']} {place} is kept, {sitting.phase} {sitting.places[-1]} recorded"
    last_published = last[sitting.key].model_dump(mode="json") if sitting.key in last else {}
    if differing := [
        name for name in ("version", "phase", "meeting", "items") if last_published.get(name) != stored.get(name)
    ]:
        yield "lost", f"{sitting.key}: {differing} of version {stored['version']} are not as they were published last"


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
