"""A client that gives nothing any more is made anew, and what waited is handled once."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaConnectionError

from deploy.stack.embedded import Stack
from services.scoring.app import build
from services.scoring.settings import ScoringSettings
from shared.contracts.topics import RESULTS
from shared.runtime.kafka.clients import Producer
from shared.runtime.outbox import Outgoing
from tests.support.one_service import KEY, found_in, results_event, running, settings, until
from tests.wire.test_consuming import reference_messages


async def test_a_client_that_stands_still_is_made_anew(servers: Stack) -> None:
    """Its partitions are assigned, records are there, none comes: as after a broker that died in a rebalance."""
    service = build(ScoringSettings.model_validate({**settings(servers), "stalled_seconds": 1.0}))
    producer = Producer(servers.kafka, idempotent=False)
    async with running(service):
        await producer(reference_messages())
        await found_in(service, "plans", "thai-binh/46-kh-ubnd-2023/1")
        for _ in range(1500):
            if await service.consumer.lag() == 0:
                break
            await asyncio.sleep(0.02)
        stuck = service.consumer.subscriber.consumer
        stuck.pause(*stuck.assignment())
        start, refusals = service.consumer.subscriber.start, [KafkaConnectionError("no broker just now")]

        async def start_at_the_second_try() -> None:
            if refusals:
                raise refusals.pop()
            await start()

        service.consumer.subscriber.start = start_at_the_second_try
        await producer([Outgoing(RESULTS.name, KEY.encode(), results_event("77").encode())])
        await until(lambda: service.consumer.subscriber.consumer not in (stuck, None))
        for _ in range(1500):
            if await service.consumer.lag() == 0:
                break
            await asyncio.sleep(0.02)
        assert await service.consumer.lag() == 0
        again = service.metrics.registry.get_sample_value("thidua_handler_failures_total", {"cause": "standstill"})
        assert (again, refusals) == (1, [])
        await service._database.drop()
    await producer.stop()
