"""What compose starts, as processes with exactly the environment that compose gives: only hosts and ports are others.

The broker is the real Apache Kafka with SASL and rights, the database the embedded one with users, both set up by the
one-shot service.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from deploy.stack.keys import digest
from deploy.stack.ports import free_ports
from shared.contracts.topics import SERVICES
from tests.support.compose import filled_in
from tests.support.compose_file import ROOT, service
from tests.support.compose_servers import Servers, compose_servers, moved, shown_secrets
from tests.support.movement import register, s0, s1
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(600)

KEY: Final = "the operator's key"
IMAGE: Final = {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
"""What the image sets (deploy/Dockerfile); its folder ``/app`` is this checkout."""


@dataclass(frozen=True, slots=True)
class Started:
    """The processes by the services' names, where they listen, and a folder of their own."""

    servers: Servers
    urls: dict[str, str]
    folder: Path
    processes: dict[str, asyncio.subprocess.Process]

    def environment(self, name: str) -> dict[str, str]:
        """What compose gives a container, with this machine's addresses and folders."""
        shown = shown_secrets(name, self.servers.secrets, self.folder / f"{name}-secrets")
        here = self.servers.here(shown)
        here |= {f"http://{other}:8000": url for other, url in self.urls.items()}
        here |= {"/var/lib/thidua/outbox": str(self.folder / "outbox"), "0.0.0.0": "127.0.0.1"}
        for file in shown.iterdir():
            file.write_text(moved(file.read_text(), here))
        given = filled_in({k: v for k, v in service(name)["environment"].items() if v is not None}, {})
        if name in self.urls:
            here["8000"] = self.urls[name].rpartition(":")[2]
        return IMAGE | {key: moved(value, here) for key, value in given.items()}

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def start(self, name: str) -> None:
        """Start a service's command."""
        with self.log(name).open("wb") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, *service(name)["command"][1:]),
                env=self.environment(name),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )


@asynccontextmanager
async def stopped(processes: dict[str, asyncio.subprocess.Process]) -> AsyncIterator[None]:
    """Stops every process at the end."""
    try:
        yield
    finally:
        for process in processes.values():
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in processes.values()))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Started]:
    """All four services, once ``setup`` has ended."""
    folder = tmp_path_factory.mktemp("compose")
    processes: dict[str, asyncio.subprocess.Process] = {}
    urls = {str(n): f"http://127.0.0.1:{p}" for n, p in zip(SERVICES, free_ports([None] * 4), strict=True)}
    async with compose_servers(folder) as servers, stopped(processes):
        (servers.secrets / "operator-key-sha256").write_text(digest(KEY))
        await servers.set_up(folder / "shown")
        started = Started(servers, urls, folder, processes)
        await asyncio.gather(*(started.start(name) for name in SERVICES))
        yield started


async def test_every_service_gets_ready(started: Started) -> None:
    """With its own user it reads and writes its topics and its database."""
    async with httpx.AsyncClient(timeout=10) as http:
        for name, url in started.urls.items():

            async def ready(name: str = name, url: str = url) -> bool:
                assert started.processes[name].returncode is None, started.log(name).read_text()[-3000:]
                try:
                    return (await http.get(f"{url}/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, f"{name} being ready", seconds=180)
            progress = (await http.get(f"{url}/progress")).json()
            assert (progress["service"], progress["parked"]) == (name, [])


async def test_what_one_service_publishes_the_others_read(started: Started) -> None:
    """A plan reaches scoring and council, and scoring's boards reach council: nobody lacks a right on a topic."""
    movement = s0().movement
    assert movement is not None
    async with httpx.AsyncClient(timeout=30, headers={"Authorization": f"Bearer {KEY}"}) as http:
        for path, body in (("units", register()), ("plans", s0()), ("plans", s1())):
            sent = body.model_dump(mode="json")
            assert (await http.put(f"{started.urls['intake']}/v1/{path}", json=sent)).status_code == 204

        async def boards() -> bool:
            movements = await http.get(f"{started.urls['scoring']}/v1/movements")
            ranking = await http.get(f"{started.urls['council']}/xep-hang", headers={"Accept": "text/html"})
            return movement.id in movements.text and ranking.status_code == 200

        await until(boards, "the plan having reached scoring and council", seconds=120)
        for name, url in started.urls.items():

            async def at_rest(url: str = url) -> bool:
                progress = (await http.get(f"{url}/progress")).json()
                return bool(progress["lag"] == 0 and progress["unsent"] == 0 and not progress["parked"])

            await until(at_rest, f"{name} having read and published everything", seconds=120)
            assert "AuthorizationFailed" not in started.log(name).read_text(), name


async def test_the_operators_doctor_finds_nothing_wrong_with_the_cluster(started: Started) -> None:
    """With the environment of ``ops``: it asks every service, reads the topics, the rights and the indexes."""
    findings = await doctor(started)
    for check in ("services", "releases", "clocks", "topics", "acls", "indexes"):
        assert {f["level"] for f in findings if f["check"] == check} == {"ok"}, (check, findings)


async def doctor(started: Started) -> list[dict[str, Any]]:
    given = service("ops")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *given["entrypoint"][1:], "doctor", "--json"),
        env=started.environment("ops"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode in (0, 1), errors.decode()
    findings: list[dict[str, Any]] = json.loads(output)
    return findings
