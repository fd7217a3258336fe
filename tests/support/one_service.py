"""One service in the test's own process, on a real database, with a handler of the test's choice.

The broker is the embedded one, or the one in memory given as ``kafka``, on which joining a group takes no time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from uuid import uuid4

from deploy.stack.embedded import Stack
from services.scoring.app import build
from services.scoring.settings import ScoringSettings
from shared.contracts.ids import derived
from shared.contracts.intake import PlanPublished, ResultsReported, UnitsPublished
from shared.contracts.model import AnyEvent, Tier
from shared.contracts.topics import PLANS, UNITS
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.kafka.records import DecodedRecord, Handler, Refused
from shared.runtime.outbox import Outgoing
from shared.runtime.settings import ServiceSettings
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import Given, register, s0, units
from tests.support.waiting import until

NOW = datetime(2023, 12, 1, tzinfo=UTC)
KEY = "thai-binh/trach-nhiem-ky-cuong-2023"


class Applying:
    """A handler that knows every plan, and records the events that it applies."""

    def __init__(self) -> None:
        self.applied: list[AnyEvent] = []

    async def refresh(self) -> None:
        """Do nothing: there is nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        self.applied += [record.event for record in decoded]
        return []

    @property
    def ids(self) -> list[str]:
        """The ids of the events, in the order they came."""
        return [event.id for event in self.applied]


def settings(servers: Stack) -> dict[str, object]:
    """Settings for the embedded servers with the prefix of a new database."""
    return {
        "kafka": servers.kafka,
        "mongo": servers.mongo,
        "database_prefix": f"test_{uuid4().hex}_",
        "idempotent_producer": False,
    }


def scoring(servers: Stack, kafka: MemoryKafka | None = None, **more: object) -> Service:
    """The scoring service with an empty database of its own."""
    with kafka.installed() if kafka is not None else nullcontext():
        return build(ScoringSettings.model_validate({**settings(servers), **more}))


def service_with(
    handler: Handler,
    servers: Stack,
    *topics: str,
    kafka: MemoryKafka | None = None,
    like: Service | None = None,
    given: ServiceSettings | None = None,
) -> Service:
    """A service with a new name and only this handler; ``like`` reuses another service's name and settings."""

    async def prepare() -> None:
        """Do nothing: there is nothing to prepare."""

    name = like.name if like else f"test-{uuid4().hex[:8]}"
    given = like._settings if like else given or ServiceSettings.model_validate(settings(servers))
    with kafka.installed() if kafka is not None else nullcontext():
        return Service(
            Foundation.create(name, given),
            handler=handler,
            subscription=Subscription(topics),
            renderings=[],
            prepare=prepare,
            title="test",
        )


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    """Run the service; yields once its partitions are assigned."""
    async with service.api.router.lifespan_context(service.api):
        await assigned(service)
        yield service


async def assigned(service: Service) -> None:
    """Wait until a service has partitions to read."""
    await until(
        lambda: service.consumer.subscriber.consumer is not None and service._partitions() > 0,
        f"{service.name} being assigned partitions",
    )


async def caught_up(service: Service) -> None:
    """Wait until a service has handled everything on its partitions."""

    async def handled() -> bool:
        return await service.consumer.lag() == 0

    await until(handled, f"{service.name} having handled everything")


async def wait_for_document(service: Service, collection: str, doc_id: str, **fields: object) -> None:
    """Wait until a service's database has a document with these fields."""

    async def document_matches() -> bool:
        doc = await service._database.documents(collection).get(doc_id)
        return doc is not None and fields.items() <= doc.items()

    await until(document_matches, f"{doc_id} with {fields} in {collection}")


def results_event(score: str = "90") -> ResultsReported:
    """A report of one department's score."""
    given = Given()
    (results,) = given.results("OB06", Tier.SO, [{"unit": units(Tier.SO)[0], "score": score}])
    return ResultsReported(id=derived("results", score), source="test", time=NOW, subject=KEY, data=results)


def reference_messages() -> list[Outgoing]:
    """The plan and the units, as intake publishes them."""
    plan = PlanPublished(id="plan", source="test", time=NOW, subject=s0().key, data=s0())
    register_published = UnitsPublished(id="units", source="test", time=NOW, subject="thai-binh/1", data=register())
    return [
        Outgoing(UNITS.name, b"thai-binh/1", register_published.encode()),
        Outgoing(PLANS.name, s0().key.encode(), plan.encode()),
    ]
