"""The stored plans and units of a service, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.intake import PlanPublished, PlanPublishedV2
from shared.runtime.mongo import Database, Document
from shared.runtime.references import References
from tests.support.movement import register, s0

ENVELOPE = {"source": "thidua/intake", "subject": "x"}
NOW = datetime(2023, 12, 1, tzinfo=UTC)


async def test_plans_and_units_become_visible_at_the_same_time(servers: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A starting intake with the plans but not yet the units returned valid reports as "no such movement"."""
    database = Database(servers.mongo, f"test_{uuid4().hex}")
    try:
        first = References(database)
        await first.prepare()
        await first.learn_register(register(), NOW)
        await first.learn_plan(s0(), NOW)

        starting, requested, go_on = References(database), asyncio.Event(), asyncio.Event()
        find = starting._register_documents.find

        async def slow(*args: Any, **named: Any) -> list[Document]:
            requested.set()
            await go_on.wait()
            return await find(*args, **named)

        monkeypatch.setattr(starting._register_documents, "find", slow)
        reading = asyncio.create_task(starting.refresh())
        await requested.wait()
        half_way = (starting.newest_plans(), starting.newest_register(s0().province))
        go_on.set()
        await reading
        assert half_way == ((), None)
        assert (starting.newest_plans(), starting.newest_register(s0().province)) == ((s0(),), register())
    finally:
        await database.drop()
        await database.close()


@pytest.mark.parametrize("event", [PlanPublished, PlanPublishedV2])
async def test_scoring_council_and_notify_store_a_plan_of_either_type(
    servers: Stack, event: type[PlanPublished] | type[PlanPublishedV2]
) -> None:
    """They all read plans in this way, and again after a restart."""
    database = Database(servers.mongo, f"test_{uuid4().hex}")
    try:
        references = References(database)
        await references.prepare()
        await references.apply([event(id="p", time=NOW, data=s0(), **ENVELOPE)])
        restarted = References(database)
        await restarted.prepare()
        assert references.newest_plans() == restarted.newest_plans() == (s0(),)
    finally:
        await database.drop()
        await database.close()
