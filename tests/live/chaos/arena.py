"""The stack under attack: either broker, two replicas of scoring, and a proxy in front of broker and database."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import httpx

from deploy.demo.run import served
from deploy.kafka.harness import ADMIN, RealKafka
from deploy.stack.embedded import Stack
from deploy.stack.folders import empty_folder
from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from shared.contracts.model import VIETNAM
from shared.contracts.topics import Service
from shared.runtime.http.operations import Progress
from shared.runtime.kafka.clients import Admin
from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database
from tests.live.chaos import disk
from tests.live.chaos.entry import FAILPOINT, MUTANT
from tests.live.chaos.failpoints import Failpoint
from tests.live.chaos.letterbox import Letterbox
from tests.live.chaos.ways import Way, Ways
from tests.support.movement import s0

Backend = Literal["embedded", "kafka"]

REPLICAS: Final[dict[str, tuple[Service, str]]] = {
    "intake": ("intake", "0"),
    "scoring": ("scoring", "0"),
    "scoring-1": ("scoring", "1"),
    "council": ("council", "0"),
    "notify": ("notify", "0"),
}
"""Every service process: its service, and its name in the consumer group."""

START: Final = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)

REST_SECONDS: Final = 240.0
_SESSION_SECONDS: Final = "6"
_ASK_SECONDS = 5.0
_READY_PAUSE_SECONDS = 0.1
"""A process that is asked whether it is ready writes to the database, so it is not asked too often."""


class Restless(Exception):
    """The services did not come to rest. The message gives the reason."""


class Arena(Stack):
    """A stack whose processes can be killed and suspended, whose network can fail, and whose disk can be full.

    If possible, the database's files are on a small file system of their own, which can be filled. ``mutants`` names
    the mutant of each process that is to break the promise on purpose.
    """

    def __init__(
        self, folder: Path, backend: Backend, agencies: list[str], mutants: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder, served([s0()]), agencies=agencies, clock_start=START)
        self.backend = backend
        self.now = START.astimezone(UTC)
        self.mutants = dict(mutants or {})
        self.failpoints: dict[str, Failpoint] = {}
        taken = set(self.ports.values())
        self.ports["scoring-1"] = next(port for port in free_ports([None] * 7) if port not in taken)
        self.addresses = {name: f"http://127.0.0.1:{self.ports[name]}" for name in REPLICAS}
        self.real = RealKafka(folder / "kafka") if backend == "kafka" else None
        if self.real is not None:
            self.kafka = self.real.address
            self.login = Login(ADMIN, self.real.password)
        self.kafka_way = Way(self.real.port if self.real else self.ports["kafka"])
        self.mongo_ways = {name: Way(self.ports["mongo"]) for name in REPLICAS}
        self.ways = Ways([self.kafka_way, *self.mongo_ways.values()])
        self.http = httpx.AsyncClient(timeout=_ASK_SECONDS)
        self.letterbox = Letterbox()
        self.deaths = Counter[str]()
        """How often each service process was killed, or started so that it kills itself."""
        self.writing = asyncio.Lock()
        """Held by whoever of the suite writes. Nobody may while the embedded broker creates its topics."""

    async def start(self, on_phase: Callable[[str], None] = lambda _: None) -> None:
        """Start broker, database and the five processes, and wait until all are ready."""
        await self.ways.start()
        await self.letterbox.open()
        await self.start_servers(on_phase)
        for name in REPLICAS:
            self.parts[name] = self._process(name)
        await asyncio.gather(*(self.parts[name].start() for name in REPLICAS))
        await self.all_ready()

    async def start_servers(self, on_phase: Callable[[str], None] = lambda _: None) -> None:
        """Start the broker and the database alone, and create the topics."""
        disk.release(self.folder / "db")
        empty_folder(self.folder)
        (self.folder / "logs").mkdir()
        disk.lay(self.folder / "db")
        self.parts["mongo"] = self._database()
        if self.real is None:
            self.parts["kafka"] = self._broker()
            await asyncio.gather(*(part.start() for part in self.parts.values()))
        else:
            self.real.advertise_port(self.kafka_way.port)
            await asyncio.gather(self.parts["mongo"].start(), self.real.start())
            self.parts["kafka"] = self.real.part
            self.cluster_id = await self._asked_cluster()
        await asyncio.gather(self._wait_broker(), self._wait_database())

    async def stop(self) -> None:
        """Stop everything, whatever state it is in."""
        await self.http.aclose()
        for part in self.parts.values():
            part.resume()
        # Nobody needs what is left, so nothing is stopped gently.
        await asyncio.gather(*(part.stop(signal.SIGKILL) for part in self.parts.values()))
        await self.ways.stop()
        await self.letterbox.close()
        disk.release(self.folder / "db")

    async def _asked_cluster(self) -> str:
        admin = Admin(self.kafka, 1, self.login)
        try:
            return await admin.cluster_id()
        finally:
            await admin.stop()

    def _broker(self) -> Part:
        part = super()._broker()
        command = list(part.command)
        position = command.index("--advertised-listener-url") + 1
        command[position] = f"tcp://127.0.0.1:{self.kafka_way.port}"
        part.command = command
        return part

    @property
    def sign_in_secret(self) -> str:
        """The key that signs sign-ins."""
        return self._keys.sign_in

    @property
    def stack_id(self) -> str:
        """The stack's id, which the cookies of sign-ins name."""
        return self.environment("council")["THIDUA_STACK"]

    def _process(self, name: str) -> Part:
        service, instance = REPLICAS[name]
        env = dict(self._service(service).env)
        env |= {
            "THIDUA_KAFKA": f"127.0.0.1:{self.kafka_way.port}",
            "THIDUA_MONGO": f"mongodb://127.0.0.1:{self.mongo_ways[name].port}/?directConnection=true",
            "THIDUA_PORT": str(self.ports[name]),
            "THIDUA_RATE_PER_MINUTE": "1000000",
            "THIDUA_RATE_BURST": "100000",
        }
        if service == "notify":
            env |= {
                "THIDUA_SMTP_URL": f"smtp://127.0.0.1:{self.letterbox.port}",
                "THIDUA_TRIAL_MAILBOX": "thu-nghiem@tinh.example",
            }
        if self.real is not None:
            env |= {"THIDUA_INSTANCE": instance, "THIDUA_SESSION_SECONDS": _SESSION_SECONDS}
        elif service == "scoring":  # of two replicas, the one that falls silent is not to lose its partitions at once
            env["THIDUA_SESSION_SECONDS"] = _SESSION_SECONDS
        if self.login is not ANONYMOUS:
            env |= {
                "THIDUA_KAFKA_USER": self.login.user,
                "THIDUA_KAFKA_PASSWORD": self.login.password,
                "THIDUA_IDEMPOTENT_PRODUCER": "true",
            }
        if mutant := self.mutants.get(name):
            env[MUTANT] = mutant
        if failpoint := self.failpoints.get(name):
            env[FAILPOINT] = str(failpoint)
        command = [sys.executable, "-m", "tests.live.chaos.entry", service]
        return Part(name, command, self.folder / "logs" / f"{name}.log", env)

    async def launch(self, name: str, failpoint: Failpoint | None = None) -> None:
        """Start a service process, optionally with a failpoint, at which it may end by itself."""
        self.failpoints.pop(name, None)
        if failpoint is not None:
            self.failpoints[name] = failpoint
        self.parts[name] = self._process(name)
        await self.parts[name].start()
        self.parts[name].wanted = failpoint is None or failpoint.action not in ("kill", "late", "doze")
        self.deaths[name] += not self.parts[name].wanted

    async def kill(self, name: str) -> None:
        """Kill a process with SIGKILL."""
        self.deaths[name] += 1
        await super().kill(name)

    async def restart(self, name: str) -> None:
        """Restart a killed process; a real Kafka keeps its data."""
        if name in REPLICAS:
            await self.launch(name)
        elif name == "kafka" and self.real is not None:
            await self.real.start()
        else:
            async with self.writing:
                await super().restart(name)

    def is_suspended(self, name: str) -> bool:
        """Whether the process is stopped."""
        process = self.parts[name].process
        assert process is not None
        try:
            status = Path(f"/proc/{process.pid}/stat").read_text()
        except OSError:
            return False
        return status.rpartition(")")[2].split()[0] == "T"

    async def ended(self, name: str, seconds: float) -> int | None:
        """Wait for a process to end by itself; returns its exit code, or None if it did not end."""
        process = self.parts[name].process
        assert process is not None
        with suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), seconds)
        return None

    async def database_works(self) -> bool:
        """Whether the database accepts a write."""
        database = Database(self.mongo, "thidua_stack")
        try:
            await database.probe("arena")
        except TRANSIENT_DATABASE_ERRORS:
            return False
        finally:
            await database.close()
        return True

    async def all_ready(self, seconds: float = 180.0) -> None:
        """Wait until every process reports that it is ready. Raises ``TimeoutError``, ``PartDied``."""

        async def ready(name: str, url: str) -> None:
            async def answers() -> bool:
                return (await self.http.get(f"{url}/readyz")).status_code == 200

            await self.wait_until(answers, f"{name} getting ready", seconds, pause=_READY_PAUSE_SECONDS)

        await asyncio.gather(*(ready(name, url) for name, url in self.addresses.items()))

    async def clock_to(self, instant: datetime, names: list[str]) -> None:
        """Set the clocks in the given order, one after the other."""
        self.now = max(self.now, instant.astimezone(UTC))
        for name in names:

            async def driven(name: str = name) -> bool:
                answer = await self.http.post(f"{self.addresses[name]}/clock", json={"now": self.now.isoformat()})
                return answer.status_code == 200

            await self.wait_until(driven, f"driving the clock of {name}", 120)

    async def progress(self, name: str) -> Progress:
        """The progress of a process."""
        answer = await self.http.get(f"{self.addresses[name]}/progress")
        return Progress.model_validate(answer.raise_for_status().json())

    async def rest(self, partitions: Mapping[str, int], seconds: float = REST_SECONDS) -> None:
        """Wait until every process is idle in two successive looks without any change between them.

        ``partitions`` is how many each service reads, all replicas together. Raises ``Restless``, ``PartDied``.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        last: list[int] = []
        while True:
            self.check()
            try:
                seen = dict(zip(REPLICAS, await asyncio.gather(*map(self.progress, REPLICAS)), strict=True))
                reason = self._unrest(seen, partitions)
            except (httpx.HTTPError, ValueError) as error:
                seen, reason = {}, repr(error)
            moved = [] if reason else [progress.moved for progress in seen.values()]
            if moved and moved == last:
                return
            last = moved
            if asyncio.get_running_loop().time() > deadline:
                raise Restless(reason or f"something still moves: {moved}")
            await asyncio.sleep(0.2)

    def _unrest(self, seen: Mapping[str, Progress], partitions: Mapping[str, int]) -> str:
        for name, progress in seen.items():
            if not progress.at_rest or progress.now != self.now or progress.cluster != self.cluster_id:
                return (
                    f"{name}: {progress.model_dump(mode='json')}, expected {self.now.isoformat()} on {self.cluster_id}"
                )
        for service, expected in partitions.items():
            assigned = sum(seen[name].partitions for name, (of, _) in REPLICAS.items() if of == service)
            # The embedded broker may assign a partition to two replicas permanently. Both then read it, and the
            # compare-and-set keeps their results equal. A partition that nobody reads shows up as lost figures.
            if assigned < expected or (self.real is not None and assigned > expected):
                return f"{service} reads {assigned} partitions of {expected}"
        return ""

    def log_bytes(self) -> dict[str, int]:
        """The log size of each service process, in bytes."""
        folder = self.folder / "logs"
        return {name: (folder / f"{name}.log").stat().st_size for name in REPLICAS if (folder / f"{name}.log").exists()}
