"""A run of the suite: load and faults at the same time, checks after every ten faults and at the end, and a summary."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.stack.part import PartDied
from tests.live.chaos.agencies import Agencies, Unanswered
from tests.live.chaos.arena import REPLICAS, Arena, Backend
from tests.live.chaos.desk import Desk
from tests.live.chaos.faults import Field, faults, quiet_after, schedule
from tests.live.chaos.oracle import Oracle
from tests.live.chaos.plans import agencies as all_agencies
from tests.live.chaos.plans import partitions
from tests.live.chaos.poison import Poison
from tests.live.chaos.traffic import Traffic
from tests.live.chaos.verdict import Broken

_LOOK_EVERY: Final = 10
_FAULT_SECONDS: Final = 900.0
"""A fault and the load beside it take a minute at most; a system that no longer gets on is a breach, not a wait."""
_LOG_BYTES: Final = 1_000_000
"""The limit on the growth of a service's log during one fault, in bytes."""

Log = Callable[[str], None]


@dataclass
class Outcome:
    """The outcome of a run."""

    backend: Backend
    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)
    looks: int = 0
    reports: int = 0
    figures: int = 0
    dead_letters: int = 0
    notices: int = 0
    sittings: int = 0
    invitations: int = 0
    paper_steps: int = 0
    repeated_mails: int = 0
    resent: int = 0
    most_log: int = 0
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return not self.broken

    def count(self, loss: str) -> int:
        """The number of breaches of a kind."""
        return sum(breach.loss == loss for breach in self.broken)

    def summary(self) -> str:
        """The numbers of the run, in a readable form."""
        by_kind = ", ".join(f"{kind} {n}" for kind, n in sorted(self.faults.items()))
        return "\n".join(
            [
                f"backend {self.backend}, seed {self.seed}: {'kept' if self.kept else 'BROKEN'}",
                f"  events {self.figures} in {self.reports} reports, faults {self.faults.total()}, looks {self.looks}",
                f"  lost {self.count('lost')}, twice {self.count('twice')}, mismatches {self.count('mismatch')}",
                f"  sittings {self.sittings}, steps of their papers {self.paper_steps}, invitations {self.invitations},"
                f" mails sent again after a crash {self.repeated_mails}",
                f"  dead letters {self.dead_letters}, notices {self.notices}, sent again after a broker lost its"
                f" data {self.resent}, most log of a service during one fault {self.most_log / 1e3:.0f} kB",
                f"  {self.seconds:.0f} seconds; faults by kind: {by_kind}",
            ]
        )

    def blame(self) -> str:
        """The numbers of the run and the first breaches, as the message of a failing test."""
        return "\n".join([self.summary(), *map(str, self.broken[:20])])


async def run(
    folder: Path,
    backend: Backend,
    seed: int,
    *,
    events: int,
    faulted: int,
    long: bool = False,
    only: Collection[str] | None = None,
    log: Log = lambda _: None,
) -> Outcome:
    """Attack a new stack and let the oracle check it. ``only`` names the faults to choose from; by default all."""
    began = time.monotonic()
    outcome = Outcome(backend, seed)
    plan = schedule(seed, faulted, long=long, only=only)
    arena = Arena(folder, backend, all_agencies())
    try:
        await arena.start(log)
        agencies, poison = Agencies(arena, seed), Poison(seed)
        try:
            await _attack(arena, agencies, poison, plan, events, outcome, log)
        finally:
            await agencies.close()
    finally:
        await arena.stop()
        outcome.seconds = time.monotonic() - began
    return outcome


async def _attack(
    arena: Arena, agencies: Agencies, poison: Poison, plan: list[str], events: int, outcome: Outcome, log: Log
) -> None:
    desk, traffic = Desk(arena, agencies, outcome.seed), Traffic(outcome.seed)
    oracle = Oracle(arena, agencies, poison, desk)
    catalogue = faults(long=True)
    await agencies.publish_references_and_fetch_keys()
    await arena.clock_to(arena.now, list(REPLICAS))
    await arena.rest(partitions())
    for number, kind in enumerate(plan):
        field_ = Field(arena, agencies, poison, desk, random.Random(f"{outcome.seed} {number} {kind}"), number)
        logs, began = arena.log_bytes(), time.monotonic()
        share = events * (number + 1) // len(plan) - events * number // len(plan)
        load = asyncio.gather(agencies.send_all(traffic.figures(share)), desk.work())
        try:
            async with asyncio.timeout(_FAULT_SECONDS):
                await catalogue[kind](field_)
                await load
                await quiet_after(arena)
        except (PartDied, TimeoutError, Unanswered, AssertionError) as error:
            check = "processes" if isinstance(error, PartDied) else "answers" if isinstance(error, Unanswered) else kind
            outcome.broken.append(Broken("mismatch", check, f"during {kind}: {error!r}"))
            log(f"  {outcome.broken[-1]}"[:1500])
        finally:
            load.cancel()
            await asyncio.gather(load, return_exceptions=True)
        outcome.faults[kind] += 1
        grown = max(size - logs.get(name, 0) for name, size in arena.log_bytes().items())
        outcome.most_log = max(outcome.most_log, grown)
        if grown > _LOG_BYTES:
            outcome.broken.append(Broken("mismatch", "logs", f"{grown} bytes of log during {kind}"))
        notes = f" ({'; '.join(field_.notes)})" if field_.notes else ""
        log(f"{number + 1}/{len(plan)} {kind}{notes}, {time.monotonic() - began:.1f} s, {agencies.figures} events")
        if (number + 1) % _LOOK_EVERY == 0 or number + 1 == len(plan) or outcome.broken:
            await _look(oracle, outcome, log)
            if outcome.broken:
                return


async def _look(oracle: Oracle, outcome: Outcome, log: Log) -> None:
    began = time.monotonic()
    verdict = await oracle.look()
    outcome.broken += verdict.broken
    outcome.looks += 1
    outcome.reports, outcome.figures = verdict.reports, verdict.figures
    outcome.dead_letters, outcome.notices = verdict.dead_letters, verdict.notices
    outcome.sittings, outcome.paper_steps = verdict.sittings, verdict.paper_steps
    outcome.invitations, outcome.repeated_mails = verdict.invitations, verdict.repeated_mails
    outcome.resent += verdict.resent
    log(
        f"look {outcome.looks}: {verdict.figures} events in {verdict.reports} reports,"
        f" {verdict.dead_letters} dead letters, {verdict.notices} notices, {len(verdict.broken)} breaches,"
        f" {time.monotonic() - began:.1f} s"
    )
    for broken in verdict.broken[:10]:
        log(f"  {broken}"[:1500])
