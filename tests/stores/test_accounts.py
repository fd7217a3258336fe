"""notify's accounts on a real database: what must be known before anybody is told, and by whichever process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.channels import OutboxFolder
from services.notify.handlers import Notify
from services.notify.store import Accounts
from shared.contracts.extensions import ExtensionRecorded
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import VIETNAM
from shared.runtime.clock import DrivenClock
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database
from shared.runtime.outbox import Outbox, Outgoing
from shared.runtime.references import References
from tests.rules.test_extending import granted
from tests.support.movement import register, s0

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
SAID = {"source": "thidua/intake", "time": NOW, "subject": "thai-binh"}
PLAN = PlanPublished(id="p", data=s0(), **SAID)
UNITS = UnitsPublished(id="u", data=register(), **SAID)
MORE_TIME = ExtensionRecorded(id="e", data=granted(), **SAID)


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


async def process(database: Database, mails: Path) -> tuple[Notify, Accounts]:
    """One process of notify's, without its broker."""
    references = References(database)
    await references.prepare()
    accounts = Accounts(database, references, OutboxFolder(mails), "x.example", "ban-tdkt")
    await accounts.prepare()
    return Notify(accounts, references, DrivenClock(NOW), Metrics(), "ban-tdkt"), accounts


def heard(*events: PlanPublished | UnitsPublished | ExtensionRecorded) -> list[DecodedRecord]:
    return [DecodedRecord(Record("log", "topic", 0, n, None, b"", ()), event) for n, event in enumerate(events)]


def mailed(mails: Path) -> list[Path]:
    return list(mails.glob("*.eml"))


async def test_what_is_told_at_once_waits_for_the_units_as_well_as_for_the_plan(
    database: Database, tmp_path: Path
) -> None:
    """Topics are read beside each other; a mail that cannot name who it is to would stop everything notify says."""
    notify, _ = await process(database, tmp_path)
    assert not notify.knows(MORE_TIME)
    await notify.apply(heard(PLAN))
    assert not notify.knows(MORE_TIME)
    await notify.apply(heard(UNITS))
    assert notify.knows(MORE_TIME)


async def test_a_notice_is_mailed_by_a_process_that_has_heard_of_no_plan_yet(
    database: Database, tmp_path: Path
) -> None:
    """Whichever process looks first for what is unsaid."""
    _, other = await process(database, tmp_path)
    notify, _ = await process(database, tmp_path)
    await notify.apply(heard(PLAN, UNITS, MORE_TIME))
    published: list[Outgoing] = []

    async def publish(messages: Sequence[Outgoing]) -> None:
        published.extend(messages)

    await Outbox([other.rendering], publish, Metrics(), ()).relay()
    assert len(published) == len(mailed(tmp_path)) == 1
