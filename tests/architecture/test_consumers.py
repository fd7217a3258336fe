"""No subscriber of any service can lose a message to a default setting."""

from __future__ import annotations

import inspect
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

import pytest
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
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
    """The settings that every deployment gives its services."""
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
    """It consumes all topics of the service; the group joins of several would queue for half a minute."""
    services = await built_services()
    assert set(services) == set(SERVICES)
    assert all(len(service.broker.subscribers) == 1 for service in services.values())


async def test_every_subscriber_is_batched_from_earliest_in_a_group_and_acks_only_after_success() -> None:
    """It uses ``NACK_ON_ERROR``, because the default commits first and so delivers at most once."""
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
    """intake subscribes by pattern, the others by list."""
    for name, service in (await built_services()).items():
        (subscriber,) = service.broker.subscribers
        assert isinstance(subscriber, BatchSubscriber)
        if name == "intake":
            assert subscriber.pattern is not None
            assert subscriber.pattern.broker_address == INBOX_PATTERN
        else:
            assert subscriber.topic_names_for_subscribe == [t.name for t in consumed_by(name)]  # type: ignore[arg-type]


# This runs in an interpreter of its own, because an audit hook cannot be removed.
WATCHING = """
import asyncio, json, sys, threading
from importlib import import_module

seen, release = [], threading.Event()
watched = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"}
sys.addaudithook(lambda event, args: seen.append(f"{event} {args[1:]}") if event in watched else None)

async def watched_work(work):
    kept = await work()
    seen.extend(f"thread {thread.name}" for thread in threading.enumerate()[1:])
    seen.extend(f"task {task.get_name()}" for task in asyncio.all_tasks() - {asyncio.current_task()})

async def build(name):
    settings = getattr(import_module(f"services.{name}.settings"), f"{name.capitalize()}Settings")()
    return import_module(f"services.{name}.app").build(settings)

answers = {}
for name, work in WORK.items():
    seen.clear()
    asyncio.run(watched_work(work))
    answers[name] = list(seen)
print(json.dumps(answers))
"""


def reaching_out(work: Mapping[str, str]) -> dict[str, list[str]]:
    """What each piece of work connects to, asks a name server for, or leaves running that could do so later."""
    entries = ", ".join(f"{name!r}: {code}" for name, code in work.items())
    code = WATCHING.replace("WORK", f"{{{entries}}}")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    events: dict[str, list[str]] = json.loads(ended.stdout)
    return events


@pytest.mark.thorough
def test_building_a_service_connects_to_nothing() -> None:
    """Neither import nor build does any work, so the addresses in the default settings need not exist."""
    assert reaching_out({name: f"lambda: build({name!r})" for name in SERVICES}) == {name: [] for name in SERVICES}


def test_work_that_would_reach_out_is_seen() -> None:
    """This shows that the test above can fail."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        work = {
            "connects": f"lambda: asyncio.open_connection('127.0.0.1', {port})",
            "leaves a task": "lambda: asyncio.sleep(0, asyncio.create_task(asyncio.sleep(9), name='later'))",
            "leaves a thread": "lambda: asyncio.sleep(0, threading.Thread(target=release.wait, name='still').start())",
        }
        # A running thread would keep the interpreter from ending, so the last piece of work releases it.
        seen = reaching_out(work | {"ends the thread": "lambda: asyncio.sleep(0, release.set())"})
    assert {name: seen[name] for name in work} == {
        "connects": [f"socket.connect (('127.0.0.1', {port}),)"],
        "leaves a task": ["task later"],
        "leaves a thread": ["thread still"],
    }


pytestmark = pytest.mark.filterwarnings("default")


def routes_of(routes: Sequence[object]) -> Iterator[APIRoute]:
    """The routes of ours among an app's."""
    return (route for route in routes if isinstance(route, APIRoute))


def calls_of(dependant: Dependant) -> Iterator[object]:
    """What FastAPI calls for a request: the dependencies, then the route itself."""
    for dependency in dependant.dependencies:
        yield from calls_of(dependency)
    yield dependant.call


async def test_no_request_waits_for_a_thread_to_run_a_dependency_or_a_route() -> None:
    """FastAPI runs plain functions in a pool of threads, at 0.2 ms of CPU for each request and each function."""
    services = await built_services()
    routes = [(name, route) for name, service in services.items() for route in routes_of(service.api.routes)]
    assert len(routes) > 40
    threaded = {
        f"{name} {route.path}: {call}"
        for name, route in routes
        for call in calls_of(route.dependant)
        if not (inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None)))  # noqa: B004
    }
    assert threaded == set()
