"""The rights that `thidua agency add` gives an agency on a real Apache Kafka, and their limits: SASL/SCRAM and ACLs.

They are skipped with the reason if Java, Maven or Maven's repository is missing.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from pydantic import SecretStr

from deploy.kafka.harness import ADMIN, RealKafka
from deploy.kafka.jars import MissingRequirement
from deploy.stack.embedded import Stack
from shared.contracts.council import JudgementMade
from shared.contracts.receipts import ReportAnswered
from shared.contracts.topics import DLQ, INBOX, JUDGEMENTS, OUTBOX, RESULTS, STANDINGS
from shared.runtime.kafka.clients import Admin, Producer
from shared.runtime.kafka.login import Login
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.intake_client import intake_client, listening
from tests.support.kafka_access import Cluster, make_topics, read, thidua, topics, write
from tests.support.one_service import Applying, caught_up, running, service_with
from tests.support.waiting import until

ROOT: Final = Path(__file__).parents[2]
SUBMITTED: Final = ROOT / "shared/contracts/examples/inbox.agency.v1/v1/report.submitted-score.json"
JUDGED: Final = ROOT / "shared/contracts/examples/council.judgements.v1/v1/judgement.made.json"
A, B = "so-noi-vu", "so-ke-hoach-va-dau-tu"
NEIGHBOUR = "so-noi-v"  # its code begins like A's
INBOX_A, OUTBOX_A, INBOX_B, OUTBOX_B = INBOX.of(A), OUTBOX.of(A), INBOX.of(B), OUTBOX.of(B)


@pytest_asyncio.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """A new Kafka with access for three agencies."""
    kafka = RealKafka(tmp_path_factory.mktemp("kafka") / "kafka")
    try:
        await kafka.start()
        cluster = Cluster(kafka)
        await make_topics(cluster, RESULTS.name, STANDINGS.name)
        for agency in (A, B, NEIGHBOUR):
            code, out, err = await cluster.add(agency, "--no-api-key", "--json")
            assert code == 0, err
            cluster.passwords[agency] = json.loads(out)["kafka"]["password"]
        yield cluster
    except MissingRequirement as missing:
        pytest.skip(f"no real Apache Kafka here: {missing}")
    finally:
        await kafka.stop()


async def test_an_agency_writes_its_inbox_and_reads_the_answer_in_its_outbox(cluster: Cluster) -> None:
    """It uses SASL/SCRAM-SHA-512, an idempotent producer and a group of its own."""
    await write(cluster[A], INBOX_A, b"a report")
    assert await read(cluster.admin, INBOX_A, None) == b"a report"
    await write(cluster.admin, OUTBOX_A, b"a receipt")
    assert await read(cluster[A], OUTBOX_A, f"agency.{A}.reports") == b"a receipt"


@pytest.mark.parametrize(
    "topic", [INBOX_B, OUTBOX_B, OUTBOX_A, INBOX_A + DLQ, RESULTS.name, "inbox.nobody.v1"], ids=str
)
async def test_an_agency_may_write_no_topic_but_its_inbox(cluster: Cluster, topic: str) -> None:
    """It cannot write another agency's inbox and so report in its name, nor its outbox, nor a topic of the services."""
    with pytest.raises(TopicAuthorizationFailedError):
        await write(cluster[A], topic)


@pytest.mark.parametrize("topic", [OUTBOX_B, INBOX_B, INBOX_A, OUTBOX_A + DLQ, STANDINGS.name], ids=str)
async def test_an_agency_may_read_no_topic_but_its_outbox(cluster: Cluster, topic: str) -> None:
    """It can read neither another agency's answers nor any agency's reports."""
    await write(cluster.admin, INBOX_A)
    with pytest.raises(TopicAuthorizationFailedError):
        await read(cluster[A], topic, f"agency.{A}.reports")


@pytest.mark.parametrize("group", ["intake", "scoring", f"agency.{B}.reports", f"agency.{A}"], ids=str)
async def test_an_agency_may_use_no_group_but_its_own(cluster: Cluster, group: str) -> None:
    """Otherwise it could take partitions from a service or from another agency."""
    with pytest.raises(GroupAuthorizationFailedError):
        await read(cluster[A], OUTBOX_A, group)


async def test_the_same_rights_hold_over_tls(cluster: Cluster) -> None:
    """In production the command uses SASL_SSL by default, and so do services and agencies."""
    kafka = cluster.kafka
    where = ("--kafka", kafka.tls_address, "--ca", str(kafka.certificate), "--no-api-key", "--json")
    code, out, err = await thidua("agency", "add", "so-tttt", *where, password=kafka.password)
    assert code == 0, err
    printed = json.loads(out)["kafka"]
    assert printed["security"] == "SASL_SSL"
    trusting = Login(printed["user"], printed["password"], tls=True, ca=kafka.certificate).client()
    await write({"bootstrap_servers": kafka.tls_address, **trusting}, printed["inbox"])
    with pytest.raises(TopicAuthorizationFailedError):
        await write({"bootstrap_servers": kafka.tls_address, **trusting}, INBOX_A)
    distrusting = Login(printed["user"], printed["password"], tls=True).client()
    with pytest.raises(KafkaConnectionError):
        await write({"bootstrap_servers": kafka.tls_address, **distrusting}, printed["inbox"])


async def test_a_service_connects_over_tls_as_its_environment_configures(
    cluster: Cluster, servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service uses Kafka in every way: it creates topics, publishes, consumes, reads its lag and replays."""
    kafka = cluster.kafka
    environment = {"": kafka.tls_address, "_USER": ADMIN, "_PASSWORD": kafka.password, "_TLS": "true"}
    for name, value in {**environment, "_CA": str(kafka.certificate)}.items():
        monkeypatch.setenv(f"THIDUA_KAFKA{name}", value)
    settings = ServiceSettings(mongo=servers.mongo, database_prefix=f"test_{uuid4().hex}_")
    handler = Applying()
    service = service_with(handler, servers, JUDGEMENTS.name, given=settings)
    producer = Producer(settings.kafka, idempotent=True, login=settings.kafka_login)
    judgement = JudgementMade.model_validate_json(JUDGED.read_bytes())
    async with running(service):
        await producer([Outgoing(JUDGEMENTS.name, judgement.subject.encode(), judgement.encode())])
        await until(lambda: judgement in handler.applied)
        await caught_up(service)
        assert await service.unready() == []
        await service._database.drop()
    await producer.stop()
    replayed = [record.value async for record in read_all(settings.kafka, [JUDGEMENTS.name], settings.kafka_login)]
    assert replayed == [judgement.encode()]
    with pytest.raises(UnknownTopicOrPartitionError, match=r"no such topic: no\.such\.topic"):
        [_ async for _ in read_all(settings.kafka, [JUDGEMENTS.name, "no.such.topic"], settings.kafka_login)]
    for wrong in (replace(settings.kafka_login, ca=None), Login(ADMIN, kafka.password)):
        stranger = Admin(settings.kafka, 1, wrong)
        with pytest.raises(KafkaConnectionError):
            await stranger.start()


async def test_a_code_that_is_a_prefix_of_another_gives_no_right_to_the_other(cluster: Cluster) -> None:
    """Rights over groups go by prefix, and the prefix ends where the code ends."""
    with pytest.raises(GroupAuthorizationFailedError):
        await read(cluster[NEIGHBOUR], OUTBOX.of(NEIGHBOUR), f"agency.{A}.reports")
    with pytest.raises(TopicAuthorizationFailedError):
        await write(cluster[NEIGHBOUR], INBOX_A)


async def test_an_agency_sees_its_two_topics_and_can_administer_nothing(cluster: Cluster) -> None:
    """It cannot see the names of other topics, and it cannot create topics."""
    assert await topics(cluster[A]) == {INBOX_A, OUTBOX_A}
    assert await topics(cluster.admin) > {INBOX_A + DLQ, OUTBOX_A + DLQ, INBOX_B, RESULTS.name}
    admin = AIOKafkaAdminClient(**cluster[A])
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic("mine", 1, 1)])
        assert for_code(answer.topic_errors[0][1]) in {TopicAuthorizationFailedError, ClusterAuthorizationFailedError}
    finally:
        await admin.close()


@pytest.mark.parametrize("user", [f"agency.{A}", ADMIN, "agency.nobody", A])
async def test_a_wrong_password_or_an_unknown_user_is_refused(
    cluster: Cluster, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Kafka refuses the connection before any request."""
    with pytest.raises(KafkaConnectionError):
        await write({**cluster[A], "sasl_plain_username": user, "sasl_plain_password": cluster.passwords[B]}, INBOX_A)
    assert "SaslAuthenticationFailed" in caplog.text


async def test_adding_an_agency_again_changes_nothing_unless_a_new_password_is_asked_for(cluster: Cluster) -> None:
    """A second run locks no agency out; after a new password the old one is refused."""
    code, out, err = await cluster.add(B, "--no-api-key", "--json")
    assert (code, json.loads(out)["kafka"]["password"]) == (0, None), err
    await write(cluster[B], INBOX_B)
    code, out, _ = await cluster.add(B, "--no-api-key", "--new-password")
    assert code == 0
    old = cluster[B]
    (cluster.passwords[B],) = re.findall(r"^Mật khẩu +(\S+) ", out, re.M)
    await write(cluster[B], INBOX_B)
    with pytest.raises(KafkaConnectionError):
        await write(old, INBOX_B)


async def test_users_rights_and_records_survive_a_killed_broker(cluster: Cluster) -> None:
    """Kafka keeps them in its log."""
    await write(cluster[A], INBOX_A, b"before")
    await cluster.kafka.stop(signal.SIGKILL)
    await cluster.kafka.start()
    await write(cluster[A], INBOX_A, b"after")
    with pytest.raises(TopicAuthorizationFailedError):
        await write(cluster[A], INBOX_B)
    with pytest.raises(KafkaError):
        await write({**cluster[A], "sasl_plain_password": "x"}, INBOX_A)


@pytest_asyncio.fixture(scope="module")
async def intake(servers: Stack, cluster: Cluster) -> AsyncIterator[str]:
    """intake on a real port, connected to that Kafka as its own user, with the units and the plan."""
    as_user: dict[str, Any] = {
        "kafka_user": ADMIN,
        "kafka_password": SecretStr(cluster.kafka.password),
        "idempotent_producer": True,
    }
    async with (
        intake_client(servers, kafka=cluster.kafka.address, **as_user) as (service, _),
        listening(service) as url,
    ):
        yield url


async def test_a_report_in_the_inbox_is_answered_in_the_outbox_of_its_sender(cluster: Cluster, intake: str) -> None:
    """intake connects to the same cluster with a password; the topic identifies the sender."""
    await write(cluster[A], INBOX_A, SUBMITTED.read_bytes())
    submitted = json.loads(SUBMITTED.read_bytes())
    consumer = AIOKafkaConsumer(
        OUTBOX_A, **cluster[A], group_id=f"agency.{A}.answers", auto_offset_reset="earliest", enable_auto_commit=False
    )
    try:
        await consumer.start()
        async with asyncio.timeout(30):
            async for record in consumer:
                if record.key == submitted["id"].encode():
                    break
    finally:
        await consumer.stop()
    answer = ReportAnswered.model_validate_json(record.value)
    assert (answer.data.report, answer.data.reported_by, answer.data.status) == (
        submitted["data"]["number"],
        A,
        "accepted",
    )


async def test_one_command_gives_http_and_kafka_access_and_shows_each_secret_once(
    cluster: Cluster, intake: str
) -> None:
    """The key gives access to the HTTP API, the password to the inbox."""
    code, out, err = await cluster.add(A, "--new-password", "--url", intake)
    assert code == 0, err
    assert out.count("(chỉ hiện một lần)") == 2
    (cluster.passwords[A],) = re.findall(r"^Mật khẩu +(\S+) ", out, re.M)
    (key,) = re.findall(r"^Khóa API +(\S+) ", out, re.M)
    await write(cluster[A], INBOX_A)
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{intake}/v1/receipts", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200


async def test_an_agency_that_speaks_http_only_needs_no_cluster(intake: str) -> None:
    """Without ``--kafka`` the command issues a key and nothing else."""
    code, out, err = await thidua("agency", "add", A, "--url", intake, "--json")
    assert code == 0, err
    assert json.loads(out).keys() == {"agency", "api_key", "api_key_id", "api_key_expires_at"}


async def test_a_code_intake_does_not_know_gets_no_topics(cluster: Cluster, intake: str) -> None:
    """A mistyped code leaves nothing behind."""
    code, out, err = await cluster.add("so-noi-vuu", "--url", intake)
    assert (code, out) == (1, "")
    assert "no_unit" in err
    assert INBOX.of("so-noi-vuu") not in await topics(cluster.admin)


async def test_no_key_is_issued_when_the_cluster_refuses_the_admin(cluster: Cluster, intake: str) -> None:
    """The command connects to the cluster first; the message contains the cluster's answer."""
    where = ("--kafka", cluster.kafka.address, "--security", "SASL_PLAINTEXT", "--url", intake)
    code, out, err = await thidua("agency", "add", A, *where, password="wrong")
    assert code == 1
    assert "Khóa API" not in out
    assert "invalid credentials" in err


@pytest.mark.parametrize("code", ["Sở Nội vụ", "a.b", "-a", "*", "a" * 250], ids=str)
async def test_a_code_that_is_no_valid_topic_name_is_refused(code: str) -> None:
    """The command checks it before any request; a star or a dot would match more than one agency."""
    ended, out, err = await thidua("agency", "add", "--no-api-key", "--kafka", "127.0.0.1:1", "--", code)
    assert (ended, out) == (1, "")
    assert "không đặt tên chủ đề" in err
