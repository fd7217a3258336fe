"""Agencies' HTTP requests to intake, and the records that intake publishes for them."""

from __future__ import annotations

from typing import Any

import httpx

from shared.runtime.app import Service
from tests.support.intake_client import key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.reports import body
from tests.support.waiting import until


async def send(intake: httpx.AsyncClient, agency: str, obligation: str, number: str, *rows: Any, **more: Any) -> Any:
    headers = {**await key_of(intake, agency), "Idempotency-Key": number}
    sent = await intake.post("/v1/reports", headers=headers, json=body(obligation, rows, **more))
    return sent.json()


async def post(intake: httpx.AsyncClient, path: str, headers: dict[str, str], payload: Any) -> tuple[int, Any]:
    answer = await intake.post(f"/v1/{path}", headers=headers, json=payload)
    return answer.status_code, answer.json()


async def published(kafka: MemoryKafka, service: Service, topic: str) -> list[bytes]:
    """The records of a topic, once intake has published everything."""

    async def nothing_left() -> bool:
        return not await service.outbox.unsent()

    await until(nothing_left, "everything being published")
    return [record.value for record in kafka.records(topic) if record.value]
