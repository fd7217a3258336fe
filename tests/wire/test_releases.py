"""A service next to newer releases: it skips unknown event types, and reads them once its own release knows them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.intake import PlanPublished
from shared.contracts.plan import Plan
from shared.contracts.topics import PLANS, RESULTS, UnknownEventType
from shared.runtime.app import Service
from shared.runtime.outbox import Outgoing
from shared.runtime.sign_in_handler import SignInHandler
from tests.support.agency_requests import published
from tests.support.intake_client import intake_client
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import register, s0
from tests.support.one_service import KEY, Applying, caught_up, results_event, running, service_with, wait_for_document
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def read_through(servers: Stack, kafka: MemoryKafka, like: Service | None = None) -> AsyncIterator[Service]:
    """A service that has read and recorded the whole results topic. With ``like``, the restart of that service."""
    service = service_with(Applying(), servers, RESULTS.name, kafka=kafka, like=like)
    async with running(service):
        await wait_for_document(service, "state", "broker", read_through=True)
        await caught_up(service)
        yield service


def applied_ids(service: Service) -> list[str]:
    """The ids of the events that its handler applied."""
    wrapped = service.consumer.handler
    assert isinstance(wrapped, SignInHandler)
    handler = wrapped._handler
    assert isinstance(handler, Applying)
    return handler.ids


def counted(service: Service) -> Any:
    return service.metrics.registry.get_sample_value("thidua_unheard_records_total", {"topic": RESULTS.name})


async def test_an_event_type_of_a_newer_release_is_skipped_and_read_once_this_release_knows_it(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """It is counted, and is neither a dead letter nor a stall. A release that knows more types reads from the start."""
    event = results_event()
    newer = json.loads(event.encode()) | {"id": "newer", "type": "results.framed"}
    async with read_through(servers, kafka) as first:
        for value in (json.dumps(newer).encode(), event.encode()):
            kafka.publish([Outgoing(RESULTS.name, KEY.encode(), value)])
        await until(lambda: applied_ids(first))
        assert applied_ids(first) == [event.id]
        assert counted(first) == 1
        assert await first.dead_letters.documents.count() == 0
        await until(lambda: sum(kafka.committed[first.name].values()) == 2, "its offsets being committed")
    async with read_through(servers, kafka, like=first) as second:
        assert applied_ids(second) == [], "a restart must continue from the committed offsets"
        state = second._database.documents("state")
        note = await state.get("broker")
        assert note is not None
        await state.save({**note, "hears": []})
    async with read_through(servers, kafka, like=first) as third:
        assert applied_ids(third) == [event.id]
        await third._database.drop()


async def test_a_plan_that_the_last_release_cannot_read_is_one_it_leaves_alone(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Its document has a key of another form. S0 beside it is published as ever."""
    written = s0().model_dump_json().replace('"S0"', '"46/KH-UBND"').replace('"S0 ', '"46/KH-UBND ')
    written = written.replace("ky-cuong-2023", "ky-cuong-2027").replace("46-kh-ubnd-2023", "46-kh-ubnd-2027")
    newer = Plan.model_validate_json(written)
    async with intake_client(servers, kafka=kafka, documents=(register(), s0(), newer)) as (service, _):
        values = await published(kafka, service, PLANS.name)
    assert [json.loads(value)["type"] for value in values] == ["plan.published", "plan.published.v2"]
    last_release = replace(PLANS, events=(PlanPublished,))
    assert last_release.parse(values[0]) == PLANS.parse(values[0])
    with pytest.raises(UnknownEventType):
        last_release.parse(values[1])
