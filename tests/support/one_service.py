"""One service in the test's own process, on the real broker and database, with a handler of the test's choosing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

from deploy.stack.embedded import Stack
from shared.contracts.ids import derived
from shared.contracts.intake import ResultsReported
from shared.contracts.model import Tier
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.kafka.records import Handler
from shared.runtime.settings import ServiceSettings
from tests.support.movement import Given, units

NOW = datetime(2023, 12, 1, tzinfo=UTC)
KEY = "thai-binh/trach-nhiem-ky-cuong-2023"


def settings(servers: Stack) -> dict[str, object]:
    return {
        "kafka": servers.kafka,
        "mongo": servers.mongo,
        "database_prefix": f"test_{uuid4().hex}_",
        "idempotent_producer": False,
    }


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    async with service.api.router.lifespan_context(service.api):
        await until(lambda: service.consumer.subscriber.consumer is not None and service._partitions() > 0)
        yield service


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def results_event(score: str = "90") -> ResultsReported:
    given = Given()
    (results,) = given.results("OB06", Tier.SO, [{"unit": units(Tier.SO)[0], "score": score}])
    return ResultsReported(id=derived("results", score), source="test", time=NOW, subject=KEY, data=results)


def around(handler: Handler, servers: Stack, *topics: str, like: Service | None = None) -> Service:
    """A service of its own name with this handler, and nothing else; ``like`` another, its next life."""

    async def prepare() -> None:
        """Nothing to prepare."""

    name = like.name if like else f"test-{uuid4().hex[:8]}"
    base = Foundation.create(name, like._settings if like else ServiceSettings.model_validate(settings(servers)))
    subscription = Subscription(topics)
    return Service(base, handler=handler, subscription=subscription, renderings=[], prepare=prepare, title="test")


async def found_in(service: Service, collection: str, doc_id: str, **fields: object) -> None:
    """Wait until a service's database has a document with these fields."""
    for _ in range(1500):
        doc = await service._database.documents(collection).get(doc_id)
        if doc is not None and fields.items() <= doc.items():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{collection} has no {doc_id} with {fields}")
