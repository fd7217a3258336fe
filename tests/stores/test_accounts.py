"""notify's accounts on a real database: what a process must know before it notifies anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.channels.folder import FolderChannel
from services.notify.derived_state import RebuiltNotify
from services.notify.state import Stand
from services.notify.store import Accounts
from shared.contracts.extensions import ExtensionRecorded
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import VIETNAM
from shared.contracts.notify import Notice
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.mongo import Database, VersionConflict
from tests.support.extensions import granted
from tests.support.movement import register, s0
from tests.support.notifying import Process, RecordingChannel

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
ENVELOPE = {"source": "thidua/intake", "time": NOW, "subject": "thai-binh"}
PLAN = PlanPublished(id="p", data=s0(), **ENVELOPE)
UNITS = UnitsPublished(id="u", data=register(), **ENVELOPE)
MORE_TIME = ExtensionRecorded(id="e", data=granted(), **ENVELOPE)


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


def decoded(*events: PlanPublished | UnitsPublished | ExtensionRecorded) -> list[DecodedRecord]:
    return [DecodedRecord(Record("log", "topic", 0, n, None, b"", ()), event) for n, event in enumerate(events)]


def mailed(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_an_immediate_notice_waits_for_the_units_as_well_as_for_the_plan(
    database: Database,
) -> None:
    """Topics are read side by side, and a mail without a known recipient would block all that notify publishes."""
    notify = (await Process(database, RecordingChannel()).started()).notify
    assert not notify.knows(MORE_TIME)
    await notify.apply(decoded(PLAN))
    assert not notify.knows(MORE_TIME)
    await notify.apply(decoded(UNITS))
    assert notify.knows(MORE_TIME)


async def test_a_notice_is_delivered_by_a_process_that_has_loaded_no_plan_yet(
    database: Database, tmp_path: Path
) -> None:
    """Any process may be the first to look for unsent events and deliveries."""
    other = await Process(database, FolderChannel(tmp_path)).started()
    one = await Process(database, FolderChannel(tmp_path)).started()
    await one.notify.apply(decoded(PLAN, UNITS, MORE_TIME))
    await other.deliver()
    (mail,) = mailed(tmp_path)
    assert [mail.name] == [f"{stored.id}.eml" for stored in await one.notices.all()]
    assert len(other.published) == 1
    assert b"To: so-noi-vu@x.example" in mail.read_bytes()


async def test_an_account_recreated_by_a_rebuild_delivers_nothing(database: Database) -> None:
    """The record of sent mails is lost; sending all of them again would be worse than sending none."""
    rebuilt = RebuiltNotify(database, NOW)
    await rebuilt.prepare()
    await rebuilt.handler.apply(decoded(PLAN, UNITS, MORE_TIME))
    (accounts,) = [state for state in rebuilt.derived if state.collection == "accounts"]
    (fresh,) = await database.documents("accounts").find()
    lost = accounts.repaired(None, fresh, NOW)
    assert lost is not None
    assert (lost["unsent"], lost["account"]) == ([], fresh["account"])
    assert "notices" not in [state.collection for state in rebuilt.derived]


async def test_notify_exports_how_long_its_calendar_holds(database: Database) -> None:
    """The alert ``CalendarExpiring`` reads it. The days are local ones of the province."""
    process = await Process(database, RecordingChannel()).started()
    before_midnight = datetime(2026, 11, 29, 23, 59, tzinfo=VIETNAM)
    await process.reminding.remind(before_midnight)
    assert process.metrics.registry.get_sample_value("thidua_calendar_days_left", {"calendar": "viet-nam"}) == 32


async def test_a_preview_names_a_days_reminders_and_stores_nothing(database: Database) -> None:
    """Day after day it names what the ticks of that day then send, and nothing on a day without a stage."""
    process = await (await Process(database, RecordingChannel()).started()).knows_the_year()
    day, previewed, ticked = date(2023, 11, 14), list[tuple[str, str, str]](), list[tuple[str, str, str]]()
    while day < date(2023, 12, 14):
        previewed += [row for kept in await process.reminding.preview(day) for row in reminded(kept.notice)]
        before = {stored.id for stored in await process.notices.all()}
        for hour in (0, 8):
            await process.reminding.remind(datetime(day.year, day.month, day.day, hour, tzinfo=VIETNAM))
        after = [stored.kept.notice for stored in await process.notices.all() if stored.id not in before]
        ticked += sorted(row for notice in after for row in reminded(notice))
        assert await process.reminding.preview(day) == []
        day += timedelta(days=1)
    assert len(ticked) > 100
    assert sorted(previewed) == sorted(ticked)


def reminded(notice: Notice) -> list[tuple[str, str, str]]:
    return [(notice.recipient, line.duty, line.stage) for line in notice.lines]


async def test_many_accounts_are_read_and_written_in_one_round_trip_each(database: Database) -> None:
    """An account that somebody else has written in between is not overwritten; an account that is as it was stays."""
    accounts = Accounts(database)
    await accounts.prepare()
    stand = Stand(complete_at=NOW)
    first, second = await accounts.load_many(["p/a", "p/b"])
    assert (first.id, first.revision, second.id) == ("p/a", 0, "p/b")
    await accounts.save_many([(first.account.with_stand("duty", stand), first), (second.account, second)])
    assert [stored.revision for stored in await accounts.load_many(["p/a", "p/b"])] == [1, 0]
    with pytest.raises(VersionConflict):
        await accounts.save_many([(first.account.with_stand("other", stand), first)])
    assert (await accounts.load("p/a")).account.stand("duty") == stand
