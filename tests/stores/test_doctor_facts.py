"""Faults planted in real databases, on a real broker and in answering services, as `thidua doctor` gathers them.

Each is planted alone and taken back. What else the broker of the tests has is in the findings before and after.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.maintenance.doctor import Finding, examine
from deploy.maintenance.doctor_facts import gather_facts
from deploy.maintenance.kafka_rights import Acl
from deploy.stack.embedded import Stack
from services.intake.access.key_store import ApiKeys
from shared.contracts.topics import DLQ, STANDINGS
from shared.plans.working_days import WorkingDays
from shared.runtime.kafka.clients import Admin
from shared.runtime.maintenance_notes import MaintenanceNotes
from shared.runtime.mongo import Database
from shared.runtime.references import References
from tests.support.movement import register, s0

AGENCY, TWIN = "so-noi-vu", STANDINGS.name + DLQ
Planting = Callable[["Deployment"], Awaitable[None]]


@dataclass
class Answers:
    """What a service answers, and how far its clock is off."""

    release: str = "1.0"
    skew: timedelta = timedelta()


@contextmanager
def answering(answers: Answers) -> Iterator[str]:
    """Something that answers an operator's questions as a service does; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {
                "/readyz": '{"missing": []}',
                "/progress": '{"lag": 0}',
                "/metrics": f'thidua_build_info{{python="3.13",version="{answers.release}"}} 1.0\n',
            }[self.path].encode()
            self.send_response_only(200)
            self.send_header("Date", format_datetime(datetime.now(UTC) + answers.skew, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass
class Deployment:
    """Intake's database, the broker, and two services that answer. ``acls`` are what the cluster grants."""

    servers: Stack
    prefix: str
    intake: Database
    urls: dict[str, str]
    council: Answers
    acls: list[Acl]

    async def findings(self) -> list[Finding]:
        """What the doctor finds wrong now."""
        facts = await gather_facts(self.servers.kafka, self.servers.mongo, self.urls, None, self.acls, self.prefix)
        return [finding for finding in examine(facts) if finding.level not in ("ok", "unchecked")]

    @asynccontextmanager
    async def kafka(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """A client that may change topics."""
        client = AIOKafkaAdminClient(bootstrap_servers=self.servers.kafka)
        await client.start()
        try:
            yield client
        finally:
            await client.close()


@pytest_asyncio.fixture
async def deployment(servers: Stack) -> AsyncIterator[Deployment]:
    """Sound, but that no plan is published yet."""
    prefix, now = f"test_{uuid4().hex}_", datetime.now(UTC)
    intake, admin = Database(servers.mongo, f"{prefix}intake"), Admin(servers.kafka, 1)
    keys, references, council = ApiKeys(intake, 100), References(intake), Answers()
    await admin.create_topics([AGENCY])
    await admin.stop()
    await keys.prepare()
    await references.prepare()
    await references.learn_register(register(), now)
    await keys.issue(AGENCY, "operator", now)
    await MaintenanceNotes(intake).note("backup", now)
    with answering(Answers()) as first, answering(council) as second:
        urls = {"intake": first, "council": second}
        yield Deployment(servers, prefix, intake, urls, council, [])
    await intake.drop()
    await intake.close()


async def missing_topic(at: Deployment) -> None:
    async with at.kafka() as client:
        await client.delete_topics([TWIN])


async def extra_topic(at: Deployment) -> None:
    async with at.kafka() as client:
        await client.create_topics([NewTopic(f"la-{at.prefix}", 1, 1)])


async def wide_acl(at: Deployment) -> None:
    at.acls.append(Acl(f"User:agency.{AGENCY}", "topic", "inbox.", "PREFIXED", "WRITE"))


async def missing_index(at: Deployment) -> None:
    await at.intake._db["api_keys"].drop_index("keys.digest_1")


async def clock_off(at: Deployment) -> None:
    at.council.skew = timedelta(minutes=5)


async def expired_key(at: Deployment) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    await at.intake._db["api_keys"].update_one({"_id": AGENCY}, {"$set": {"keys.0.expires_at": past}})


async def provisional_calendar(at: Deployment) -> None:
    """The calendar is a file of the release: the test gives the doctor one that ends before long."""


async def plan_over(at: Deployment) -> None:
    references, admin = References(at.intake), Admin(at.servers.kafka, 1)
    await references.learn_plan(s0(), datetime.now(UTC))
    await admin.create_topics(references.reporters())
    await admin.stop()


async def old_backup(at: Deployment) -> None:
    await MaintenanceNotes(at.intake).note("backup", datetime.now(UTC) - timedelta(days=8))


async def other_release(at: Deployment) -> None:
    at.council.release = "0.9"


@pytest.mark.parametrize(
    ("plant", "check", "text"),
    [
        (missing_topic, "topics", f"thiếu chủ đề {TWIN}"),
        (extra_topic, "topics", "có chủ đề lạ la-test_"),
        (wide_acl, "acls", "inbox. (PREFIXED): quá rộng"),
        (missing_index, "indexes", "intake.api_keys thiếu chỉ mục keys.digest"),
        (clock_off, "clocks", "đồng hồ của council lệch"),
        (expired_key, "keys", f"khóa của {AGENCY} đã hết hạn"),
        (provisional_calendar, "calendar", "lịch ngày làm việc chỉ còn 20 ngày"),
        (plan_over, "plans", f"thời hạn cuối của kế hoạch {s0().id} đã qua từ ngày"),
        (old_backup, "backup", "bản sao lưu gần nhất đã 8 ngày"),
        (other_release, "releases", "council 0.9"),
    ],
)
async def test_a_fault_planted_in_a_running_deployment_is_found(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, plant: Planting, check: str, text: str
) -> None:
    """Exactly one finding more than before."""
    before = {finding.text for finding in await deployment.findings()}
    if plant is provisional_calendar:
        monkeypatch.setattr(WorkingDays, "days_left", lambda *_: 20)
    await plant(deployment)
    try:
        (finding,) = [finding for finding in await deployment.findings() if finding.text not in before]
        assert finding.check == check
        assert text in finding.text
    finally:
        async with deployment.kafka() as client:
            if plant is extra_topic:
                await client.delete_topics([f"la-{deployment.prefix}"])
            elif plant is missing_topic:
                await client.create_topics([NewTopic(TWIN, 1, 1)])
