"""A stalled consumer client is replaced, and the waiting records are handled once."""

from __future__ import annotations

from aiokafka.errors import KafkaConnectionError

from deploy.stack.embedded import Stack
from shared.contracts.topics import RESULTS
from shared.runtime.kafka.clients import Producer
from shared.runtime.outbox import Outgoing
from tests.support.one_service import (
    KEY,
    caught_up,
    reference_messages,
    results_event,
    running,
    scoring,
    wait_for_document,
)
from tests.support.waiting import until


async def test_a_stalled_client_is_replaced(servers: Stack) -> None:
    """Partitions are assigned and records wait, but none arrives, as after a broker that died in a rebalance."""
    service = scoring(servers, stalled_seconds=1.0)
    producer = Producer(servers.kafka, idempotent=False)
    async with running(service):
        await producer(reference_messages())
        await wait_for_document(service, "plans", "thai-binh/46-kh-ubnd-2023/1")
        await caught_up(service)
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
        await caught_up(service)
        again = service.metrics.registry.get_sample_value("thidua_handler_failures_total", {"cause": "standstill"})
        assert (again, refusals) == (1, [])
        await service._database.drop()
    await producer.stop()
