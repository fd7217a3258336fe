"""A real Apache Kafka with access for agencies, and clients that write and read as an agency."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.kafka.access import access_names
from deploy.kafka.harness import ADMIN, RealKafka, login
from tests.support import warm_commands


@dataclass
class Cluster:
    """The Kafka cluster, with the agencies' topics and users that the command has created."""

    kafka: RealKafka
    passwords: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, agency: str) -> dict[str, Any]:
        """The connection settings of an agency's client."""
        return {"bootstrap_servers": self.kafka.address, **login(access_names(agency).user, self.passwords[agency])}

    @property
    def admin(self) -> dict[str, Any]:
        return {"bootstrap_servers": self.kafka.address, **login(ADMIN, self.kafka.password)}

    async def add(self, agency: str, *args: str) -> tuple[int, str, str]:
        """Run ``thidua agency add`` as a person does; returns its exit code, output and errors."""
        where = ("--kafka", self.kafka.address, "--security", "SASL_PLAINTEXT")
        return await thidua("agency", "add", agency, *where, *args, password=self.kafka.password)


async def thidua(*args: str, password: str = "") -> tuple[int, str, str]:
    """Run a ``thidua`` command as an operator; returns its exit code, output and errors."""
    given = {"THIDUA_KAFKA_ADMIN_PASSWORD": password, "THIDUA_OPERATOR_KEY": "operator"}
    ended = await warm_commands.thidua(*args, env=given)
    return ended.code, ended.out, ended.err


async def make_topics(cluster: Cluster, *names: str) -> None:
    admin = AIOKafkaAdminClient(**cluster.admin)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1) for name in names])
    finally:
        await admin.close()


async def topics(client: dict[str, Any]) -> set[str]:
    """The topics that a client can see."""
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def write(client: dict[str, Any], topic: str, value: bytes = b"x") -> None:
    producer = AIOKafkaProducer(**client, acks="all", enable_idempotence=True, request_timeout_ms=10_000)
    try:
        await producer.start()
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read(client: dict[str, Any], topic: str, group: str | None) -> bytes | None:
    """The first record of a topic; with a group its offset is committed."""
    consumer = AIOKafkaConsumer(
        topic,
        **client,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        request_timeout_ms=10_000,
    )
    try:
        await consumer.start()
        record = await asyncio.wait_for(consumer.getone(), 15)
        if group:
            await consumer.commit()
        return bytes(record.value) if record.value else None
    finally:
        await consumer.stop()
