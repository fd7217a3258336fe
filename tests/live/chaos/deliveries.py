"""Checks that every notice was delivered once; waits for deliveries that are between two attempts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from typing import Any, Final

_PATIENCE_SECONDS: Final = 60.0
"""Longer than a lease and the first pauses between attempts."""


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


async def deliveries(notify: Any, notices: Collection[str]) -> tuple[set[str], list[str]]:
    """The notices that notify sent, and the defects of its deliveries of these notices, read from its database.

    What everything was reported of before it left is not sent.
    """
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while await notify["deliveries"].count_documents({"state": "waiting"}):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.2)
    states = {doc["notice"]: doc["state"] async for doc in notify["deliveries"].find()}
    ended = {notice for notice, state in states.items() if state in ("sent", "not_needed")}
    wrong = [f"notice {notice}: delivery {states.get(notice)}" for notice in set(notices) - ended]
    wrong += [f"notice {key}: delivered and not noted" for key in states.keys() - set(notices)]
    return {notice for notice in ended if states[notice] == "sent"}, wrong
