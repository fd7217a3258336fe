"""A service among newer ones: what it does not know yet is left alone, and read once its own release knows it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.topics import RESULTS
from shared.runtime.app import Service
from shared.runtime.outbox import Outgoing
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import KEY, Applying, around, caught_up, results_event, running, wait_for_document
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def read_through(servers: Stack, kafka: MemoryKafka, like: Service | None = None) -> AsyncIterator[Service]:
    """A service that hears results, once it has read all there is and noted it; ``like`` another, its next life."""
    service = around(Applying(), servers, RESULTS.name, kafka=kafka, like=like)
    async with running(service):
        await wait_for_document(service, "state", "broker", read_through=True)
        await caught_up(service)
        yield service


def heard(service: Service) -> list[str]:
    """The ids of what its handler was given."""
    handler = service.consumer.handler
    assert isinstance(handler, Applying)
    return handler.ids


def counted(service: Service) -> Any:
    return service.metrics.registry.get_sample_value("thidua_unheard_records_total", {"topic": RESULTS.name})


async def test_what_only_a_newer_release_knows_is_left_alone_and_read_when_this_one_knows_it(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Neither a dead letter nor a standstill: counted; and a release that hears more begins at the start again."""
    known = results_event()
    newer = json.loads(known.encode()) | {"id": "newer", "type": "results.framed"}
    async with read_through(servers, kafka) as first:
        for value in (json.dumps(newer).encode(), known.encode()):
            kafka.publish([Outgoing(RESULTS.name, KEY.encode(), value)])
        await until(lambda: heard(first))
        assert heard(first) == [known.id]
        assert counted(first) == 1
        assert await first.dead_letters.documents.count() == 0
        await until(lambda: sum(kafka.committed[first.name].values()) == 2, "its offsets being committed")
    async with read_through(servers, kafka, like=first) as second:
        assert heard(second) == [], "a restart goes on where it was"
        state = second._database.documents("state")
        note = await state.get("broker")
        assert note is not None
        await state.save({**note, "hears": []})
    async with read_through(servers, kafka, like=first) as third:
        assert heard(third) == [known.id]
        await third._database.drop()
