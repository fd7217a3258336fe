"""How the demo reaches the services: asks until they answer, and waits until they are at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx

from deploy.stack.embedded import Stack
from shared.contracts.topics import SERVICES, Service, concrete_topics, consumed_by
from shared.runtime.http.operations import Progress
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS

_PATIENCE_SECONDS = 60.0


class Reach:
    """The way to a running stack's services; they may be starting again."""

    def __init__(self, stack: Stack, reporters: Sequence[str]) -> None:
        self._stack = stack
        self._reporters = reporters
        self._http = httpx.AsyncClient(timeout=30)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, service: Service, path: str) -> Any:
        """What a service answers to a GET."""
        return (await self.insist("GET", f"{self._stack.urls[service]}{path}")).json()

    async def assigned(self) -> None:
        """Wait until every service reads all partitions of its topics."""
        for service in SERVICES:
            names = [topic for _, topic in concrete_topics(self._reporters) if topic in consumed_by(service)]
            expected = sum(topic.partitions for topic in names)

            async def reads_all(service: Service = service, expected: int = expected) -> bool:
                return (await self.progress(service)).partitions == expected

            await self._stack.until(reads_all, f"assigning {service}'s partitions")

    async def at_rest(self, instant: datetime) -> None:
        """Wait until every service has nothing to do at this instant, twice in a row with nothing moved in between."""
        cluster = self._stack.cluster_id
        last: list[int] = []

        async def rests() -> bool:
            nonlocal last
            seen = await asyncio.gather(*(self.progress(service) for service in SERVICES))
            quiet = all(p.at_rest and p.now == instant and p.cluster == cluster for p in seen)
            moved, before = [p.moved for p in seen] if quiet else [], last
            last = moved
            return bool(moved) and moved == before

        await self._stack.until(rests, f"coming to rest at {instant.isoformat()}", _PATIENCE_SECONDS)

    async def progress(self, service: Service) -> Progress:
        """How far a service is."""
        answer = await self._http.get(f"{self._stack.urls[service]}/progress")
        return Progress.model_validate(answer.raise_for_status().json())

    async def insist(self, method: str, url: str, *, answers: tuple[int, ...] = (), **request: Any) -> httpx.Response:
        """Ask until the service answers; it may be starting again. Raises ``httpx.HTTPStatusError`` on a refusal."""

        async def ask() -> httpx.Response:
            response = await self._http.request(method, url, **request)
            if response.status_code in answers:
                return response
            if response.status_code == 503:
                raise httpx.TransportError(response.text)
            return response.raise_for_status()

        response: httpx.Response = await self.retry_transient(ask, url)
        return response

    async def retry_transient(self, work: Callable[[], Awaitable[Any]], what: str) -> Any:
        """What the work comes to, tried again while nobody answers. Raises ``TimeoutError`` naming what it was."""
        done: list[Any] = []

        async def works() -> bool:
            with suppress(httpx.TransportError, *TRANSIENT_BROKER_ERRORS):
                done.append(await work())
            return bool(done)

        await self._stack.until(works, what, _PATIENCE_SECONDS)
        return done[0]
