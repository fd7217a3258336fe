"""Background work of a service: it runs as long as the service, and unfinished work counts as unsent."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from deploy.stack.embedded import Stack
from shared.contracts.topics import HEADS
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering
from shared.runtime.settings import ServiceSettings
from tests.support.one_service import Applying, running, settings


class Counting:
    """Background work that publishing causes. It finishes only when the test sets ``go``."""

    def __init__(self) -> None:
        self.woken, self.go, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.left = 0

    async def run(self) -> None:
        """Clear the backlog each time the work is woken and ``go`` is set."""
        try:
            while True:
                await self.woken.wait()
                await self.go.wait()
                self.woken.clear()
                self.left = 0
        finally:
            self.ended.set()

    def wake(self) -> None:
        """Add work, because the outbox has published."""
        self.left = 1
        self.woken.set()

    async def backlog(self) -> int:
        """The amount of unfinished work."""
        return self.left


async def test_background_work_is_woken_by_the_outbox_counts_as_unsent_and_ends_with_the_service(
    servers: Stack,
) -> None:
    """A driven clock must not advance while a delivery could still be made."""
    work = Counting()
    base = Foundation.create(f"test-{uuid4().hex[:8]}", ServiceSettings.model_validate(settings(servers)))
    documents = base.database.documents("things")

    async def render(doc: Document) -> list[Outgoing]:
        return [Outgoing(HEADS.name, b"test", b"{}")]

    async def prepare() -> None:
        """Do nothing: there is nothing to prepare."""

    service = Service(
        base,
        handler=Applying(),
        subscription=Subscription([HEADS.name]),
        renderings=[Rendering(documents, render, lambda doc: ["self"])],
        prepare=prepare,
        background=[work],
        title="test",
    )
    async with running(service):
        assert (await service.progress()).unsent == 0
        await documents.insert({"_id": "a", "unsent": ["self"]})
        service.outbox.handover.wake()
        await asyncio.wait_for(work.woken.wait(), 30)
        assert await documents.count({"pending": True}) == 0
        assert (await service.progress()).unsent > 0
        work.go.set()

        async def at_rest() -> bool:
            return (await service.progress()).unsent == 0

        async with asyncio.timeout(30):
            while not await at_rest():  # noqa: ASYNC110 - the condition depends on another task
                await asyncio.sleep(0.02)
        await service._database.drop()
    assert work.ended.is_set()
