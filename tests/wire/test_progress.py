"""A consumer that has something to read and does not go on: the service is alive, and says it is not ready."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
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
from shared.runtime.logs import RepeatFilter
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.movement import Given, units

pytestmark = pytest.mark.timeout(120)

KEY = "thai-binh/trach-nhiem-ky-cuong-2023"


class Stuck:
    """A handler that hangs until it is let go; or that knows nothing of what an event names."""

    def __init__(self, *, knows: bool = True) -> None:
        self.hangs, self.go = asyncio.Event(), asyncio.Event()
        self._knows = knows

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return self._knows

    async def apply(self, heard: Sequence[DecodedRecord]) -> list[Refused]:
        self.hangs.set()
        await self.go.wait()
        return []


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    for _ in range(int(seconds / 0.05)):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


def around(handler: Stuck, servers: Stack) -> Service:
    """A service that hears results and nothing else, and is given a second to go on."""

    async def prepare() -> None:
        """Nothing to prepare."""

    settings = ServiceSettings(
        kafka=servers.kafka,
        mongo=servers.mongo,
        database_prefix=f"test_{uuid4().hex}_",
        idempotent_producer=False,
        stalled_seconds=1.0,
    )
    base = Foundation.create(f"test-{uuid4().hex[:8]}", settings)
    topics = Subscription([RESULTS.name])
    return Service(base, handler=handler, subscription=topics, renderings=[], prepare=prepare, title="test")


async def say_something(servers: Stack) -> None:
    (results,) = Given().results("OB06", Tier.SO, [{"unit": units(Tier.SO)[0], "score": "71"}])
    now = datetime(2023, 12, 1, tzinfo=UTC)
    event = ResultsReported(id=derived("stuck", uuid4().hex), source="test", time=now, subject=KEY, data=results)
    producer = Producer(servers.kafka, idempotent=False)
    await producer([Outgoing(RESULTS.name, KEY.encode(), event.encode())])
    await producer.stop()


async def test_a_handler_that_hangs_makes_the_service_unready_until_it_goes_on(servers: Stack) -> None:
    """Everything answers, and yet nothing is done: only progress tells."""
    handler = Stuck()
    service = around(handler, servers)
    async with service.api.router.lifespan_context(service.api):
        await say_something(servers)
        await asyncio.wait_for(handler.hangs.wait(), 30)
        assert [why for why in await service.unready() if "progress" in why] == [], "it has had no time yet"

        async def said() -> bool:
            return any(why.startswith("no progress: ") for why in await service.unready())

        await until(said)
        handler.go.set()

        async def ready() -> bool:
            return await service.unready() == []

        await until(ready)
        await service._database.drop()


async def test_what_is_parked_for_want_of_a_plan_is_no_standstill(servers: Stack) -> None:
    """It is not read, so it cannot be handled; the plan may take days to come."""
    service = around(Stuck(knows=False), servers)
    async with service.api.router.lifespan_context(service.api):
        await say_something(servers)

        async def paused() -> bool:
            return bool(service.consumer.paused)

        await until(paused)
        for _ in range(8):
            assert not any("progress" in why for why in await service.unready())
            await asyncio.sleep(0.25)
        assert await service.consumer.lag()
        await service._database.drop()


def test_a_library_that_says_the_same_a_hundred_times_a_second_is_written_down_once_in_ten() -> None:
    """With how often it would have said it; another message, another logger and our own are written as they come."""
    now = 0.0
    sparing = RepeatFilter(lambda: now)

    def written(logger: str, message: object, *args: object) -> str | None:
        record = logging.LogRecord(logger, logging.ERROR, "", 0, message, args, None)
        return record.getMessage() if sparing.filter(record) else None

    assert written("aiokafka", "cannot reach %s", "a") == "cannot reach a"
    assert [written("aiokafka", "cannot reach %s", "b") for _ in range(100)] == [None] * 100
    assert written("aiokafka", "another") == "another"
    assert written("pymongo", "cannot reach %s", "a") == "cannot reach a"
    assert [sparing.filter(logging.LogRecord("ours", 40, "", 0, {"event": "x"}, (), None)) for _ in "ab"] == [True] * 2
    now = 10.0
    assert written("aiokafka", "cannot reach %s", "c") == "cannot reach c (and 100 more since)"
    assert written("aiokafka", "cannot reach %s", "c") is None
