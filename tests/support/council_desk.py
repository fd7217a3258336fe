"""The council service in this process, and the events that reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from deploy.stack.embedded import Stack
from services.council.app import build
from services.council.settings import CouncilSettings
from services.intake.access.key_store import digest
from shared.contracts.ids import derived
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import VIETNAM, Event, Tier, Verdict
from shared.contracts.nominations import NominationRecorded
from shared.contracts.receipts import ReceiptIssued
from shared.contracts.scoring import AwardLists, EligibilityChanged, EligibilitySummarised
from shared.runtime.app import Service
from shared.runtime.clock import DrivenClock
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.outbox import Outbox, Outgoing
from tests.support.movement import register, s0, s1, units

MOVEMENT = "trach-nhiem-ky-cuong-2023"
KEY = f"thai-binh/{MOVEMENT}"
DESK = {"Authorization": "Bearer desk"}
NO_KEY = {"Authorization": ""}
START = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
P4 = "/v1/sessions/thai-binh/38-kh-hdtdkt-2023/P4"
PAGE = "/phien/thai-binh/38-kh-hdtdkt-2023/P4"
DECISIONS = f"/v1/{KEY}/decisions"
FIRST, SECOND, THIRD = units(Tier.SO)[:3]


@dataclass
class Desk:
    """The council service in this process, with an empty database of its own, a driven clock and no broker.

    ``http`` calls with the desk's key unless a request has another.
    """

    service: Service
    http: httpx.AsyncClient

    async def apply(self, *events: Event) -> None:
        """Apply the events twice, as if they had come from a topic."""
        records = [
            DecodedRecord(Record("log", "", 0, n, None, None, ()), event) for n, event in enumerate((*events, *events))
        ]
        await self.service.consumer.handler.apply(records)

    async def learn_plans(self) -> None:
        """Apply the units and the plans of the council and of one movement."""
        await self.apply(
            event_of(UnitsPublished, register(), "thai-binh/1"),
            event_of(PlanPublished, s0(), s0().key),
            event_of(PlanPublished, s1(), s1().key),
        )

    async def tick(self, now: datetime) -> None:
        """Move the clock and do the work due at that instant."""
        assert isinstance(self.service.clock, DrivenClock)
        self.service.clock.drive(now)
        await self.service._ticker.run(now)

    async def published(self) -> list[Outgoing]:
        """The unsent messages, as the relay publishes them."""
        published: list[Outgoing] = []

        async def publish(messages: Sequence[Outgoing]) -> None:
            published.extend(messages)

        await Outbox(self.service.outbox._renderings, publish, self.service.metrics, ()).relay()
        return published

    async def agenda(self) -> dict[str, Any]:
        """The agenda of the fourth session."""
        agenda: dict[str, Any] = (await self.http.get(f"{P4}/agenda")).json()
        return agenda

    async def agenda_item(self, item_id: str) -> dict[str, Any]:
        """The item with this id of that agenda."""
        return next(entry for entry in (await self.agenda())["items"] if entry["id"] == item_id)

    async def decide(self, *changes: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post decisions; return the status and body of the answer."""
        decisions = [{"by": "Chủ tịch Hội đồng", "status": "granted", **decision} for decision in changes]
        answer = await self.http.post(DECISIONS, headers=DESK, json=decisions)
        return answer.status_code, answer.json()


@asynccontextmanager
async def open_desk(
    servers: Stack, *, with_plans: bool = True, now: datetime = START, **settings: Any
) -> AsyncIterator[Desk]:
    """A council that has the units and the plans of the council and of one movement, on a database of its own.

    Without ``with_plans`` it has neither units nor plans yet.
    """
    service = build(
        CouncilSettings(
            kafka=servers.kafka,
            mongo=servers.mongo,
            database_prefix=f"test_{uuid4().hex}_",
            idempotent_producer=False,
            desk_key_sha256=digest("desk"),
            clock="driven",
            clock_start=now,
            **settings,
        )
    )
    await service._prepare()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=service.api), base_url="http://desk", headers=DESK
    ) as http:
        desk = Desk(service, http)
        if with_plans:
            await desk.learn_plans()
        yield desk
    await service._database.drop()
    await service._database.close()


def event_of(kind: type[Event], data: Any, subject: str = KEY) -> Event:
    return kind.model_validate(
        {"id": derived(subject, repr(data)), "source": "test", "time": START, "subject": subject, "data": data}
    )


VERSIONS = count(1)


def summary(**candidates: Iterable[str]) -> Event:
    """An event with award lists, as scoring publishes it."""
    lists = [AwardLists(award=a, candidates=tuple(c), for_judgement=()) for a, c in candidates.items()]
    return event_of(
        EligibilitySummarised,
        {"movement": MOVEMENT, "version": next(VERSIONS), "plan": s0().ref, "awards": lists},
        f"{KEY}/summary",
    )


def page(award: str, **verdicts: Verdict) -> Event:
    rows = [
        {"unit": unit, "verdict": verdict, "findings": [{"criterion": "c", "verdict": verdict, "reason": "judged"}]}
        for unit, verdict in verdicts.items()
    ]
    data = {"movement": MOVEMENT, "award": award, "page": 0, "version": next(VERSIONS), "plan": s0().ref, "rows": rows}
    return event_of(EligibilityChanged, data, f"{KEY}/{award}/0")


def findings_page(
    award: str, at: datetime, *reports: tuple[str, str], **rows: tuple[Verdict, int | None, str]
) -> Event:
    """A page of verdicts with one criterion, "de-an-06": verdict, rank and event by unit.

    ``reports`` are pairs of an event and its report's number, sent by the police at an instant.
    """
    verdicts = [
        {
            "unit": unit,
            "verdict": verdict,
            "findings": [
                {"criterion": "de-an-06", "verdict": verdict, "reason": "rank_within", "rank": rank, "events": [event]}
            ],
        }
        for unit, (verdict, rank, event) in rows.items()
    ]
    evidence = [
        {"event": event, "version": n, "at": at, "by": "cong-an-tinh", "report": report}
        for n, (event, report) in enumerate(reports, 1)
    ]
    data = {"movement": MOVEMENT, "award": award, "page": 0, "version": next(VERSIONS), "plan": s0().ref}
    return event_of(EligibilityChanged, {**data, "rows": verdicts, "evidence": evidence}, f"{KEY}/{award}/0")


def nomination(nominee_name: str, version: int, **changes: Any) -> Event:
    identity = {"id": derived(nominee_name), "plan": s0().ref, "movement": MOVEMENT, "award": "B4", "nominator": FIRST}
    nominee = {
        "kind": "tap_the",
        "subject": derived("c", nominee_name),
        "name": nominee_name,
        "status": "accepted",
        "at": START,
    }
    return event_of(NominationRecorded, {**identity, **nominee, "version": version, **changes})


def receipt(obligation: str, account: str, version: int, *, complete: bool) -> Event:
    identity = {"id": derived("r", version), "report": "r", "status": "accepted", "reported_by": "vp-ubnd-tinh"}
    where = {"plan": s0().ref, "movement": MOVEMENT, "obligation": obligation, "account": account, "period": "2023"}
    at = START if complete else None
    when = {"received_at": START, "timely": True, "final": complete, "complete_at": at, "complete_timely": complete}
    return event_of(ReceiptIssued, {**identity, **where, **when, "version": version})
