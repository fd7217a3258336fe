"""The demo's client of the services: repeats requests until they are answered, and waits until all are at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx

from deploy.stack.embedded import Stack
from shared.contracts.topics import SERVICES, Service, concrete_topics, consumed_by
from shared.runtime.http.operations import Progress
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
from shared.wording.formats import gio_ngay

_TIMEOUT_SECONDS = 60.0


class StackClient:
    """An HTTP client of a running stack's services, which may be restarting."""

    def __init__(self, stack: Stack, reporters: Sequence[str]) -> None:
        self._stack = stack
        self._reporters = reporters
        self._http = httpx.AsyncClient(timeout=30)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, service: Service, path: str) -> Any:
        """The JSON with which a service answers a GET with the key of the council's desk."""
        headers = {"Authorization": f"Bearer {self._stack.desk_key}"}
        return (await self.request("GET", f"{self._stack.urls[service]}{path}", headers=headers)).json()

    async def wait_assigned(self) -> None:
        """Wait until every service reads all partitions of its topics."""
        for service in SERVICES:
            topics = [topic for _, topic in concrete_topics(self._reporters) if topic in consumed_by(service)]
            expected = sum(topic.partitions for topic in topics)

            async def reads_all(service: Service = service, expected: int = expected) -> bool:
                return (await self.progress(service)).partitions == expected

            await self._stack.wait_until(reads_all, f"chia phần việc cho {service}")

    async def wait_at_rest(self, instant: datetime, seen: Mapping[Service, Progress] | None = None) -> None:
        """Wait until every service has been seen at rest at this instant, and then all are as they were seen.

        So there is a moment at which all are at rest: the one at which the last of them was first seen so. ``seen`` is
        what the caller saw last. Only services that are not at rest are queried again while one is not: each answer
        costs several queries, which those that work would have to wait for.
        """
        cluster = self._stack.cluster_id

        def moved(progress: Progress) -> int | None:
            resting = progress.at_rest and progress.now == instant and progress.cluster == cluster
            return progress.moved if resting else None

        before: dict[Service, int | None] = {service: moved(answer) for service, answer in (seen or {}).items()}

        async def is_at_rest() -> bool:
            working = [service for service in SERVICES if before.get(service) is None]
            queried = working or list(SERVICES)
            answers = await asyncio.gather(*(self.progress(service) for service in queried))
            now = {service: moved(answer) for service, answer in zip(queried, answers, strict=True)}
            unchanged = not working and now == before
            before.update(now)
            return unchanged

        await self._stack.wait_until(is_at_rest, f"chờ các dịch vụ xong việc lúc {gio_ngay(instant)}", _TIMEOUT_SECONDS)

    async def progress(self, service: Service) -> Progress:
        """A service's ``/progress``."""
        answer = await self._http.get(f"{self._stack.urls[service]}/progress")
        return Progress.model_validate(answer.raise_for_status().json())

    async def request(self, method: str, url: str, *, accept: tuple[int, ...] = (), **options: Any) -> httpx.Response:
        """Repeat a request until the service answers. ``options`` are httpx's.

        Raises ``httpx.HTTPStatusError`` for an error status that is not in ``accept``, ``TimeoutError`` if the service
        does not answer.
        """

        async def send() -> httpx.Response:
            response = await self._http.request(method, url, **options)
            if response.status_code in accept:
                return response
            if response.status_code == 503:
                raise httpx.TransportError(response.text)
            return response.raise_for_status()

        response: httpx.Response = await self.retry_transient(send, url)
        return response

    async def retry_transient(self, work: Callable[[], Awaitable[Any]], what: str) -> Any:
        """The result of the work, which is repeated at transient errors. Raises ``TimeoutError`` naming ``what``."""
        results: list[Any] = []

        async def succeeds() -> bool:
            with suppress(httpx.TransportError, *TRANSIENT_BROKER_ERRORS):
                results.append(await work())
            return bool(results)

        await self._stack.wait_until(succeeds, what, _TIMEOUT_SECONDS)
        return results[0]
