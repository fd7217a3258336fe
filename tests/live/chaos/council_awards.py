"""Checks that each award the desk gave or revoked is kept, published and known to scoring in its last state."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from zlib import decompress

from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.model import Event


class AwardPlace(NamedTuple):
    """Which award of a movement, and the unit that has it."""

    movement: str
    award: str
    unit: str


class LastPaper(NamedTuple):
    """The decision that gave or revoked an award last: its number, and whether the award stands after it."""

    number: str
    stands: bool


async def wrong_awards(
    council: Any,
    scoring: Any,
    published: AsyncIterator[Event | None],
    last: Mapping[AwardPlace, LastPaper],
) -> list[str]:
    """The awards that are not in the state in which the desk left them last, and awards that it never gave."""
    kept: dict[AwardPlace, LastPaper] = {}
    async for doc in council["decisions"].find():
        for row in doc.get("awards", {}).values():
            place = AwardPlace(row["movement"], row["award"], row["subject"])
            kept[place] = LastPaper((row["revocation"] or row["decision"])["number"], row["revocation"] is None)
    latest: dict[AwardPlace, tuple[int, LastPaper]] = {}
    async for event in published:
        if isinstance(event, AwardGiven | AwardRevoked):
            place = AwardPlace(event.data.movement, event.data.award, event.data.subject)
            paper = LastPaper((event.data.revocation or event.data.decision).number, event.data.stands)
            latest[place] = max(latest.get(place, (0, paper)), (event.data.version, paper))
    in_scoring: dict[AwardPlace, LastPaper] = {}
    async for doc in scoring["boards"].find({"subject": {"$regex": "^awarded:"}}):
        for unit, figure in json.loads(decompress(doc["rows"])).items():
            value = figure["value"]
            place = AwardPlace(doc["movement"].partition("/")[2], doc["subject"].partition(":")[2], unit)
            in_scoring[place] = LastPaper(value["number"], value["status"] == "granted")
    places = sorted({*last, *kept, *latest, *in_scoring})
    states = {place: (kept.get(place), latest.get(place, (0, None))[1], in_scoring.get(place)) for place in places}
    return [
        f"{'/'.join(place)}: the desk left {last.get(place)}; kept, published, known to scoring: {states[place]}"
        for place in places
        if {*states[place]} != {last.get(place)}
    ]
