"""A service that has not read its own database yet, over HTTP."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import APIRouter

from deploy.stack.embedded import Stack
from shared.contracts.topics import PLANS
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.settings import ServiceSettings
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import Applying, around, settings
from tests.support.waiting import until


async def test_nobody_is_answered_before_the_service_has_read_what_it_keeps(servers: Stack, kafka: MemoryKafka) -> None:
    """Else a right request is told that there is no such movement. Probes are answered from the first moment."""
    read, router = asyncio.Event(), APIRouter()

    async def prepare() -> None:
        await read.wait()

    @router.get("/kept")
    async def kept() -> str:
        return "kept"

    with kafka.installed():
        base = Foundation.create("test-starting", ServiceSettings.model_validate(settings(servers)))
        service = Service(
            base,
            handler=Applying(),
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

        async def answered() -> bool:
            return (await http.get("/kept")).status_code == 200

        await until(answered)
        assert (await http.get("/kept")).json() == "kept"
        await service._database.drop()


async def test_a_service_stopped_at_the_moment_it_has_caught_up_stops(servers: Stack, kafka: MemoryKafka) -> None:
    """Until Python 3.11 ``wait_for`` swallows a cancellation that meets a result; the service then never ended."""
    service = around(Applying(), servers, PLANS.name, kafka=kafka)
    read = asyncio.Event()

    async def caught_up() -> None:
        await read.wait()

    setattr(service, "_caught_up", caught_up)  # noqa: B010 - the moment chosen, not another behaviour
    ticking = asyncio.create_task(service._tick_forever())
    await asyncio.sleep(0)  # it starts to wait
    await asyncio.sleep(0)
    read.set()
    await asyncio.sleep(0)  # what it waits for has ended, and it has not been woken
    ticking.cancel()
    assert await asyncio.wait({ticking}, timeout=2) == ({ticking}, set())
    await service._database.close()
