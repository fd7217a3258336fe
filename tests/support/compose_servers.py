"""Broker and database as docker-compose.yml has them, with secrets of their own, on this machine's loopback.

What compose and the images add (containers, networks, the images' scripts) is not part of it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from deploy.kafka.jars import MissingRequirement, jars
from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Admin
from shared.runtime.kafka.login import Login
from tests.support.compose import filled_in
from tests.support.compose_file import ROOT, service
from tests.support.waiting import until

JAVA: Final = "java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"

# What the image does with its variables (KafkaDockerWrapper) before it starts the broker.
RUN: Final = """\
env | sed -n 's/^KAFKA_//p' | while IFS= read -r line; do
  name=$(printf %s "${{line%%=*}}" | tr 'A-Z_' 'a-z.' | sed 's/\\.\\.\\./-/g')
  printf '%s=%s\\n' "$name" "${{line#*=}}"
done > {folder}/server.properties
exec {java} -cp '{classes}' kafka.Kafka {folder}/server.properties
"""


def write_secrets(folder: Path) -> Path:
    """Run ``deploy/secrets.sh`` as an operator does; returns the folder of secrets."""
    subprocess.run(["sh", str(ROOT / "deploy/secrets.sh")], cwd=folder, capture_output=True, check=True)
    return folder / "secrets"


def shown_secrets(name: str, secrets: Path, folder: Path) -> Path:
    """The files that compose shows a container, under the names that it gives them, in ``folder``."""
    folder.mkdir(exist_ok=True)
    for entry in service(name).get("secrets", ()):
        source, target = (entry, entry) if isinstance(entry, str) else (entry["source"], entry["target"])
        (folder / target).write_bytes((secrets / source).read_bytes())
    return folder


def moved(text: str, here: Mapping[str, str]) -> str:
    """A text with each of some addresses and paths replaced by another."""
    for there, ours in here.items():
        text = text.replace(there, ours)
    return text


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers are, and the folder of secrets."""

    kafka: str
    mongo: str
    secrets: Path

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text().strip()

    async def set_up(self, folder: Path) -> list[str]:
        """Run the one-shot service ``setup`` with what compose gives it; returns the lines that it prints."""
        given = service("setup")
        here = self.here(shown_secrets("setup", self.secrets, folder))
        environment = {key: moved(value, here) for key, value in filled_in(given["environment"], {}).items()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *given["entrypoint"][1:]),
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode().splitlines()

    def here(self, shown: Path) -> dict[str, str]:
        """What stands for the names and paths of the containers on this machine."""
        return {
            "kafka:9092": self.kafka,
            "mongo:27017": self.mongo,
            "replicaSet=rs0": "directConnection=true",  # the embedded database is no replica set
            "/run/secrets": str(shown),
        }


@asynccontextmanager
async def broker(folder: Path, secrets: Path) -> AsyncIterator[str]:
    """The broker with compose's own command and settings on the released jars. Yields its address once it answers."""
    try:
        classes = f"{await asyncio.to_thread(jars)}/*"
    except MissingRequirement as missing:
        pytest.skip(f"no real Apache Kafka here: {missing}")
    given = filled_in(service("kafka"), {})
    clients, controller = free_ports([None, None])
    address = f"127.0.0.1:{clients}"
    here = {
        "CLIENTS://:9092": f"CLIENTS://{address}",
        "kafka:9092": address,
        "localhost:9093": f"127.0.0.1:{controller}",
        "/var/lib/kafka/data": str(folder / "data"),
        "/tmp/format.properties": str(folder / "format.properties"),
        "/opt/kafka/bin/kafka-storage.sh": f"{JAVA} -cp '{classes}' kafka.tools.StorageTool",
        "/etc/kafka/docker/run": f"sh {folder / 'run'}",
        "/run/secrets": str(shown_secrets("kafka", secrets, folder / "kafka-secrets")),
    }
    (folder / "run").write_text(RUN.format(folder=folder, java=JAVA, classes=classes))
    environment = {name: moved(value, here) for name, value in given["environment"].items()}
    command = [moved(word, here) for word in given["command"]]
    (folder / "logs").mkdir(exist_ok=True)
    part = Part("kafka", command, folder / "logs" / "kafka.log", environment)
    admin = Admin(address, 1, Login("admin", (secrets / "kafka-admin").read_text().strip()))

    async def answers() -> bool:
        part.check()
        try:
            return bool(await admin.cluster_id())
        except TRANSIENT_BROKER_ERRORS:
            return False

    try:
        await part.start()
        await until(answers, "compose's broker having started", seconds=180)
        yield address
    finally:
        await admin.stop()
        await part.stop()


@asynccontextmanager
async def database(folder: Path, secrets: Path) -> AsyncIterator[str]:
    """The embedded database with only the admin that compose's health check makes. Yields its host and port."""
    (port,) = free_ports([None])
    binary = Path(sys.executable).parent / "secantusd-py"
    command = [str(binary), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(folder / "db")]
    log, url = folder / "logs" / "mongo.log", f"mongodb://127.0.0.1:{port}/?directConnection=true"
    log.parent.mkdir(exist_ok=True)
    password = (secrets / "mongo-admin").read_text().strip()
    part = Part("mongo", command, log)
    try:
        await part.start()
        await until(lambda: _pings(url), "the database", seconds=120)
        async with AsyncMongoClient[dict[str, object]](url) as client:
            await client.admin.command("createUser", "admin", pwd=password, roles=["root"])
        await part.stop()
        part = Part("mongo", [*command, "--auth"], log)
        await part.start()
        guarded = url.replace("//", f"//admin:{password}@").replace("/?", "/?authSource=admin&")
        await until(lambda: _pings(guarded), "the database with passwords", seconds=120)
        yield f"127.0.0.1:{port}"
    finally:
        await part.stop()


async def _pings(url: str) -> bool:
    async with AsyncMongoClient[dict[str, object]](url, serverSelectionTimeoutMS=200) as client:
        try:
            return bool(await client.admin.command("ping"))
        except PyMongoError:
            return False


@asynccontextmanager
async def compose_servers(folder: Path) -> AsyncIterator[Servers]:
    """Both servers with passwords that ``deploy/secrets.sh`` has just written, and nobody but their admins."""
    secrets = write_secrets(folder)
    async with broker(folder, secrets) as kafka, database(folder, secrets) as mongo:
        yield Servers(kafka, mongo, secrets)
