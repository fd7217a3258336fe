"""A service among newer ones: what it does not know yet is left alone, and read once its own release knows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.ids import derived
from shared.contracts.intake import ResultsReported
from shared.contracts.model import AnyEvent, Tier
from shared.contracts.topics import RESULTS
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.kafka.clients import Producer
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.movement import Given, units

pytestmark = pytest.mark.timeout(120)

KEY = f"thai-binh/{uuid4().hex}"


class Listening:
    """A handler that notes the ids of what it hears under this test's key."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return True

    async def apply(self, heard: Sequence[DecodedRecord]) -> list[Refused]:
        self.heard += [each.event.id for each in heard if each.record.key == KEY.encode()]
        return []


def result() -> ResultsReported:
    (results,) = Given().results("OB06", Tier.SO, [{"unit": units(Tier.SO)[0], "score": "72"}])
    now = datetime(2023, 12, 1, tzinfo=UTC)
    return ResultsReported(id=derived(KEY), source="test", time=now, subject=KEY, data=results)


@asynccontextmanager
async def read_through(name: str, prefix: str, servers: Stack) -> AsyncIterator[tuple[Service, Listening]]:
    """A service that hears results, once it has read all there is and noted it."""
    handler = Listening()

    async def prepare() -> None:
        """Nothing to prepare."""

    settings = ServiceSettings(
        kafka=servers.kafka, mongo=servers.mongo, database_prefix=prefix, idempotent_producer=False
    )
    base = Foundation.create(name, settings)
    topics = Subscription([RESULTS.name])
    service = Service(base, handler=handler, subscription=topics, renderings=[], prepare=prepare, title="test")
    async with service.api.router.lifespan_context(service.api):
        for _ in range(1500):
            note = await base.database.documents("state").get("broker")
            if note and note["read_through"] and await service.consumer.lag() == 0:
                break
            await asyncio.sleep(0.02)
        else:
            raise TimeoutError
        yield service, handler


def counted(service: Service) -> Any:
    return service.metrics.registry.get_sample_value("thidua_unheard_records_total", {"topic": RESULTS.name})


async def test_what_only_a_newer_release_knows_is_left_alone_and_read_when_this_one_knows_it(servers: Stack) -> None:
    """Neither a dead letter nor a standstill: counted; and a release that hears more begins at the start again."""
    name, prefix = f"test-{uuid4().hex[:8]}", f"test_{uuid4().hex}_"
    producer = Producer(servers.kafka, idempotent=False)
    newer = json.loads(result().encode()) | {"id": "newer", "type": "results.framed"}
    async with read_through(name, prefix, servers) as (service, handler):
        # Other tests have put on the topic what nobody can read.
        before, dead_letters = counted(service) or 0.0, await service.dead_letters.documents.count()
        for value in (json.dumps(newer).encode(), result().encode()):
            await producer([Outgoing(RESULTS.name, KEY.encode(), value)])
        for _ in range(1500):
            if handler.heard:
                break
            await asyncio.sleep(0.02)
        assert handler.heard == [result().id]
        assert counted(service) == before + 1
        assert await service.dead_letters.documents.count() == dead_letters
        await asyncio.sleep(1.0)  # its offsets are committed
    async with read_through(name, prefix, servers) as (service, handler):
        assert handler.heard == [], "a restart goes on where it was"
        state = service._database.documents("state")
        note = await state.get("broker")
        assert note is not None
        await state.save({**note, "hears": []})
    async with read_through(name, prefix, servers) as (service, handler):
        assert handler.heard == [result().id]
        await service._database.drop()
    await producer.stop()
