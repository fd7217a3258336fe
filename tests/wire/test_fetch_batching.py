"""Several fetches become one batch while more records are waiting, on a real broker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.model import AnyEvent, Tier
from shared.contracts.scoring import StandingsChanged, StandingsPage
from shared.contracts.topics import STANDINGS
from shared.runtime.consumer.fetch_batching import LARGE_FETCH
from shared.runtime.kafka.clients import Producer
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.one_service import KEY, NOW, running, service_with
from tests.support.waiting import until

_MAX_RECORDS, _EVENT_COUNT = 20_000, 26_000


class Counting:
    """Records batch sizes. Its first two attempts at a batch of several fetches fail with a connection error."""

    def __init__(self, largest_fetch: int) -> None:
        self.largest_fetch = largest_fetch
        self.sizes: list[int] = []
        self.failed: list[int] = []
        self.event_ids: set[str] = set()
        self.catching_up: list[bool] = []
        self.is_catching_up: Callable[[], bool] = lambda: False

    async def refresh(self) -> None:
        """Do nothing: there is nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return True

    async def apply(self, records: Sequence[DecodedRecord]) -> list[Refused]:
        if len(records) > self.largest_fetch and len(self.failed) < 2:
            self.failed.append(len(records))
            raise ConnectionResetError
        self.sizes.append(len(records))
        self.catching_up.append(self.is_catching_up())
        self.event_ids |= {record.event.id for record in records}
        return []


async def test_while_many_records_wait_a_batch_holds_many_fetches_and_a_failure_rewinds_them_all(
    servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed batch loses no record, including those fetched while the batch was being collected."""
    monkeypatch.setattr("shared.runtime.consumer.attempts._MAX_RETRY_SECONDS", 0.01)
    page = StandingsPage(movement="m", field="f", tier=Tier.XA, page=0, version=1, declared_complete=False, rows=())
    events = [
        StandingsChanged(id=f"gathered-{n}", source="test", time=NOW, subject=KEY, data=page)
        for n in range(_EVENT_COUNT)
    ]
    last = events.pop()
    producer = Producer(servers.kafka, idempotent=False)
    keys = [f"{KEY}-{n}".encode() for n in range(64)]  # spread over several partitions
    await producer([Outgoing(STANDINGS.name, keys[n % len(keys)], event.encode()) for n, event in enumerate(events)])
    handler = Counting(ServiceSettings().max_records)
    service = service_with(handler, servers, STANDINGS.name)
    service.consumer.max_records = _MAX_RECORDS
    handler.is_catching_up = service.outbox._catching_up
    async with running(service):
        await until(lambda: {event.id for event in events} <= handler.event_ids)
        assert await service.consumer.lag() == 0
        await until(lambda: not handler.is_catching_up())
        await producer([Outgoing(STANDINGS.name, keys[0], last.encode())])
        await until(lambda: last.id in handler.event_ids)
        await service._database.drop()
    assert handler.failed
    assert handler.largest_fetch < max(handler.sizes) <= _MAX_RECORDS
    assert handler.sizes[-1] == 1
    assert handler.catching_up == [size >= LARGE_FETCH for size in handler.sizes], "the outbox rests only after many"
    await producer.stop()
