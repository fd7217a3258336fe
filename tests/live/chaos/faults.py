"""The faults: one function for each, with parameters drawn from its own random numbers."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import httpx

from shared.contracts.topics import INBOX, RECEIPTS, RESULTS
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing
from tests.live.chaos import disk
from tests.live.chaos.agencies import Agencies
from tests.live.chaos.arena import REPLICAS, Arena
from tests.live.chaos.desk import Desk
from tests.live.chaos.failpoints import POINTS, Failpoint
from tests.live.chaos.plans import feeds
from tests.live.chaos.poison import FORM_MARKER, Poison, spread
from tests.live.chaos.traffic import Report, Way
from tests.live.chaos.ways import State

_STRIKES_SECONDS: Final = 30.0
_POKES: Final = 6
_STARTS_SECONDS: Final = 60.0
_READY_PAUSE_SECONDS: Final = 0.1
_PAST_THE_SESSION_SECONDS: Final = 9.0

_OF_COUNCIL: Final = ("judgements", "opinions", "decisions", "sessions", "papers")
_OF_NOTIFY: Final = ("sessions", "invitations", "deliveries")
"""The documents between whose writing and publishing, or sending, a service is killed."""


@dataclass
class Field:
    """The context of a fault: the stack, the agencies, the poison, its own random numbers, and its place in the run.

    ``notes`` are printed with the fault.
    """

    arena: Arena
    agencies: Agencies
    poison: Poison
    desk: Desk
    rng: random.Random
    number: int = 0
    notes: list[str] = field(default_factory=list)


Fault = Callable[[Field], Awaitable[None]]


def killing(name: str) -> Fault:
    """A process is killed with SIGKILL and started again a moment later."""

    async def kill(on: Field) -> None:
        await asyncio.sleep(on.rng.uniform(0, 2))
        await on.arena.kill(name)
        await asyncio.sleep(on.rng.uniform(0, 2))
        await on.arena.restart(name)

    return kill


def failing(point: str, name: str, action: str = "kill") -> Fault:
    """A process that kills or delays itself at a failpoint."""

    async def fail(on: Field) -> None:
        failpoint = Failpoint.read(f"{point}:{on.rng.randrange(1, 4)}:{action}")
        await on.arena.parts[name].stop()
        await on.arena.launch(name, failpoint)
        if action in ("sleep", "block"):
            await asyncio.sleep(_PAST_THE_SESSION_SECONDS)
            return
        pokes = []
        for n in range(_POKES):
            pokes.append(asyncio.create_task(_poke(on, n, point, name)))
            await _ready_or_ended(on.arena, name)
            if (code := await on.arena.ended(name, _STRIKES_SECONDS / _POKES)) is not None:
                break
        else:
            on.notes.append(f"{failpoint} was not passed")
            await on.arena.parts[name].stop()
            code = None
        if code not in (None, -signal.SIGKILL):
            raise AssertionError(f"{name} ended with {code} instead of being killed at {failpoint}")
        await on.arena.restart(name)
        await asyncio.gather(*pokes)

    return fail


async def _ready_or_ended(arena: Arena, name: str) -> None:
    """Wait until a process that was just started can pass its failpoint, so that it is not poked for nothing."""
    process, deadline = arena.parts[name].process, asyncio.get_running_loop().time() + _STARTS_SECONDS
    while process is not None and process.returncode is None and asyncio.get_running_loop().time() < deadline:
        with suppress(httpx.HTTPError):
            if (await arena.http.get(f"{arena.addresses[name]}/readyz")).status_code == 200:
                return
        await asyncio.sleep(_READY_PAUSE_SECONDS)


async def _poke(on: Field, nth: int, point: str, name: str) -> None:
    """Cause the traffic that makes a service pass its failpoint."""
    if point == "after-dead-letter":
        topics = {"intake": INBOX.of("so-noi-vu"), "council": RECEIPTS.name, "scoring": RESULTS.name}
        await spread(on.poison, on.agencies, 2, topic=topics.get(name))
        return
    await on.desk.work()
    # intake consumes only inboxes; every report results in records of the topics that the other services consume.
    way: Way = "inbox" if name == "intake" and point in ("in-handler", "before-commit") else "http"
    for number, feed in enumerate(f for f in feeds() if f.obligation == "OB06"):
        row = {"unit": on.rng.choice(feed.units), "score": f"{on.rng.randrange(10_000) / 100:.2f}"}
        report = Report(f"{on.number}-{nth}-{number}/BC-CHEN", feed, way, "once", (row,), wrong=False)
        await on.agencies.send(report)


async def rolling_restart(on: Field) -> None:
    """Restart the replicas of scoring one after the other, with SIGTERM."""
    for name in ("scoring", "scoring-1"):
        await on.arena.parts[name].stop()
        await on.arena.restart(name)
        await on.arena.all_ready()


def broker_stopped(seconds: float) -> Fault:
    """The broker is suspended (SIGSTOP) for some seconds."""

    async def stop(on: Field) -> None:
        on.arena.parts["kafka"].suspend()
        await asyncio.sleep(seconds)
        on.arena.parts["kafka"].resume()

    return stop


def way(to: str, state: State) -> Fault:
    """The network to the broker, or from one or all services to the database, is in this state for some seconds."""

    async def fail(on: Field) -> None:
        ways = [on.arena.kafka_way] if to == "kafka" else list(on.arena.mongo_ways.values())
        if to == "mongo" and on.rng.random() < 0.5:
            ways = [on.rng.choice(ways)]
        on.arena.ways.become(state, ways)
        await asyncio.sleep(on.rng.uniform(4, 10))
        on.arena.ways.become("open")

    return fail


async def disk_full(on: Field) -> None:
    """The database's disk is full. After space is freed, a database that cannot continue is restarted.

    On a full disk MongoDB's process ends; the embedded database's process stays, but answers nothing.
    """
    arena, folder, part = on.arena, on.arena.folder / "db", on.arena.parts["mongo"]
    part.wanted = False
    disk.fill(folder, left=on.rng.randrange(64 * 1024))
    await asyncio.sleep(on.rng.uniform(4, 8))
    disk.empty(folder)
    if not await arena.database_works():
        on.notes.append("the database had to be started again")
        await arena.kill("mongo")
        await arena.restart("mongo")
    part.wanted = True


async def duplicates(on: Field) -> None:
    """Published records are published again, out of order, among the new ones."""
    arena, republished = on.arena, []
    for topic in (RESULTS.name, RECEIPTS.name):
        async for record in read_all(arena.kafka, [topic], arena.login):
            if not (record.key or b"").startswith(FORM_MARKER):
                republished.append(Outgoing(topic, record.key, record.value))
    on.rng.shuffle(republished)
    await on.agencies.put(republished[: on.rng.randrange(20, 80)] or on.poison.some(1))


async def poisoned(on: Field) -> None:
    """A dozen records of every unreadable kind, and one too large."""
    await spread(on.poison, on.agencies, 12)
    await on.poison.offer_too_large(on.arena)


async def rebalance_storm(on: Field) -> None:
    """A replica of scoring joins and leaves repeatedly."""
    for _ in range(4):
        await on.arena.kill("scoring-1")
        await asyncio.sleep(on.rng.uniform(0, 1))
        await on.arena.restart("scoring-1")
        await asyncio.sleep(on.rng.uniform(1, 5))


async def zombie(on: Field) -> None:
    """A replica of scoring is stopped beyond its session timeout and resumes when the other has its partitions."""
    name = on.rng.choice(("scoring", "scoring-1"))
    on.arena.parts[name].suspend()
    await asyncio.sleep(_PAST_THE_SESSION_SECONDS + on.rng.uniform(0, 4))
    on.arena.parts[name].resume()


async def clock_jump(on: Field) -> None:
    """The services' clocks jump ahead by one to three days, two of them well before the others."""
    names = list(REPLICAS)
    on.rng.shuffle(names)
    to = on.arena.now + timedelta(minutes=on.rng.randrange(20 * 60, 3 * 24 * 60))
    await on.arena.clock_to(to, names[:2])
    await asyncio.sleep(on.rng.uniform(1, 3))
    await on.arena.clock_to(to, names[2:])


def faults(*, long: bool) -> dict[str, Fault]:
    """Every kind of fault by name. Only with ``long`` the broker is stopped for a minute."""
    catalogue: dict[str, Fault] = {f"kill {name}": killing(name) for name in REPLICAS}
    for point in POINTS:
        if point == "before-answer":
            catalogue[f"{point} intake"] = failing(point, "intake")
        elif point == "in-handler":
            catalogue["slow handler scoring"] = failing(point, "scoring", "sleep")
            catalogue["blocked handler scoring-1"] = failing(point, "scoring-1", "block")
        else:
            catalogue[f"{point} intake"] = failing(point, "intake")
            catalogue[f"{point} scoring"] = failing(point, "scoring")
        if point != "in-handler":
            catalogue[f"{point} council"] = failing(point, "council")
    for collection in _OF_COUNCIL:
        catalogue[f"after-write council.{collection}"] = failing(f"after-write@{collection}", "council")
    for collection in _OF_NOTIFY:
        catalogue[f"after-write notify.{collection}"] = failing(f"after-write@{collection}", "notify")
    catalogue["before-write notify.deliveries"] = failing("before-write@deliveries", "notify")
    catalogue["after-write notify"] = failing("after-write", "notify")
    catalogue["before-commit notify"] = failing("before-commit", "notify")
    catalogue["rolling restart"] = rolling_restart
    for seconds in (3, 15, 60) if long else (3, 15):
        catalogue[f"broker SIGSTOP {seconds} s"] = broker_stopped(seconds)
    catalogue["kill broker"] = killing("kafka")
    states: tuple[State, ...] = ("cut", "hole", "slow")
    for to in ("kafka", "mongo"):
        for state in states:
            catalogue[f"{to} {state}"] = way(to, state)
    catalogue["kill database"] = killing("mongo")
    if disk.can_be_full():
        catalogue["disk full"] = disk_full
    catalogue["duplicates"] = duplicates
    catalogue["poison"] = poisoned
    catalogue["rebalance storm"] = rebalance_storm
    catalogue["zombie"] = zombie
    catalogue["clock jump"] = clock_jump
    return catalogue


def schedule(seed: int, count: int, *, long: bool, only: Collection[str] | None = None) -> list[str]:
    """The order of faults for a seed; each kind comes once before any kind comes again."""
    rng, kinds = random.Random(f"schedule {seed}"), [k for k in faults(long=long) if only is None or k in only]
    order: list[str] = []
    while len(order) < count:
        order += rng.sample(kinds, len(kinds))
    return order[:count]


async def quiet_after(arena: Arena) -> None:
    """Undo whatever a fault may have left behind."""
    arena.ways.become("open")
    for part in arena.parts.values():
        part.resume()
    with suppress(httpx.HTTPError):
        await arena.all_ready()
