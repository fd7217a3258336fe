"""A service that has not read its own database yet, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import httpx
from fastapi import APIRouter

from deploy.stack.embedded import Stack
from shared.contracts.model import AnyEvent
from shared.contracts.topics import PLANS
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.settings import ServiceSettings


class Deaf:
    """Applies nothing."""

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return True

    async def apply(self, heard: Sequence[DecodedRecord]) -> list[Refused]:
        return []


async def test_nobody_is_answered_before_the_service_has_read_what_it_keeps(servers: Stack) -> None:
    """Else a right request is told that there is no such movement. Probes are answered from the first moment."""
    settings = ServiceSettings(
        kafka=servers.kafka,
        mongo=servers.mongo,
        database_prefix=f"test_{uuid4().hex}_",
        idempotent_producer=False,
    )
    base, read, router = Foundation.create(f"test-{uuid4().hex[:8]}", settings), asyncio.Event(), APIRouter()

    async def prepare() -> None:
        await read.wait()

    @router.get("/kept")
    async def kept() -> str:
        return "kept"

    service = Service(
        base,
        handler=Deaf(),
        subscription=Subscription([PLANS.name]),
        renderings=[],
        prepare=prepare,
        routers=lambda _: [router],
        title="test",
    )
    transport = httpx.ASGITransport(app=service.api)
    async with (
        service.api.router.lifespan_context(service.api),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        too_early = await http.get("/kept")
        assert (too_early.status_code, too_early.json()["code"]) == (503, "starting")
        assert int(too_early.headers["Retry-After"]) > 0
        assert (await http.get("/livez")).status_code == 200
        read.set()
        for _ in range(1500):
            if (answer := await http.get("/kept")).status_code == 200:
                break
            await asyncio.sleep(0.02)
        assert answer.json() == "kept"
        await service._database.drop()
