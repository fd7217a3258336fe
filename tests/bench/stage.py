"""The servers and processes of the bench: a broker for each load, one database, a fresh process for every side.

The servers are embedded ones unless addresses are given. On a given cluster, topics are deleted and created again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from deploy.kafka.harness import ADMIN, RealKafka
from deploy.stack.embedded import Stack
from deploy.stack.folders import claim_folder, empty_folder
from deploy.stack.part import Part
from shared.runtime.kafka.clients import Admin
from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.mongo import Database
from tests.bench.filling import delete_topics, fill, make_topics, own_login
from tests.bench.load import Load
from tests.bench.watched import Watched

ROOT: Final = Path(__file__).parents[2]
_LONGEST_SECONDS: Final = 1_800


class SideFailed(RuntimeError):
    """A side's process ended with an error, or its result is wrong. The message gives the details."""


class _Servers(Stack):
    """The embedded broker or database alone."""

    async def start_broker(self) -> None:
        """Start a broker without any topic."""
        claim_folder(self.folder)
        (self.folder / "logs").mkdir(exist_ok=True)
        self.parts["kafka"] = self._broker()
        await self.parts["kafka"].start()
        admin = Admin(self.kafka, 1, self.login)

        async def answers() -> bool:
            return await admin.cluster_id() == self.cluster_id

        try:
            await self.wait_until(answers, "starting the broker")
        finally:
            await admin.stop()


def cpu_seconds(part: Part | None) -> float:
    """CPU seconds a process has used so far; 0 if there is no process or the system does not report it (macOS)."""
    path = Path(f"/proc/{part.process.pid if part and part.process else 0}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Stage:
    """The servers of one run of the bench. Each starts when it is first used; all are stopped at the end.

    ``figures`` is the default size of a load.
    """

    def __init__(self, folder: Path, *, figures: int = 200_000, kafka: str | None = None, mongo: str | None = None):
        self.folder, self.figures = folder.resolve(), figures
        self._given_kafka, self._given_mongo = kafka, mongo
        self.login = own_login() if kafka else ANONYMOUS
        self._run = self.folder / "run"
        self._database: _Servers | None = None
        self._brokers: dict[Load | None, _Servers] = {}
        self._on_given: Load | None = None
        self._real: tuple[RealKafka, Stage] | None = None
        self._numbers = count(1)

    async def __aenter__(self) -> Stage:
        empty_folder(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._real is not None:
            kafka, stage = self._real
            await stage.__aexit__()
            await kafka.stop()
        servers = [*self._brokers.values(), *([self._database] if self._database else [])]
        await asyncio.gather(*(server.stop() for server in servers))

    @property
    def embedded(self) -> bool:
        """Whether the broker is the embedded one."""
        return self._given_kafka is None

    async def on_real_kafka(self) -> Stage:
        """A stage on a real Kafka, which is started at the first call.

        Raises ``MissingRequirement``, ``PartDied``, ``TimeoutError``.
        """
        if self._real is None:
            kafka = RealKafka(self._run / "kafka")
            await kafka.start()
            stage = Stage(self.folder / "real", figures=self.figures, kafka=kafka.address, mongo=await self.mongo())
            stage.login = Login(ADMIN, kafka.password)
            self._real = kafka, await stage.__aenter__()
        return self._real[1]

    async def mongo(self) -> str:
        """The database's address."""
        if self._given_mongo:
            return self._given_mongo
        if self._database is None:
            self._database = _Servers(self._run / "database")
            await self._database.start_database()
        return self._database.mongo

    @asynccontextmanager
    async def own_database(self) -> AsyncIterator[tuple[str, Part | None]]:
        """The address and process of a new database without writes, or of the given one (whose process is None).

        At every retryable write, the embedded database goes through all retryable writes of the last minutes. So on a
        shared database, a side with single writes would pay for the writes of earlier sides.
        """
        if self._given_mongo:
            yield self._given_mongo, None
            return
        servers = _Servers(self._run / f"database-{next(self._numbers)}")
        try:
            await servers.start_database()
            yield servers.mongo, servers.parts["mongo"]
        finally:
            await servers.stop()

    async def kafka(self, load: Load | None = None) -> str:
        """The address of a broker that has only this load; without a load, of one with empty topics."""
        if self._given_kafka is not None:
            if load is None or load != self._on_given:
                await delete_topics(self._given_kafka, self.login)
                await self._fill(self._given_kafka, load)
                self._on_given = load
            return self._given_kafka
        if load is None or load not in self._brokers:
            if load is None and (last := self._brokers.pop(None, None)):
                await last.stop()
            self._brokers[load] = servers = _Servers(self._run / f"broker-{next(self._numbers)}")
            await servers.start_broker()
            await self._fill(servers.kafka, load)
        return self._brokers[load].kafka

    async def leave(self, load: Load) -> None:
        """Stop the embedded broker of a load that is not used any more."""
        if servers := self._brokers.pop(load, None):
            await servers.stop()

    async def _fill(self, kafka: str, load: Load | None) -> None:
        await make_topics(kafka, self.login, load.partitions if load else None)
        if load is not None:
            await fill(kafka, load, self.login)

    def fresh(self) -> str:
        """An unused prefix for database names."""
        return f"bench_{os.getpid()}_{next(self._numbers)}_"

    async def forget(self, prefix: str, *services: str) -> None:
        """Drop the databases with a prefix: those of ``services``, by default that of scoring."""
        for service in services or ("scoring",):
            database = Database(await self.mongo(), prefix + service)
            try:
                await database.drop()
            finally:
                await database.close()

    async def child(
        self, module: str, *arguments: str, env: Mapping[str, str] | None = None, python: str = sys.executable
    ) -> dict[str, Any]:
        """Run ``python -m MODULE ARGUMENT…`` and return the JSON in its last line.

        Raises ``SideFailed`` if it exits with an error, and ``TimeoutError`` after half an hour.
        """
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", module, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self._credentials(), **(env or {})},
            cwd=ROOT,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), _LONGEST_SECONDS)
        except BaseException:
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
        if process.returncode:
            tail = "\n".join(err.decode(errors="replace").splitlines()[-15:])
            raise SideFailed(f"{module} {' '.join(arguments)} ended with code {process.returncode}:\n{tail}")
        result: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
        return result

    @asynccontextmanager
    async def service(
        self, name: str, kafka: str, prefix: str, *entry: str, env: Mapping[str, str] | None = None
    ) -> AsyncIterator[Watched]:
        """Run a service in a fresh process and stop it afterwards.

        ``entry`` are options of ``tests.bench.entry``, ``env`` additional settings of the service.
        """
        watched = await self.start(name, kafka, prefix, *entry, env=env)
        try:
            yield watched
        finally:
            await watched.stop()

    async def start(
        self, name: str, kafka: str, prefix: str, *entry: str, env: Mapping[str, str] | None = None
    ) -> Watched:
        """Start a service as ``service`` does; the caller must stop it."""
        number = next(self._numbers)
        stamps = self._run / f"{name}-{number}.stamps"
        port = await Watched.free_port()
        settings = {
            "THIDUA_KAFKA": kafka,
            "THIDUA_MONGO": "mongodb://127.0.0.1:1/" if "--memory" in entry else await self.mongo(),
            "THIDUA_PORT": str(port),
            "THIDUA_DATABASE_PREFIX": prefix,
            "THIDUA_IDEMPOTENT_PRODUCER": str(not self.embedded).lower(),
            "THIDUA_LOG_LEVEL": "WARNING",
            # On the embedded broker a named replica that was killed cannot join again while another one is running.
            "THIDUA_INSTANCE": "" if self.embedded else str(number),
            **self._credentials(),
            **(env or {}),
        }
        command = [sys.executable, "-m", "tests.bench.entry", name, "--stamps", str(stamps), *entry]
        part = Part(name, command, self._run / "logs" / f"{name}-{number}.log", settings)
        part.log.parent.mkdir(exist_ok=True)
        watched = Watched(part, f"http://127.0.0.1:{port}", stamps)
        await watched.start()
        return watched

    def _credentials(self) -> dict[str, str]:
        return {"THIDUA_KAFKA_USER": self.login.user, "THIDUA_KAFKA_PASSWORD": self.login.password}
