"""The broker of docker-compose.yml: its own command and settings on the released jars, and a service that logs in.

What compose and the image add (containers, networks, the image's scripts) is not part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.kafka.jars import MissingRequirement, jars
from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from shared.contracts.topics import UNITS
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Admin, Producer
from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.compose import filled_in
from tests.support.waiting import until

ROOT: Final = Path(__file__).parents[2]
PASSWORD: Final = "0123456789abcdef"
JAVA: Final = "java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"

# What the image does with its variables (KafkaDockerWrapper) before it starts the broker.
RUN: Final = """\
env | sed -n 's/^KAFKA_//p' | while IFS= read -r line; do
  name=$(printf %s "${{line%%=*}}" | tr 'A-Z_' 'a-z.' | sed 's/\\.\\.\\./-/g')
  printf '%s=%s\\n' "$name" "${{line#*=}}"
done > {folder}/server.properties
exec {java} -cp '{classes}' kafka.Kafka {folder}/server.properties
"""


def compose_broker(folder: Path, classes: str) -> tuple[Part, str]:
    """The broker as compose runs it, in a folder and on free ports of the loopback; and where clients find it."""
    passwords = {"THIDUA_KAFKA_PASSWORD": PASSWORD}
    broker = filled_in(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["kafka"], passwords)
    clients, controller = free_ports([None, None])
    here: dict[str, str] = {
        "CLIENTS://:9092": f"CLIENTS://127.0.0.1:{clients}",
        "kafka:9092": f"127.0.0.1:{clients}",
        "localhost:9093": f"127.0.0.1:{controller}",
        "/var/lib/kafka/data": str(folder / "data"),
        "/tmp/format.properties": str(folder / "format.properties"),
        "/opt/kafka/bin/kafka-storage.sh": f"{JAVA} -cp '{classes}' kafka.tools.StorageTool",
        "/etc/kafka/docker/run": f"sh {folder / 'run'}",
    }

    def moved(text: str) -> str:
        for there, ours in here.items():
            text = text.replace(there, ours)
        return text

    (folder / "run").write_text(RUN.format(folder=folder, java=JAVA, classes=classes))
    environment = {name: moved(value) for name, value in broker["environment"].items()}
    command = [moved(word) for word in broker["command"]]
    return Part("kafka", command, folder / "logs" / "kafka.log", environment), f"127.0.0.1:{clients}"


@pytest_asyncio.fixture(scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of the broker."""
    folder = tmp_path_factory.mktemp("compose")
    (folder / "logs").mkdir()
    try:
        classes = f"{await asyncio.to_thread(jars)}/*"
    except MissingRequirement as missing:
        pytest.skip(f"no real Apache Kafka here: {missing}")
    part, address = compose_broker(folder, classes)
    try:
        await part.start()
        yield address
    finally:
        await part.stop()


def settings(kafka: str, **given: Any) -> ServiceSettings:
    return ServiceSettings(kafka=kafka, **given)


async def test_a_service_logs_in_with_what_compose_gives_it_and_publishes_and_reads(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its settings are the environment that compose gives it."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    given = filled_in(compose["services"]["scoring"], {"THIDUA_KAFKA_PASSWORD": PASSWORD})["environment"]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    login = ServiceSettings().kafka_login
    assert (login.user, login.password) == ("thidua", PASSWORD)
    admin = Admin(kafka, 1, login)
    producer = Producer(kafka, idempotent=True, login=login)
    try:

        async def answers() -> str:
            try:
                return await admin.cluster_id()
            except TRANSIENT_BROKER_ERRORS:
                return ""

        assert await until(answers, "compose's broker having started", seconds=60)
        await admin.create_topics()
        await producer([Outgoing(UNITS.name, b"key", b"value")])
        assert [record.value async for record in read_all(kafka, [UNITS.name], login)] == [b"value"]
    finally:
        await producer.stop()
        await admin.stop()


@pytest.mark.parametrize("login", [ANONYMOUS, Login("thidua", "wrong"), Login("admin", PASSWORD)], ids=str)
async def test_nobody_else_gets_in(kafka: str, login: Login) -> None:
    """Neither without a password nor with a wrong one."""
    client = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=5_000, **login.client())
    try:
        with pytest.raises(KafkaError):
            await client.start()
    finally:
        await client.close()
