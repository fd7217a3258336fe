"""The service without FastStream: the same handler runs in a plain loop around aiokafka's consumer.

The client gets the options that the service gives to FastStream's subscriber, so only the loop differs.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from faststream.kafka import KafkaBroker

from shared.runtime.app import Service

_OF_FASTSTREAM = {"pattern", "batch", "ack_policy", "parser", "decoder", "listener", "batch_timeout_ms", "max_records"}


def drive_bare() -> None:
    """Make every service of this process consume in a plain loop: getmany, handle, commit."""
    build, subscriber = Service.__init__, KafkaBroker.subscriber
    subscription: dict[str, Any] = {}

    def noted(broker: KafkaBroker, *topics: str, **options: Any) -> Any:
        subscription.update(options, topics=topics)
        return subscriber(broker, *topics, **options)

    def built(service: Service, *args: Any, **options: Any) -> None:
        build(service, *args, **options)
        loop = _Loop(service, subscription)
        service.broker.start = loop.start  # type: ignore[method-assign]
        service.broker.stop = loop.stop  # type: ignore[method-assign,assignment]

    KafkaBroker.subscriber = noted  # type: ignore[method-assign,assignment]
    Service.__init__ = built  # type: ignore[method-assign,assignment]


class _Loop:
    def __init__(self, service: Service, subscription: dict[str, Any]) -> None:
        self._service, self._subscription = service, subscription
        self._task: asyncio.Task[None] | None = None
        self._client: Any = None

    async def start(self) -> None:
        settings = self._service._settings
        options = {name: value for name, value in self._subscription.items() if name not in _OF_FASTSTREAM | {"topics"}}
        self._client = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            enable_auto_commit=False,
            metadata_max_age_ms=5_000,
            **options,
            **settings.kafka_login.client(),
        )
        self._client.subscribe(self._subscription["topics"], listener=self._subscription["listener"])
        self._service.consumer.subscriber.consumer = self._client
        await self._client.start()
        self._task = asyncio.create_task(self._run())

    async def stop(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
        await self._client.stop()

    async def _run(self) -> None:
        consumer = self._service.consumer
        timeout_ms, max_records = self._subscription["batch_timeout_ms"], self._subscription["max_records"]
        while True:
            batches = await self._client.getmany(timeout_ms=timeout_ms, max_records=max_records)
            if batches:
                await consumer.handle(
                    await consumer.wrap(tuple(raw for records in batches.values() for raw in records))
                )
                await self._client.commit()
