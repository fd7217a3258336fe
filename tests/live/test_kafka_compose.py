"""Broker and database of docker-compose.yml with passwords, and the one-shot service that makes users and rights."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.kafka.access import AccessAdmin
from deploy.maintenance.kafka_rights import USERS, Acl, principal, rights_of
from deploy.setup.database import ROLES
from shared.contracts.topics import JUDGEMENTS, NOTICES, RESULTS, SERVICES, STANDINGS, UNITS
from shared.runtime.kafka.clients import Admin, Producer
from shared.runtime.kafka.login import ANONYMOUS, Login
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing, Undeliverable
from tests.support.compose_servers import Servers, compose_servers

pytestmark = [pytest.mark.apart, pytest.mark.timeout(600)]  # on a machine that is busy with other things

WIDER: Final = Acl(principal("scoring"), "topic", JUDGEMENTS.name, "LITERAL", "DELETE")
SET_UP: Final = "everything is there"
OWN_AND_FOREIGN: Final = {
    "intake": (UNITS.name, JUDGEMENTS.name),
    "scoring": (STANDINGS.name, NOTICES.name),
    "council": (JUDGEMENTS.name, NOTICES.name),
    "notify": (NOTICES.name, JUDGEMENTS.name),
}
"""A topic that each service writes, and one that it may not."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """Both servers after the first run of ``setup``."""
    folder = tmp_path_factory.mktemp("compose")
    async with compose_servers(folder) as started:
        first = await started.set_up(folder / "shown")
        assert len([line for line in first if re.match(r"(kafka|database): user \S+ made", line)]) == len(
            [*USERS, *ROLES]
        )
        yield started


def login(servers: Servers, user: str) -> Login:
    return Login(user, servers.secret(f"kafka-{user.removeprefix('kafka-')}"))


async def users_as_stored(servers: Servers) -> list[dict[str, Any]]:
    """Every user of the database with the salted digests of its password."""
    url = f"mongodb://{servers.mongo}/?directConnection=true"
    password = servers.secret("mongo-admin")
    async with AsyncMongoClient[dict[str, Any]](url, username="admin", password=password) as client:
        users = []
        for user in ROLES:
            info = {"user": user, "db": "admin"}
            users += (await client.admin.command("usersInfo", info, showCredentials=True))["users"]
        return users


def rights(servers: Servers) -> set[Acl]:
    return set(AccessAdmin(servers.kafka, "SASL_PLAINTEXT", "admin", servers.secret("kafka-admin")).rights())


async def test_run_again_it_changes_nothing(servers: Servers) -> None:
    """Neither a user with its password's salt, nor a right, nor a topic."""
    before = await users_as_stored(servers), rights(servers)
    assert [SET_UP in line for line in await servers.set_up(servers.secrets.parent / "shown")] == [True]
    assert (await users_as_stored(servers), rights(servers)) == before
    assert len(before[0]) == len(ROLES)
    assert before[1] == {right for user in USERS for right in rights_of(user)}


async def test_it_mends_what_is_different_and_only_that(servers: Servers, tmp_path: Path) -> None:
    """A right too much, a password that was replaced, a role too few, a topic that is missing."""
    access = AccessAdmin(servers.kafka, "SASL_PLAINTEXT", "admin", servers.secret("kafka-admin"))
    access.add_rights([WIDER])
    access.set_password("notify", "another")
    client = AIOKafkaAdminClient(bootstrap_servers=servers.kafka, **login(servers, "admin").client())
    await client.start()
    await client.delete_topics([f"{STANDINGS.name}.dlq"])
    await client.close()
    url = f"mongodb://{servers.mongo}/?directConnection=true"
    async with AsyncMongoClient[dict[str, Any]](url, username="admin", password=servers.secret("mongo-admin")) as admin:
        await admin.admin.command("updateUser", "council", roles=[])
        await admin.admin.command("updateUser", "intake", pwd="another")
    assert await servers.set_up(tmp_path / "shown") == [
        "database: password of intake set",
        "database: roles of council set",
        f"kafka: topic {STANDINGS.name}.dlq made",
        "kafka: password of user notify set",
        "kafka: 1 rights taken away",
    ]
    assert [SET_UP in line for line in await servers.set_up(tmp_path / "shown")] == [True]


@pytest.mark.parametrize("user", SERVICES)
async def test_a_service_may_do_its_work_on_the_cluster_and_not_that_of_others(servers: Servers, user: str) -> None:
    """It writes what it publishes, reads what it consumes in its own group, and creates no topic of the table twice."""
    admin = Admin(servers.kafka, 1, login(servers, user))
    try:
        await admin.create_topics(["so-noi-vu"] if user == "intake" else [])
        assert {"inbox.so-noi-vu.v1", "outbox.so-noi-vu.v1.dlq"} <= {*await admin.topics()} or user != "intake"
    finally:
        await admin.stop()
    writes, never = OWN_AND_FOREIGN[user]
    producer = Producer(servers.kafka, idempotent=True, login=login(servers, user))
    try:
        await producer([Outgoing(writes, user.encode(), b"value")])
        with pytest.raises(Undeliverable):
            await producer([Outgoing(never, b"key", b"value")])
    finally:
        await producer.stop()
    reader = AIOKafkaConsumer(
        RESULTS.name, group_id="another", bootstrap_servers=servers.kafka, **login(servers, user).client()
    )
    try:
        with pytest.raises(GroupAuthorizationFailedError):
            await reader.start()
    finally:
        await reader.stop()


async def test_operators_read_events_and_rights_and_write_nothing(servers: Servers) -> None:
    ops = login(servers, "ops")
    producer = Producer(servers.kafka, idempotent=False, login=ops)
    try:
        with pytest.raises(Undeliverable):
            await producer([Outgoing(UNITS.name, b"key", b"value")])
    finally:
        await producer.stop()
    assert [record.value async for record in read_all(servers.kafka, [RESULTS.name], ops)] == []
    assert set(AccessAdmin(servers.kafka, "SASL_PLAINTEXT", "ops", ops.password).rights()) == rights(servers)


async def test_the_exporter_sees_offsets_and_reads_no_record(servers: Servers) -> None:
    exporter = login(servers, "kafka-exporter").client()
    client = AIOKafkaConsumer(bootstrap_servers=servers.kafka, **exporter)
    await client.start()
    try:
        partition = TopicPartition(UNITS.name, 0)
        client.assign([partition])
        assert await client.end_offsets([partition]) != {}
        client.seek(partition, 0)
        with pytest.raises(TopicAuthorizationFailedError):
            await client.getone(partition)
    finally:
        await client.stop()


async def test_a_service_reads_and_writes_its_own_database_only(servers: Servers) -> None:
    """Its URL is the one that compose gives it; who watches reads no data."""
    for user in SERVICES:
        url = servers.secret(f"mongo-{user}").replace("mongo:27017", servers.mongo)
        async with AsyncMongoClient[dict[str, Any]](url.replace("replicaSet=rs0", "directConnection=true")) as client:
            await client[f"thidua_{user}"].tried.insert_one({"_id": user})
            await client[f"thidua_{user}"].tried.drop()
            other = "intake" if user != "intake" else "council"
            for refused in (client[f"thidua_{other}"].tried.find_one(), client[f"thidua_{other}"].tried.insert_one({})):
                with pytest.raises(OperationFailure, match="not authorized"):
                    await refused


@pytest.mark.parametrize("stranger", [ANONYMOUS, Login("admin", "wrong"), Login("thidua", "0123456789abcdef")], ids=str)
async def test_nobody_else_gets_in(servers: Servers, stranger: Login) -> None:
    """Neither without a password nor with a wrong one."""
    client = AIOKafkaAdminClient(bootstrap_servers=servers.kafka, request_timeout_ms=5_000, **stranger.client())
    try:
        with pytest.raises(KafkaError):
            await client.start()
    finally:
        await client.close()
