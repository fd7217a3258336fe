"""The service without FastStream: the same handler on a plain loop around aiokafka's consumer."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from shared.contracts.topics import heard_by
from shared.runtime.app import Service
from shared.runtime.consuming import _Assignment
from shared.runtime.records import Record


def drive_bare() -> None:
    """Have every service of this process driven by a plain loop: getmany, take, commit."""
    build = Service.__init__

    def built(service: Service, *args: Any, **options: Any) -> None:
        build(service, *args, **options)
        loop = _Loop(service)
        service.broker.start = loop.start  # type: ignore[method-assign]
        service.broker.stop = loop.stop  # type: ignore[method-assign,assignment]

    Service.__init__ = built  # type: ignore[method-assign,assignment]


class _Loop:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._task: asyncio.Task[None] | None = None
        self._client: Any = None

    async def start(self) -> None:
        settings = self._service._settings
        self._client = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            group_id=self._service.name,
            group_instance_id=f"{self._service.name}-{settings.instance}" if settings.instance else None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_000,
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            metadata_max_age_ms=5_000,
            partition_assignment_strategy=(RangePartitionAssignor,),
            **settings.kafka_login.client(),
        )
        topics = [topic.name for topic in heard_by(self._service.name)]  # type: ignore[arg-type]
        self._client.subscribe(topics, listener=_Assignment(self._service.consumer))
        self._service.consumer.subscriber.consumer = self._client
        await self._client.start()
        self._task = asyncio.create_task(self._run())

    async def stop(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
        await self._client.stop()

    async def _run(self) -> None:
        settings, consumer = self._service._settings, self._service.consumer
        while True:
            found = await self._client.getmany(timeout_ms=settings.batch_timeout_ms, max_records=settings.max_records)
            if found:
                log_id = consumer.log_id
                await consumer.take([Record.of(raw, log_id) for records in found.values() for raw in records])
                await self._client.commit()
