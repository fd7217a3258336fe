"""A consumer with a backlog that makes no progress: the service is alive but not ready."""

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
from tests.support.one_service import KEY, results_event, running, service_with, settings
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)

STALLED_SECONDS = 0.5


class Stuck:
    """A handler that hangs until ``go`` is set, or that knows nothing that an event names."""

    def __init__(self, *, knows: bool = True) -> None:
        self.hangs, self.go = asyncio.Event(), asyncio.Event()
        self._knows = knows

    async def refresh(self) -> None:
        """Do nothing: there is nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return self._knows

    async def apply(self, records: Sequence[DecodedRecord]) -> list[Refused]:
        self.hangs.set()
        await self.go.wait()
        return []


def around_results(handler: Stuck, servers: Stack, kafka: MemoryKafka) -> Service:
    """A service that consumes only results and counts as stalled after half a second."""
    given = ServiceSettings.model_validate({**settings(servers), "stalled_seconds": STALLED_SECONDS})
    return service_with(handler, servers, RESULTS.name, kafka=kafka, given=given)


async def test_a_handler_that_hangs_makes_the_service_unready_until_it_goes_on(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Every other check answers, so only the progress check can detect it."""
    handler = Stuck()
    service = around_results(handler, servers, kafka)
    async with running(service):
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), results_event().encode())])
        await asyncio.wait_for(handler.hangs.wait(), 30)
        assert [why for why in await service.unready() if "progress" in why] == [], "the stall time has not passed yet"

        async def reported() -> bool:
            return any(why.startswith("no progress: ") for why in await service.unready())

        await until(reported)
        handler.go.set()

        async def ready() -> bool:
            return await service.unready() == []

        await until(ready)
        await service._database.drop()


async def test_a_partition_paused_for_a_missing_plan_does_not_count_as_stalled(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """A paused partition is not read, so it makes no progress; the plan may take days to arrive."""
    service = around_results(Stuck(knows=False), servers, kafka)
    async with running(service):
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), results_event().encode())])
        await until(lambda: service.consumer.paused)
        paused_at = time.monotonic()

        async def never_stalled() -> bool:
            assert not any("progress" in why for why in await service.unready())
            return (
                time.monotonic() - paused_at > 2 * STALLED_SECONDS
            )  # the absence of a change can only be seen over time

        await until(never_stalled)
        assert await service.consumer.lag()
        await service._database.drop()


def test_a_library_message_repeated_many_times_is_logged_once_in_ten_seconds() -> None:
    """The next line has the number left out. Other messages and other loggers are not filtered."""
    now = 0.0
    repeat_filter = RepeatFilter(lambda: now)

    def written(logger: str, message: object, *args: object) -> str | None:
        record = logging.LogRecord(logger, logging.ERROR, "", 0, message, args, None)
        return record.getMessage() if repeat_filter.filter(record) else None

    assert written("aiokafka", "cannot reach %s", "a") == "cannot reach a"
    assert [written("aiokafka", "cannot reach %s", "b") for _ in range(100)] == [None] * 100
    assert written("aiokafka", "another") == "another"
    assert written("pymongo", "cannot reach %s", "a") == "cannot reach a"
    now = 10.0
    assert written("aiokafka", "cannot reach %s", "c") == "cannot reach c (and 100 more since)"
    assert written("aiokafka", "cannot reach %s", "c") is None


def test_our_own_warning_that_repeats_an_earlier_one_is_left_out_and_counted() -> None:
    """Only the pause before the next attempt differs. Other fields make another message; information always passes."""
    now = 0.0
    repeat_filter = RepeatFilter(lambda: now)

    def written(level: int, **fields: object) -> dict[str, object] | None:
        record = logging.LogRecord("ours", level, "", 0, fields, (), None)
        return {**record.msg} if repeat_filter.filter(record) else None  # type: ignore[dict-item]

    assert written(logging.WARNING, event="away", retry_in=0.1) == {"event": "away", "retry_in": 0.1}
    assert [written(logging.WARNING, event="away", retry_in=pause) for pause in (0.2, 0.4)] == [None, None]
    assert written(logging.WARNING, event="away", place="x/1")
    assert all(written(logging.INFO, event="sent") for _ in range(3))
    for n in range(2000):
        assert written(logging.WARNING, event="poison", place=n)
    assert len(repeat_filter._last_passed) <= 1000
    assert written(logging.WARNING, event="poison", place=1999) is None
    now = 10.0
    assert written(logging.WARNING, event="poison", place=1999) == {"event": "poison", "place": 1999, "left_out": 1}
