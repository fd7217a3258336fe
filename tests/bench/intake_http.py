"""The intake API against a plain route that inserts the same body: accepted reports a second.

Both are fresh processes, each on a fresh database of the same kind, with the same write concern (majority, journal)
and the same server, and get the same bodies from the same clients. The door does all it does: keys, limits,
validation, idempotency, versions, receipts, the audit chain, and the relay to the topics, which runs while reports
come in. Only the rate an agency may send at is raised. The plain route reads the JSON object into a dict and asks
nothing of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice

import httpx

from deploy.stack.embedded import Part
from deploy.stack.ports import free_ports
from services.intake.access.key_store import digest
from shared.runtime.http.operations import Progress
from tests.bench.keep_alive import Sent, send_all
from tests.bench.plain_route import DATABASE, MONGO, PORT
from tests.bench.ratio import Ratio, Side, Took
from tests.bench.reports import AGENCIES, SHAPES, reports
from tests.bench.stage import Stage, cpu_seconds
from tests.support.movement import register, s0
from tests.support.provinces import SERVED

_CLIENTS = 32
_REPORTS = 500
_WARM = 100
_OPERATOR = {"Authorization": "Bearer operator", "Content-Type": "application/json"}
_UNHINDERED = {"THIDUA_RATE_PER_MINUTE": "1e9", "THIDUA_RATE_BURST": "1000000", "THIDUA_MOST_UNSENT": "1000000"}


@dataclass
class Server:
    """A process that accepts reports, each of an agency under its own number."""

    part: Part
    port: int
    keys: dict[str, str] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def take(self, written: Sequence[tuple[str, bytes]]) -> None:
        """Have it accept the reports."""
        requests = [
            Sent(
                "/v1/reports",
                (
                    ("Authorization", f"Bearer {self.keys.get(agency, '')}"),
                    ("Idempotency-Key", f"{next(self._numbers)}/BC"),
                ),
                report,
            ).encode()
            for agency, report in written
        ]
        await send_all(self.port, requests, _CLIENTS, 202)


@asynccontextmanager
async def _serving(stage: Stage, name: str, module: str, env: dict[str, str], answers: str) -> AsyncIterator[Server]:
    (port,) = free_ports([None])
    log = stage.folder / "run" / "logs" / f"{name}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    ports = {"THIDUA_PORT": str(port), PORT: str(port)}
    server = Server(Part(name, [sys.executable, "-m", module], log, {**env, **ports}), port)
    await server.part.start()
    try:
        await _until(server, lambda http: _well(http, answers))
        yield server
    finally:
        await server.part.stop()


async def _well(http: httpx.AsyncClient, path: str) -> bool:
    return (await http.get(path)).is_success


async def _until(server: Server, works: Callable[[httpx.AsyncClient], Awaitable[bool]]) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        while True:
            server.part.check()
            try:
                if await works(http):
                    return
            except httpx.TransportError:
                pass


@asynccontextmanager
async def _intake(stage: Stage, mongo: str) -> AsyncIterator[Server]:
    env = {
        "THIDUA_KAFKA": await stage.kafka(),
        "THIDUA_MONGO": mongo,
        "THIDUA_DATABASE_PREFIX": stage.fresh(),
        "THIDUA_IDEMPOTENT_PRODUCER": str(not stage.embedded).lower(),
        "THIDUA_OPERATOR_KEY_SHA256": digest("operator"),
        **{f"THIDUA_{name.upper()}": value for name, value in SERVED.items()},
        "THIDUA_LOG_LEVEL": "WARNING",
        "THIDUA_KAFKA_USER": stage.login.user,
        "THIDUA_KAFKA_PASSWORD": stage.login.password,
        **_UNHINDERED,
    }
    async with _serving(stage, "intake", "services.intake", env, "/readyz") as intake:
        async with httpx.AsyncClient(base_url=intake.url, headers=_OPERATOR, timeout=30) as http:
            for path, what in (("units", register()), ("plans", s0())):
                (await http.put(f"/v1/{path}", content=what.model_dump_json())).raise_for_status()
            for agency in AGENCIES:
                issued = (await http.post(f"/v1/agencies/{agency}/keys")).raise_for_status()
                intake.keys[agency] = issued.json()["key"]
        yield intake


async def _nothing_unsent(http: httpx.AsyncClient) -> bool:
    return Progress.model_validate_json((await http.get("/progress")).content).unsent == 0


class Meter:
    """Wall-clock seconds and CPU seconds since it was made, of a server and its database."""

    def __init__(self, server: Server, database: Part | None) -> None:
        self._parts = (server.part, database)
        self._cpu, self._started = [cpu_seconds(part) for part in self._parts], time.perf_counter()

    @property
    def seconds(self) -> float:
        """By the wall clock."""
        return time.perf_counter() - self._started

    def took(self, seconds: float, **facts: float) -> Took:
        """What a side took: the CPU is that of both, ``database_us`` the database's a report."""
        own, database = (cpu_seconds(part) - cpu for part, cpu in zip(self._parts, self._cpu, strict=True))
        return Took(seconds, _REPORTS, own + database, {"database_us": 1e6 * database / _REPORTS, **facts})


def accepted(shape: str) -> Side:
    """From the first report sent to the last answered; ``drained_us`` is until the last is on its topics as well."""

    async def side(stage: Stage) -> Took:
        drawn = reports(shape)
        async with stage.own_database() as (mongo, database), _intake(stage, mongo) as intake:
            await intake.take(list(islice(drawn, _WARM)))
            await _until(intake, _nothing_unsent)
            written = list(islice(drawn, _REPORTS))
            meter = Meter(intake, database)
            await intake.take(written)
            seconds = meter.seconds
            await _until(intake, _nothing_unsent)
            return meter.took(seconds, drained_us=1e6 * meter.seconds / _REPORTS)

    return side


def inserted(shape: str) -> Side:
    """The same for the plain route, which publishes nothing."""

    async def side(stage: Stage) -> Took:
        drawn = reports(shape)
        async with stage.own_database() as (mongo, database):
            env = {MONGO: mongo, DATABASE: stage.fresh() + "plain"}
            async with _serving(stage, "plain", "tests.bench.plain_route", env, "/openapi.json") as plain:
                await plain.take(list(islice(drawn, _WARM)))
                written = list(islice(drawn, _REPORTS))
                meter = Meter(plain, database)
                await plain.take(written)
                return meter.took(meter.seconds)

    return side


RATIOS = tuple(
    Ratio(
        f"door-{shape}",
        f"reports the door accepts ({', '.join(map(str, SHAPES[shape]))} units each in turn, {_CLIENTS} clients)"
        " / bodies a plain FastAPI route inserts",
        accepted(shape),
        inserted(shape),
        target=0.7,
        reps=7,
    )
    for shape in SHAPES
)
