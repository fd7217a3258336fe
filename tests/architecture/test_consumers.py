"""No subscriber of any service can lose a message to a default setting."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.council.app import build as build_council
from services.council.settings import CouncilSettings
from services.intake.app import build as build_intake
from services.intake.settings import IntakeSettings
from services.notify.app import build as build_notify
from services.notify.settings import NotifySettings
from services.scoring.app import build as build_scoring
from services.scoring.settings import ScoringSettings
from shared.contracts.topics import INBOX_PATTERN, SERVICES, consumed_by
from shared.runtime.app import Service
from tests.support.provinces import OFFICE, SERVED


@pytest.fixture(autouse=True)
def settings_without_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that every deployment gives its services."""
    monkeypatch.setenv("THIDUA_PROVINCE", SERVED["province"])
    monkeypatch.setenv("THIDUA_OFFICE", OFFICE)
    monkeypatch.setenv("THIDUA_MAIL_DOMAIN", "x.example")


async def built_services() -> dict[str, Service]:
    return {
        "intake": build_intake(IntakeSettings()),
        "scoring": build_scoring(ScoringSettings()),
        "council": build_council(CouncilSettings()),
        "notify": build_notify(NotifySettings()),
    }


async def test_every_service_has_exactly_one_subscriber() -> None:
    """One subscriber for all topics of a service: the group joins of several would queue for half a minute."""
    services = await built_services()
    assert set(services) == set(SERVICES)
    assert all(len(service.broker.subscribers) == 1 for service in services.values())


async def test_every_subscriber_is_batched_from_earliest_in_a_group_and_acks_only_after_success() -> None:
    """``NACK_ON_ERROR``: the default commits first and so delivers at most once."""
    for name, service in (await built_services()).items():
        (subscriber,) = service.broker.subscribers
        assert isinstance(subscriber, BatchSubscriber)
        assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
        assert subscriber.group_id == name
        assert subscriber._connection_args["auto_offset_reset"] == "earliest"
        assert subscriber._connection_args["enable_auto_commit"] is False
        assert subscriber._connection_args["group_instance_id"] == f"{name}-0"
        assert subscriber._connection_args["partition_assignment_strategy"] == (RangePartitionAssignor,)
        assert subscriber._connection_args["max_partition_fetch_bytes"] == 4 * 1024 * 1024


async def test_every_service_consumes_exactly_the_topics_of_the_table() -> None:
    """intake by pattern, the others by list."""
    for name, service in (await built_services()).items():
        (subscriber,) = service.broker.subscribers
        assert isinstance(subscriber, BatchSubscriber)
        if name == "intake":
            assert subscriber.pattern is not None
            assert subscriber.pattern.broker_address == INBOX_PATTERN
        else:
            assert subscriber.topic_names_for_subscribe == [t.name for t in consumed_by(name)]  # type: ignore[arg-type]


# Runs in an interpreter of its own, because nobody can take an audit hook away again.
WATCHING = """
import asyncio, json, sys, threading
from importlib import import_module

seen = []
watched = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"}
sys.addaudithook(lambda event, args: seen.append(f"{event} {args[1:]}") if event in watched else None)

async def main():
    kept = [await work() for work in WORK]
    seen.extend(f"thread {thread.name}" for thread in threading.enumerate()[1:])
    seen.extend(f"task {task.get_name()}" for task in asyncio.all_tasks() - {asyncio.current_task()})

async def build(name):
    settings = getattr(import_module(f"services.{name}.settings"), f"{name.capitalize()}Settings")()
    return import_module(f"services.{name}.app").build(settings)
"""


def reaching_out(work: str) -> list[str]:
    """What a piece of work connects to, asks a name server for, or leaves running that could do so later."""
    code = WATCHING + f"WORK = [{work}]\nasyncio.run(main())\nprint(json.dumps(seen))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    events: list[str] = json.loads(ended.stdout)
    return events


@pytest.mark.parametrize("name", SERVICES)
def test_building_a_service_connects_to_nothing(name: str) -> None:
    """No work at import or build: the addresses in the default settings need not exist."""
    assert reaching_out(f"lambda: build({name!r})") == []


@pytest.mark.parametrize(
    ("work", "seen"),
    [
        ("lambda: asyncio.open_connection('127.0.0.1', PORT)", "socket.connect (('127.0.0.1', PORT),)"),
        ("lambda: asyncio.to_thread(import_module, 'json')", "thread asyncio_0"),
        ("lambda: asyncio.sleep(0, asyncio.create_task(asyncio.sleep(9), name='later'))", "task later"),
    ],
    ids=["connects", "leaves a thread", "leaves a task"],
)
def test_work_that_would_reach_out_is_seen(work: str, seen: str) -> None:
    """So that the test above can fail."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        assert reaching_out(work.replace("PORT", port)) == [seen.replace("PORT", port)]


pytestmark = pytest.mark.filterwarnings("default")
