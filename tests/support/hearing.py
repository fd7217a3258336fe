"""A service that only listens: everything a service has to do with Kafka, and no rules."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from shared.contracts.model import AnyEvent
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.kafka.records import DecodedRecord, Handler, Refused
from shared.runtime.settings import ServiceSettings


class Consumer:
    """A handler that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[AnyEvent] = []

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        """Nothing is needed to listen."""
        return True

    async def apply(self, heard: Sequence[DecodedRecord]) -> list[Refused]:
        """Keep it."""
        self.heard += [each.event for each in heard]
        return []


def around(handler: Handler, settings: ServiceSettings, *topics: str) -> Service:
    """A service of its own name with this handler, and nothing else."""

    async def prepare() -> None:
        """Nothing to prepare."""

    base = Foundation.create(f"test-{uuid4().hex[:8]}", settings)
    return Service(
        base, handler=handler, subscription=Subscription(topics), renderings=[], prepare=prepare, title="test"
    )


async def caught_up(service: Service) -> bool:
    """Whether it has handled everything that is on its partitions."""
    return await service.consumer.lag() == 0
