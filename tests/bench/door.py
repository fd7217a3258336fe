"""The door against a plain route that inserts the same body: accepted reports a second, alternating in one run.

Both are processes of their own on the same embedded database, with the same write concern (majority, journal) and the
same server; both get the same bodies from the same clients. The door does all it does: keys, limits, validation,
idempotency, versions, receipts, the audit chain and the relay to the topics, which runs while reports come in.

Ratios: ``accepted`` is the time until the last report was answered; ``drained`` until the last was on its topics as
well, all that the plain route never does. ``cpu`` is plain/door in CPU seconds of server and
database together, and of the door the broker as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from deploy.local import Part, Stack
from deploy.ports import free_ports
from shared.contracts.model import Tier
from tests.bench.keep_alive import Sent, send_all
from tests.bench.plain_route import MONGO, PORT
from tests.support.door import body, score
from tests.support.movement import register, s0, units

_DISTRICTS_TOO = (Tier.SO, Tier.HUYEN, Tier.DVSN)
_COMMUNES_TOO = (Tier.XA, *_DISTRICTS_TOO)


@dataclass(frozen=True)
class Feed:
    """Which figures an agency reports under an obligation of S0, about units of which tiers."""

    obligation: str
    agency: str
    tiers: tuple[Tier, ...]
    figure: Callable[[str, random.Random], dict[str, Any]]


def _score(unit: str, rng: random.Random) -> dict[str, Any]:
    return score(unit, f"{rng.randrange(10_000) / 100:.2f}")


def _tasks(unit: str, rng: random.Random) -> dict[str, Any]:
    return {"unit": unit, "due": 20, "done_on_time": rng.randrange(21)}


def _attendance(unit: str, rng: random.Random) -> dict[str, Any]:
    return {"unit": unit, "invited": 12, "present": rng.randrange(12), "substitute": 1}


def _discipline(unit: str, rng: random.Random) -> dict[str, Any]:
    return {"unit": unit, "violations": rng.randrange(2)}


FEEDS = (
    Feed("OB06", "so-noi-vu", _COMMUNES_TOO, _score),
    Feed("OB08", "cong-an-tinh", _COMMUNES_TOO, _score),
    Feed("OB07", "so-tttt", (Tier.SO, Tier.HUYEN), _score),
    Feed("OB02", "vp-ubnd-tinh", _DISTRICTS_TOO, _tasks),
    Feed("OB05", "so-noi-vu", _DISTRICTS_TOO, _discipline),
    Feed("OB01", "vp-ubnd-tinh", _DISTRICTS_TOO, _attendance),
    Feed("OB03", "vp-tinh-uy", _DISTRICTS_TOO, _attendance),
    Feed("OB04", "vp-doan-dbqh-hdnd", _DISTRICTS_TOO, _attendance),
)

AGENCIES = sorted({feed.agency for feed in FEEDS})

SHAPES = {
    "one figure": (1,),
    "mixed": (1, 1, 1, 1, 1, 44, 44, 44, 8, 260),
    "all units": (300,),
}
"""Rows a report, in turn. ``mixed``: half are corrections of one figure, three in ten as many units as there are
departments, one in ten the districts, one in ten the communes."""


@dataclass(frozen=True)
class Side:
    """One of the two servers, and the processes whose work is counted as its."""

    name: str
    port: int
    parts: tuple[Part, ...]

    def cpu_seconds(self) -> list[float]:
        """What its processes have used so far."""
        return [_cpu_seconds(part) for part in self.parts]


@dataclass(frozen=True)
class Run:
    """One side's share of a repetition, in seconds."""

    accepted: float
    drained: float
    cpu: tuple[float, ...]


def _cpu_seconds(part: Part) -> float:
    assert part.process is not None
    fields = Path(f"/proc/{part.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bodies(shape: Sequence[int], seed: int) -> Iterator[tuple[str, bytes]]:
    """Reports for ever, the feeds in turn: who sends each, and what. Figures are drawn from the seed."""
    rng = random.Random(seed)
    about = {feed: [unit for tier in feed.tiers for unit in units(tier)] for feed in FEEDS}
    for n in count():
        rows = shape[n % len(shape)]
        able = [feed for feed in FEEDS if len(about[feed]) >= rows]
        feed = able[n % len(able)]
        report = body(feed.obligation, [feed.figure(unit, rng) for unit in rng.sample(about[feed], rows)])
        yield feed.agency, json.dumps(report, ensure_ascii=False).encode()


class Bench:
    """The two sides, standing."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._keys = stack, dict[str, str]()
        self._numbers = count(1)
        parts = stack.parts
        parts["intake"] = stack._service("intake")
        if os.environ.get("COUNT"):
            parts["intake"].command = [sys.executable, "/tmp/w/doorx/count.py"]
        fast = {"THIDUA_RATE_PER_MINUTE": "1e9", "THIDUA_RATE_BURST": "1000000", "THIDUA_MOST_UNSENT": "1000000"}
        parts["intake"].env = {**parts["intake"].env, **fast}
        (port,) = free_ports([None])
        env = {PORT: str(port), MONGO: stack.mongo}
        command = [sys.executable, "-m", "tests.bench.plain_route"]
        parts["plain"] = Part("plain", command, stack.folder / "logs" / "plain.log", env)
        self.door = Side("door", stack.ports["intake"], (parts["intake"], parts["mongo"], parts["kafka"]))
        self.plain = Side("plain", port, (parts["plain"], parts["mongo"]))

    async def start(self) -> None:
        """Start both, publish the plan, let the agencies in."""
        for name in ("intake", "plain"):
            await self._stack.parts[name].start()
        await self._stack.ready("intake")

        async def plain_answers() -> bool:
            async with httpx.AsyncClient() as http:
                return bool((await http.get(f"http://127.0.0.1:{self.plain.port}/openapi.json")).is_success)

        await self._stack.until(plain_answers, "starting the plain route")
        async with httpx.AsyncClient(base_url=self._stack.urls["intake"]) as http:
            http.headers.update(
                {"Authorization": f"Bearer {self._stack.operator_key}", "Content-Type": "application/json"}
            )
            for path, what in (("units", register()), ("plans", s0())):
                (await http.put(f"/v1/{path}", content=what.model_dump_json())).raise_for_status()
            for agency in AGENCIES:
                issued = (await http.post(f"/v1/agencies/{agency}/keys")).raise_for_status()
                self._keys[agency] = issued.json()["key"]
        await self.drained()

    async def drained(self) -> None:
        """Wait until the door has said all it has to say."""

        async def nothing_unsent() -> bool:
            async with httpx.AsyncClient(base_url=self._stack.urls["intake"]) as http:
                return bool((await http.get("/progress")).json()["unsent"] == 0)

        await self._stack.until(nothing_unsent, "saying everything")

    def requests(self, written: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """The same for both sides; the plain route reads no header."""
        return [
            Sent(
                "/v1/reports",
                (("Authorization", f"Bearer {self._keys[agency]}"), ("Idempotency-Key", f"{next(self._numbers)}/BC")),
                report,
            ).encode()
            for agency, report in written
        ]

    async def run(self, side: Side, written: Sequence[tuple[str, bytes]], clients: int) -> Run:
        """Have one side take the reports."""
        requests = self.requests(written)
        cpu, started = side.cpu_seconds(), time.perf_counter()
        await send_all(side.port, requests, clients, 202)
        accepted = time.perf_counter() - started
        if side is self.door:
            await self.drained()
        drained = time.perf_counter() - started
        return Run(accepted, drained, tuple(b - a for a, b in zip(cpu, side.cpu_seconds(), strict=True)))


async def measure(shape: str, reps: int, reports: int, clients: int) -> dict[str, list[float]]:
    """The ratios of each repetition, door to plain route; more is better."""
    with tempfile.TemporaryDirectory(prefix="bench-door-") as folder:
        stack = Stack(Path(folder) / "stack", agencies=AGENCIES)
        try:
            await stack.start_servers()
            bench = Bench(stack)
            await bench.start()
            drawn = bodies(SHAPES[shape], seed=1)
            for side in (bench.plain, bench.door):  # each has done everything once before it is measured
                await bench.run(side, [next(drawn) for _ in range(clients * 4)], clients)
            found: dict[str, list[float]] = {}
            for rep in range(reps):
                written = [next(drawn) for _ in range(reports)]
                order = (bench.plain, bench.door) if rep % 2 else (bench.door, bench.plain)
                runs = {side.name: await bench.run(side, written, clients) for side in order}
                plain, door = runs["plain"], runs["door"]
                figures = {
                    "accepted": plain.accepted / door.accepted,
                    "drained": plain.accepted / door.drained,
                    "cpu": sum(plain.cpu) / sum(door.cpu),
                    "reports/s": reports / door.accepted,
                }
                for run, side in ((door, bench.door), (plain, bench.plain)):
                    for part, seconds in zip(side.parts, run.cpu, strict=True):
                        figures[f"ms of {part.name} a report, {side.name}"] = 1e3 * seconds / reports
                for name, figure in figures.items():
                    found.setdefault(name, []).append(figure)
            return found
        finally:
            for name in ("intake", "plain"):
                if name in stack.parts:
                    await stack.parts[name].stop()
            await stack.stop()


def main() -> None:
    """Measure and print, one JSON line a shape."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.door")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--reports", type=int, default=600)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--shape", choices=list(SHAPES), action="append")
    asked = parser.parse_args()
    for shape in asked.shape or SHAPES:
        found = asyncio.run(measure(shape, asked.reps, asked.reports, asked.clients))
        line: dict[str, Any] = {"ratio": f"door / plain insert route, {shape}, {asked.clients} clients"}
        for name, values in found.items():
            line[name] = [round(statistics.median(values), 3), round(min(values), 3), round(max(values), 3)]
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
