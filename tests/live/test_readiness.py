"""Readiness and liveness while a service's dependency freezes, dies and recovers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.stack.embedded import Stack
from shared.contracts.topics import SERVICES
from shared.runtime.mongo import Database
from tests.support.movement import register
from tests.support.waiting import until

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures processes by Linux's /proc"),
    pytest.mark.timeout(300),
]

NOTICED_SECONDS = 3.0
RECOVERED_SECONDS = 10.0
LIVE_SECONDS = 1.0
MOST_OF_A_CORE = 0.5
MOST_LOG_BYTES = 1_000_000
TICKS = os.sysconf("SC_CLK_TCK")


async def readiness(http: httpx.AsyncClient, url: str) -> tuple[bool, list[str], float]:
    """Whether a service is ready, what is missing, and the seconds the answer took."""
    began = time.monotonic()
    answer = await http.get(f"{url}/readyz")
    assert answer.status_code == (200 if answer.json()["ready"] else 503)
    return answer.json()["ready"], answer.json()["missing"], time.monotonic() - began


def cpu_seconds(pid: int) -> float:
    """The CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Watch:
    """Observes the four services during a fault."""

    version = 1  # the one that the stack has

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.http = httpx.AsyncClient(timeout=10)

    def pids(self) -> dict[str, int]:
        processes = {name: self.stack.parts[name].process for name in SERVICES}
        return {name: process.pid for name, process in processes.items() if process}

    def log_bytes(self) -> int:
        return sum((self.stack.folder / "logs" / f"{name}.log").stat().st_size for name in SERVICES)

    async def all_ready(self) -> None:
        """Wait until all services are ready; the caller checks the duration."""

        async def ready() -> bool:
            return all([(await readiness(self.http, url))[0] for url in self.stack.urls.values()])

        await self.stack.wait_until(ready, "being ready again")

    async def noticed(self, what: str) -> None:
        """Check that every service reports within three seconds that it is not ready, and what is missing."""
        answers = await asyncio.gather(*(readiness(self.http, url) for url in self.stack.urls.values()))
        for name, (ready, missing, seconds) in zip(self.stack.urls, answers, strict=True):
            assert not ready, name
            assert any(dependency.startswith(what) for dependency in missing), (name, missing)
            assert seconds < NOTICED_SECONDS, (name, seconds)

    async def wait_until_all_apply(self) -> None:
        """Publish the units under the next version, and wait until all three consumers have applied them."""
        Watch.version += 1
        units = register().model_copy(update={"version": self.version}).model_dump_json()
        headers = {"Authorization": f"Bearer {self.stack.operator_key}", "Content-Type": "application/json"}
        answer = await self.http.put(f"{self.stack.urls['intake']}/v1/units", headers=headers, content=units)
        assert answer.status_code == 204, answer.text
        for name in ("scoring", "council", "notify"):
            database = Database(self.stack.mongo, f"thidua_{name}")

            async def applied(database: Database = database) -> bool:
                return await database.documents("registers").get(f"thai-binh/{self.version}") is not None

            await self.stack.wait_until(applied, f"{name} hearing of the units")
            await database.close()

    async def alive_and_quiet(self, seconds: float) -> dict[str, float]:
        """Check that liveness answers at once and no service loops; returns the share of a core each used."""
        before, began = {name: cpu_seconds(pid) for name, pid in self.pids().items()}, time.monotonic()
        while time.monotonic() - began < seconds:
            for url in self.stack.urls.values():
                started = time.monotonic()
                assert (await self.http.get(f"{url}/livez")).status_code == 200
                assert time.monotonic() - started < LIVE_SECONDS
            await asyncio.sleep(0.2)  # nothing may fail for this long
        took = time.monotonic() - began
        return {name: (cpu_seconds(pid) - before[name]) / took for name, pid in self.pids().items()}


@asynccontextmanager
async def watching(stack: Stack) -> AsyncIterator[Watch]:
    watch = Watch(stack)
    try:
        await watch.all_ready()
        yield watch
    finally:
        await watch.http.aclose()


def send_signal(stack: Stack, part: str, how: signal.Signals) -> None:
    process = stack.parts[part].process
    assert process is not None
    process.send_signal(how)


async def stops(stack: Stack, part: str) -> None:
    send_signal(stack, part, signal.SIGSTOP)
    process = stack.parts[part].process
    assert process is not None
    threads = Path(f"/proc/{process.pid}/task")

    def stopped() -> bool:
        states = [(thread / "stat").read_text().rpartition(")")[2].split()[0] for thread in threads.iterdir()]
        return set(states) == {"T"}

    await until(stopped, f"{part} standing still")


async def resumes(stack: Stack, part: str) -> None:
    send_signal(stack, part, signal.SIGCONT)


async def dies(stack: Stack, part: str) -> None:
    await stack.kill(part)


async def restarts(stack: Stack, part: str) -> None:
    await stack.restart(part)


Act = Callable[[Stack, str], Awaitable[None]]


@pytest.mark.parametrize(
    ("part", "reason", "fault", "repair", "seconds"),
    [
        ("mongo", "database", stops, resumes, 4),
        pytest.param("mongo", "database", dies, restarts, 4, marks=pytest.mark.apart),
        pytest.param("kafka", "broker", stops, resumes, 4, marks=pytest.mark.apart),
        pytest.param("kafka", "broker", stops, resumes, 15, marks=pytest.mark.apart),
        ("kafka", "broker", dies, restarts, 4),
    ],
    ids=["database-frozen", "database-killed", "broker-frozen", "broker-frozen-beyond-the-session", "broker-killed"],
)
async def test_a_fault_is_reported_and_survived_without_noise_and_readiness_returns_after_it(
    stack: Stack, part: str, reason: str, fault: Act, repair: Act, seconds: float
) -> None:
    """Services are unready within 3 s, alive throughout, and ready within 10 s of recovery.

    They do not loop busily and write less than 1 MB of log. Events published afterwards are applied, once the consumer
    groups have formed again.
    """
    async with watching(stack) as watch:
        logged = watch.log_bytes()
        try:
            await fault(stack, part)
            await watch.noticed(reason)
            used = await watch.alive_and_quiet(seconds)
            await watch.noticed(reason)
        finally:
            await repair(stack, part)
            repaired = time.monotonic()
        await watch.all_ready()
        recovered = time.monotonic() - repaired
        await watch.wait_until_all_apply()
        applied_after, grown = time.monotonic() - repaired, watch.log_bytes() - logged
        cpu = f"{max(used.values()):.0%} of a core at most"
        print(
            f"{part} {fault.__name__}, {seconds} s: ready after {recovered:.1f} s, applied after"
            f" {applied_after:.1f} s,",
            end=" ",
        )
        print(f"{grown} bytes of log, {cpu}")
        assert max(used.values()) < MOST_OF_A_CORE, used
        assert grown < MOST_LOG_BYTES
        assert recovered < RECOVERED_SECONDS
