"""A consumer that has something to read and does not go on: the service is alive, and says it is not ready."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.model import AnyEvent
from shared.contracts.topics import RESULTS
from shared.runtime.app import Service
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.logs import RepeatFilter
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import KEY, around, results_event, running, settings
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)

STALLED_SECONDS = 0.5


class Stuck:
    """A handler that hangs until it is let go; or that knows nothing of what an event names."""

    def __init__(self, *, knows: bool = True) -> None:
        self.hangs, self.go = asyncio.Event(), asyncio.Event()
        self._knows = knows

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return self._knows

    async def apply(self, records: Sequence[DecodedRecord]) -> list[Refused]:
        self.hangs.set()
        await self.go.wait()
        return []


def around_results(handler: Stuck, servers: Stack, kafka: MemoryKafka) -> Service:
    """A service that hears results and nothing else, and is given half a second to go on."""
    given = ServiceSettings.model_validate({**settings(servers), "stalled_seconds": STALLED_SECONDS})
    return around(handler, servers, RESULTS.name, kafka=kafka, given=given)


async def test_a_handler_that_hangs_makes_the_service_unready_until_it_goes_on(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Everything answers, and yet nothing is done: only progress tells."""
    handler = Stuck()
    service = around_results(handler, servers, kafka)
    async with running(service):
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), results_event().encode())])
        await asyncio.wait_for(handler.hangs.wait(), 30)
        assert [why for why in await service.unready() if "progress" in why] == [], "it has had no time yet"

        async def reported() -> bool:
            return any(why.startswith("no progress: ") for why in await service.unready())

        await until(reported)
        handler.go.set()

        async def ready() -> bool:
            return await service.unready() == []

        await until(ready)
        await service._database.drop()


async def test_what_is_parked_for_want_of_a_plan_is_no_standstill(servers: Stack, kafka: MemoryKafka) -> None:
    """It is not read, so it cannot be handled; the plan may take days to come."""
    service = around_results(Stuck(knows=False), servers, kafka)
    async with running(service):
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), results_event().encode())])
        await until(lambda: service.consumer.paused)
        paused_at = time.monotonic()

        async def never_stalled() -> bool:
            assert not any("progress" in why for why in await service.unready())
            return time.monotonic() - paused_at > 2 * STALLED_SECONDS  # nothing may happen, so time has to pass

        await until(never_stalled)
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
