"""Short attacks, each aimed at one part of the promise, played with and without a mutant."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pymongo import AsyncMongoClient

from tests.live.chaos.agencies import Agencies
from tests.live.chaos.arena import REPLICAS, Arena, Backend
from tests.live.chaos.desk import Desk
from tests.live.chaos.failpoints import Failpoint
from tests.live.chaos.faults import Field, duplicates
from tests.live.chaos.oracle import Oracle
from tests.live.chaos.plans import Feed, feeds, partitions
from tests.live.chaos.plans import agencies as all_agencies
from tests.live.chaos.poison import Poison
from tests.live.chaos.traffic import Report, Traffic
from tests.live.chaos.verdict import Verdict

_REST_SECONDS: Final = 90.0
_STRIKES_SECONDS: Final = 60.0


@dataclass
class Stage:
    """A stack at rest with some reports, and the tools of the attack."""

    arena: Arena
    agencies: Agencies
    poison: Poison
    desk: Desk
    traffic: Traffic

    def reports(self, **fixed: Any) -> list[Report]:
        """A report of the same obligation about every movement, so of every partition."""
        return [self.traffic.report(feed=feed, wrong=False, **{"manner": "once", **fixed}) for feed in _everywhere()]

    async def rest(self) -> None:
        """Wait until all is at rest. Raises ``Restless``, ``PartDied``."""
        await self.arena.rest(partitions(), _REST_SECONDS)

    async def dies_at(self, name: str, failpoint: str, reports: list[Report]) -> None:
        """Restart a process with a failpoint, let these reports trigger it, and start the process again."""
        await self.rearmed(name, failpoint)
        for report in reports:
            await self.agencies.send(report)
        code = await self.arena.ended(name, _STRIKES_SECONDS)
        assert code == -signal.SIGKILL, f"{name} did not die at {failpoint}"
        await self.arena.restart(name)

    async def strikes(self, name: str, failpoint: str, act: Coroutine[Any, Any, None]) -> None:
        """Restart a process with a failpoint that an act triggers; the act is repeated until it is done."""
        await self.rearmed(name, failpoint)
        acting = asyncio.create_task(act)
        code = await self.arena.ended(name, _STRIKES_SECONDS)
        assert code == -signal.SIGKILL, f"{name} did not die at {failpoint}"
        await self.arena.restart(name)
        await acting

    async def rearmed(self, name: str, failpoint: str) -> None:
        """Restart a process with a failpoint and wait until it reads its partitions."""
        await self.arena.parts[name].stop()
        await self.arena.launch(name, Failpoint.read(failpoint))
        await self.arena.all_ready()
        await self.rest()


def _everywhere() -> list[Feed]:
    return [feed for feed in feeds() if feed.obligation == "OB06"]


async def killed_in_the_handler(stage: Stage) -> None:
    """scoring is killed some seconds after it began to handle a batch that it has not written yet."""
    await stage.dies_at("scoring", "in-handler:1:late", stage.reports(size=318, way="http"))


async def killed_before_the_answer(stage: Stage) -> None:
    """intake is killed after a report is stored and before it is answered; the agency sends it again."""
    first, *_ = stage.reports(size=40, way="http")
    await stage.arena.parts["intake"].stop()
    await stage.arena.launch("intake", Failpoint.read("before-answer:1:kill"))
    await stage.arena.all_ready()
    await stage.agencies.give_up(first, _STRIKES_SECONDS)
    assert await stage.arena.ended("intake", _STRIKES_SECONDS) == -signal.SIGKILL
    await stage.arena.restart("intake")
    await stage.agencies.send(first)


async def republished_out_of_order(stage: Stage) -> None:
    """Several versions of the same figures are sent, then their records are published again, old after new."""
    for _ in range(3):
        await stage.agencies.send_all(stage.reports(size=318, way="http"))
    await stage.rest()
    await duplicates(Field(stage.arena, stage.agencies, stage.poison, stage.desk, stage.traffic.rng))


async def unreadable_headers(stage: Stage) -> None:
    """Valid reports come into inboxes, some with a null header or one that is not UTF-8."""
    for manner in ("once", "null header", "odd header", "once"):
        await stage.agencies.send_all(stage.reports(size=8, way="inbox", manner=manner))


async def killed_between_publishing_and_storing(stage: Stage) -> None:
    """intake is killed after it has published to a topic; the agency has disconnected and does not send again."""
    first, *_ = stage.reports(size=40, way="http", manner="given up")
    await stage.rearmed("intake", "after-publish:1:kill")
    stage.agencies.sent[first.id] = first
    await stage.agencies.give_up(first, _STRIKES_SECONDS)
    assert await stage.arena.ended("intake", _STRIKES_SECONDS) == -signal.SIGKILL
    await stage.arena.restart("intake")


async def asleep_before_a_write(stage: Stage) -> None:
    """A replica of scoring is suspended before a write, beyond its session timeout, and the other one takes over.

    Then the first replica resumes, writes and is killed. If it went on, it would commit its old offsets, which the
    embedded broker allows, and records read again would hide a lost write.
    """
    arena = stage.arena
    await stage.rearmed("scoring", "before-write:1:doze")
    for report in stage.reports(size=318, way="http"):
        await stage.agencies.send(report)

    async def asleep() -> bool:
        return arena.is_suspended("scoring")

    async def taken_over() -> bool:
        all_published = (
            await arena.progress("intake")
        ).unsent == 0  # check this first: an unpublished document is no lag yet
        there = await arena.progress("scoring-1")
        return all_published and (there.partitions, there.lag, there.unsent) == (partitions()["scoring"], 0, 0)

    await arena.wait_until(asleep, "falling asleep before a write", _STRIKES_SECONDS)
    await arena.wait_until(taken_over, "taking the sleeper's partitions over", _STRIKES_SECONDS)
    await stage.agencies.send_all(stage.reports(size=318, way="http"))
    await arena.wait_until(taken_over, "going on without the sleeper", _STRIKES_SECONDS)
    arena.parts["scoring"].resume()
    assert await arena.ended("scoring", _STRIKES_SECONDS) == -signal.SIGKILL
    await arena.restart("scoring")


async def killed_after_an_answer(stage: Stage) -> None:
    """council is killed between the writing of a member's answer and its publishing; the member answers again."""
    sitting = await stage.desk.sittings.convene()
    await stage.strikes("council", "after-write@sessions:1:kill", stage.desk.sittings.answer(sitting, "tv-2"))


async def killed_after_a_step_of_a_paper(stage: Stage) -> None:
    """council is killed after the writing of a paper's step, before it answers; the secretary sends it again."""
    sitting = await stage.desk.sittings.convene()
    await stage.strikes("council", "after-write@papers:1:kill", stage.desk.sittings.make_edition(sitting))


async def killed_while_inviting(stage: Stage) -> None:
    """notify is killed after the first of several invitations is written, and looks at the sitting again."""
    await stage.desk.sittings.convene()
    await stage.strikes("notify", "after-write@invitations:1:kill", stage.desk.sittings.notify_members())


async def killed_after_a_mail(stage: Stage) -> None:
    """notify is killed between sending mails and noting it; those under way come again, and only those."""
    for _ in range(2):
        await stage.desk.sittings.convene()
    await stage.strikes("notify", "before-write@deliveries:6:kill", stage.desk.sittings.notify_members())


Scenario = Callable[[Stage], Awaitable[None]]

SCENARIOS: Final[dict[str, Scenario]] = {
    "ACK_FIRST": killed_in_the_handler,
    "commit before write": killed_in_the_handler,
    "no dedupe at the door": killed_before_the_answer,
    "no dedupe of figures": republished_out_of_order,
    "no safe parser": unreadable_headers,
    "publish before save": killed_between_publishing_and_storing,
    "no compare-and-set": asleep_before_a_write,
    "an answer without its event": killed_after_an_answer,
    "a paper before its audit entry": killed_after_a_step_of_a_paper,
    "invited from memory": killed_while_inviting,
    "a mail's outcome forgotten": killed_after_a_mail,
}
"""The attack that must catch each mutant."""


async def play(folder: Path, scenario: Scenario, mutant: str | None, backend: Backend = "embedded") -> Verdict:
    """Play a scenario on a fresh stack, with or without a mutant in every process, and run the oracle."""
    mutants = dict.fromkeys(REPLICAS, mutant) if mutant else {}
    arena = Arena(folder, backend, all_agencies(), mutants)
    try:
        await arena.start()
        agencies = Agencies(arena, 0)
        stage = Stage(arena, agencies, Poison(0), Desk(arena, agencies, 0), Traffic(0))
        try:
            await stage.agencies.publish_references_and_fetch_keys()
            await arena.clock_to(arena.now, list(REPLICAS))
            await stage.agencies.send_all(stage.reports(size=318, way="http"))
            await stage.rest()
            await arena.wait_until(lambda: _read_through(arena), "noting that the broker was read through")
            await scenario(stage)
            return await Oracle(arena, stage.agencies, stage.poison, stage.desk, _REST_SECONDS).look()
        finally:
            await stage.agencies.close()
    finally:
        await arena.stop()


async def _read_through(arena: Arena) -> bool:
    """Whether every service has noted that it has read the broker's topics through.

    Before that, a restarted service reads all records again, which would hide losses.
    """
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(arena.mongo)
    try:
        states = [await client[f"thidua_{s}"]["state"].find_one({"_id": "broker"}) for s, _ in REPLICAS.values()]
    finally:
        await client.close()
    return all(state is not None and state["read_through"] for state in states)
