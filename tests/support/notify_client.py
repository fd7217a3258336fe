"""notify in the test's own process, without a broker, with a database and a driven clock of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from services.notify.app import build
from services.notify.settings import NotifySettings
from services.notify.store import Accounts
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import Event
from shared.contracts.plan import Plan
from shared.runtime.app import Service
from shared.runtime.clock import DrivenClock
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.mongo import Database
from tests.support.council_desk import event_of
from tests.support.movement import register, s0, s1
from tests.support.provinces import OFFICE

DESK = {"Authorization": "Bearer desk"}


@dataclass
class NotifyClient:
    """A running notify, and an HTTP client of it."""

    service: Service
    http: httpx.AsyncClient

    @property
    def database(self) -> Database:
        return self.service._database

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.database)

    async def apply(self, *events: Event) -> None:
        """Apply events as if they had come from a topic."""
        records = [DecodedRecord(Record("log", "", 0, n, None, None, ()), event) for n, event in enumerate(events)]
        await self.service.consumer.handler.apply(records)

    async def tick(self, now: datetime) -> None:
        """Move the clock and do the work due at that instant."""
        assert isinstance(self.service.clock, DrivenClock)
        self.service.clock.drive(now)
        await self.service._ticker.run(now)


@asynccontextmanager
async def notify_client(
    servers: Stack, folder: Path, now: datetime, plans: Sequence[Plan] = (), **settings: object
) -> AsyncIterator[NotifyClient]:
    """notify with the units and plans of Thái Bình (S0 and S1 if none are given); mails go to a folder."""
    given = {
        "mongo": servers.mongo,
        "database_prefix": f"test_{uuid4().hex}_",
        "desk_key_sha256": digest("desk"),
        "mail_domain": "x.example",
        "office": OFFICE,
        "outbox_dir": folder,
        "clock": "driven",
        "clock_start": now,
    }
    service = build(NotifySettings.model_validate({**given, **settings}))
    await service._prepare()
    await service.audit.prepare()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=service.api), base_url="http://notify") as http:
        client = NotifyClient(service, http)
        published = [event_of(PlanPublished, plan, plan.key) for plan in plans or (s0(), s1())]
        await client.apply(event_of(UnitsPublished, register(), "thai-binh/1"), *published)
        yield client
    await service._database.drop()
    await service._database.close()
