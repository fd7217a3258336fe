"""The intake API against a plain route that inserts the same body: accepted reports per second.

Each side is a fresh process on a fresh database of the same kind, with the same write concern (majority, journal) and
the same HTTP server, and gets the same bodies from the same clients. Intake does all its work: keys, limits,
validation, idempotency, versions, receipts, the audit chain, and the relay to the topics, which runs while reports
arrive. Only its rate limits are raised. The plain route parses the JSON object and checks nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice

import httpx

from deploy.stack.part import Part
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
_ANSWERS = 5000
_WARM = 100
_OPERATOR = {"Authorization": "Bearer operator", "Content-Type": "application/json"}
_UNHINDERED = {"THIDUA_RATE_PER_MINUTE": "1e9", "THIDUA_RATE_BURST": "1000000", "THIDUA_MOST_UNSENT": "1000000"}


@dataclass
class Server:
    """A process that accepts reports over HTTP. Every report gets a number of its own; ``keys`` are by agency."""

    part: Part
    port: int
    keys: dict[str, str] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        """The base address of its routes."""
        return f"http://127.0.0.1:{self.port}"

    async def take(self, written: Sequence[tuple[str, bytes]]) -> None:
        """Send reports, pairs of an agency and a body. Raises ``RuntimeError`` if one is not accepted (202)."""
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
async def _serving(
    stage: Stage, name: str, command: Sequence[str], env: dict[str, str], answers: str
) -> AsyncIterator[Server]:
    (port,) = free_ports([None])
    log = stage.folder / "run" / "logs" / f"{name}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    ports = {"THIDUA_PORT": str(port), PORT: str(port)}
    server = Server(Part(name, [sys.executable, "-m", *command], log, {**env, **ports}), port)
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
    async with _serving(stage, "intake", ["services.intake"], env, "/readyz") as intake:
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
    """Measures wall-clock time, and the CPU time of a server and its database, from its creation on."""

    def __init__(self, server: Server, database: Part | None) -> None:
        self._parts = (server.part, database)
        self._cpu, self._started = [cpu_seconds(part) for part in self._parts], time.perf_counter()

    @property
    def seconds(self) -> float:
        """Wall-clock seconds since the creation."""
        return time.perf_counter() - self._started

    def took(self, seconds: float, reports: int = _REPORTS, **facts: float) -> Took:
        """The result of a side: CPU seconds of both processes; ``database_us`` is the database's CPU per report."""
        own, database = (cpu_seconds(part) - cpu for part, cpu in zip(self._parts, self._cpu, strict=True))
        return Took(seconds, reports, own + database, {"database_us": 1e6 * database / reports, **facts})


def accepted(shape: str) -> Side:
    """The time from the first request to the last answer. ``drained_us`` also includes publishing, per report."""

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
    """The time from the first request to the last answer of the plain route, which publishes nothing."""

    async def side(stage: Stage) -> Took:
        drawn = reports(shape)
        async with stage.own_database() as (mongo, database):
            env = {MONGO: mongo, DATABASE: stage.fresh() + "plain"}
            async with _serving(stage, "plain", ["tests.bench.plain_route"], env, "/openapi.json") as plain:
                await plain.take(list(islice(drawn, _WARM)))
                written = list(islice(drawn, _REPORTS))
                meter = Meter(plain, database)
                await plain.take(written)
                return meter.took(meter.seconds)

    return side


def answered(protocol: str) -> Side:
    """The time from the first request to the last answer of an app that does nothing, behind a protocol."""

    async def side(stage: Stage) -> Took:
        drawn = reports("one-figure")
        command = ["tests.bench.bare_route", protocol]
        async with _serving(stage, protocol, command, {}, "/") as bare:
            await bare.take(list(islice(drawn, _WARM)))
            written = list(islice(drawn, _ANSWERS))
            meter = Meter(bare, None)
            await bare.take(written)
            return meter.took(meter.seconds, _ANSWERS)

    return side


_PROTOCOL = Ratio(
    "door-protocol",
    "requests with one figure that an empty app answers behind the services' HTTP protocol, which checks header bytes"
    " and limits times / behind uvicorn's own",
    answered("strict"),
    answered("own"),
    reps=7,
)

RATIOS = (
    _PROTOCOL,
    *(
        Ratio(
            f"door-{shape}",
            f"reports that intake accepts ({', '.join(map(str, SHAPES[shape]))} units each in turn, {_CLIENTS} clients)"
            " / bodies that a plain FastAPI route inserts",
            accepted(shape),
            inserted(shape),
            target=0.7,
            reps=7,
        )
        for shape in SHAPES
    ),
)
