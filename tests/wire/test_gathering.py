"""Fetches gathered into one batch where more is waiting, on a real broker."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from deploy.local import Stack
from shared.contracts.model import AnyEvent
from shared.contracts.topics import RESULTS
from shared.runtime.broker import Producer
from shared.runtime.outbox import Outgoing
from shared.runtime.records import Heard, Refused
from tests.support.one_service import KEY, around, results_event, running, until

_MOST = 6_000


class Counting:
    """A handler that notes how large its batches are; of the first large one the outside fails."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.failed: list[int] = []
        self.heard: set[str] = set()

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return True

    async def apply(self, heard: Sequence[Heard]) -> list[Refused]:
        if len(heard) == _MOST and len(self.failed) < 2:
            self.failed.append(len(heard))
            raise ConnectionResetError
        self.sizes.append(len(heard))
        self.heard |= {each.event.id for each in heard}
        return []


async def test_where_many_records_wait_one_batch_is_many_fetches_and_a_fault_rewinds_them_all(
    servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is lost where the attempt at a batch is given up: also those that were fetched while it was being read."""
    monkeypatch.setattr("shared.runtime.consuming._PATIENCE_SECONDS", 0.01)
    event = results_event()
    events = [event.model_copy(update={"id": f"gathered-{n}"}) for n in range(3 * _MOST)]
    producer = Producer(servers.kafka, idempotent=False)
    keys = [f"{KEY}-{n}".encode() for n in range(20)]  # of all partitions
    await producer([Outgoing(RESULTS.name, keys[n % len(keys)], each.encode()) for n, each in enumerate(events)])
    handler = Counting()
    service = around(handler, servers, RESULTS.name)
    service.consumer.most = _MOST
    async with running(service):
        await until(lambda: {each.id for each in events} <= handler.heard)
        assert await service.consumer.lag() == 0
        await service._database.drop()
    assert handler.failed
    assert max(handler.sizes) == _MOST > service._settings.max_records
    await producer.stop()
