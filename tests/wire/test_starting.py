"""A service over HTTP before it has read its own database."""

from __future__ import annotations

import asyncio

import httpx

from deploy.stack.embedded import Stack
from shared.contracts.topics import PLANS
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.http.routing import service_router
from shared.runtime.settings import ServiceSettings
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import Applying, service_with, settings
from tests.support.waiting import until


async def test_requests_are_refused_until_the_service_has_read_its_database(servers: Stack, kafka: MemoryKafka) -> None:
    """Otherwise a valid request would fail with an unknown movement. Probes are answered from the first moment."""
    read, router = asyncio.Event(), service_router()

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


async def test_a_service_cancelled_at_the_moment_it_has_caught_up_stops(servers: Stack, kafka: MemoryKafka) -> None:
    """Up to Python 3.11 ``wait_for`` loses a cancellation that coincides with a result, and the service never ended."""
    service = service_with(Applying(), servers, PLANS.name, kafka=kafka)
    read = asyncio.Event()

    async def caught_up() -> None:
        await read.wait()

    setattr(service, "_caught_up", caught_up)  # noqa: B010 - only the timing changes, not the behaviour
    ticking = asyncio.create_task(service._tick_forever())
    await asyncio.sleep(0)  # the ticker starts to wait
    await asyncio.sleep(0)
    read.set()
    await asyncio.sleep(0)  # the awaited task has ended, but the ticker has not run yet
    ticking.cancel()
    assert await asyncio.wait({ticking}, timeout=2) == ({ticking}, set())
    await service._database.close()
