"""Checks that every notice and invitation was mailed once; waits for deliveries that are between two attempts."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from services.notify.delivery import AT_ONCE
from tests.live.chaos.letterbox import Letterbox
from tests.live.chaos.verdict import Loss

_PATIENCE_SECONDS: Final = 60.0
"""Longer than a lease and the first pauses between attempts."""

CHANNELS: Final = frozenset({"folder", "smtp"})
_ENDED: Final = frozenset({"sent", "not_needed"})


async def released(notify: Any) -> tuple[set[str], list[str]]:
    """The ids of the notices that notify released, and the reminders that are in two of them."""
    noted, stages = set[str](), Counter[tuple[str, ...]]()
    async for doc in notify["notices"].find({"state": "released"}):
        notice = doc["notice"]
        to = notice["recipient"], notice["role"]
        noted.add(notice["id"])
        stages.update(
            (*to, line["plan"]["id"], str(line["account"]), line["duty"], line["stage"], line["last_day"])
            for line in notice["lines"]
            if line["stage"] != "weekly"
        )
    return noted, [f"{stage} is in {times} notices" for stage, times in stages.items() if times > 1]


async def invited(notify: Any) -> set[str]:
    """The ids of the messages to members of a council."""
    return {doc["_id"] async for doc in notify["invitations"].find({}, {"_id": 1})}


async def deliveries(notify: Any, items: Collection[str]) -> tuple[Mapping[str, dict[str, int]], list[str]]:
    """How often notify tried each item that it sent, by channel, and the defects of its deliveries, from its database.

    ``items`` are the notices and invitations. What everything was reported of before it left is not sent.
    """
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while await notify["deliveries"].count_documents({"state": "waiting"}):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.2)
    states: defaultdict[str, dict[str, str]] = defaultdict(dict)
    sent: dict[str, dict[str, int]] = {channel: {} for channel in CHANNELS}
    async for doc in notify["deliveries"].find():
        states[doc["notice"]][doc["channel"]] = doc["state"]
        if doc["state"] == "sent":
            sent[doc["channel"]][doc["notice"]] = doc["attempts"]
    wrong = [
        f"{item}: delivered {states.get(item)}"
        for item in items
        if states[item].keys() != CHANNELS or not _ENDED.issuperset(states[item].values())
    ]
    return sent, wrong + [f"{item}: delivered and not noted" for item in states.keys() - set(items)]


def wrong_mails(
    letterbox: Letterbox,
    attempts: Mapping[str, int],
    notices: Collection[str],
    invitations: Collection[str],
    deaths: int,
) -> Iterator[tuple[Loss, str]]:
    """What is wrong with the mails that arrived: each comes once.

    A mail comes again only after a crash between its arrival and the note of it, then under the same Message-ID. A
    notice may have lost lines meanwhile, or all of them; an invitation is the same. ``attempts`` are those of the mails
    noted as sent; ``deaths`` is how often notify was killed, and a process has at most ``AT_ONCE`` mails under way.
    """
    arrived = letterbox.arrived
    for item, tries in attempts.items():
        if item not in arrived:
            yield "lost", f"{item} is noted as sent and never arrived"
        elif arrived[item] > tries:
            yield "twice", f"{item} arrived {arrived[item]} times in {tries} attempts"
    for item in arrived.keys() - {*attempts, *notices}:
        yield "mismatch", f"{item} arrived and is not noted"
    for item in invitations:
        if len(contents := letterbox.contents.get(item, ())) > 1:
            yield "mismatch", f"{item} arrived with {len(contents)} contents"
    if (again := repeated(letterbox)) > AT_ONCE * deaths:
        yield "twice", f"{again} mails came again, and notify was killed {deaths} times"


def repeated(letterbox: Letterbox) -> int:
    """How many mails came after the first one with their Message-ID."""
    return sum(times - 1 for times in letterbox.arrived.values() if times > 1)
