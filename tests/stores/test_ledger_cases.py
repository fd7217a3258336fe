"""The ledger of a duty whose deadline moves, that gets more time on the last evening, or whose agency is merged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.extensions import rules as extension_rules
from services.notify.ledger import LedgerRow
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRecorded
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.mongo import Database
from tests.support.extensions import CONTEXT, ask, wish
from tests.support.movement import s0, with_role
from tests.support.notifying import NOW, Process, RecordingChannel, process

Shown = list[tuple[str, str, str, str]]


@pytest_asyncio.fixture
async def notify(servers: Stack) -> AsyncIterator[Process]:
    database = Database(servers.mongo, f"test_{uuid4().hex}")
    yield await process(database, RecordingChannel())
    await database.drop()
    await database.close()


async def days(notify: Process, first: date, last: date) -> None:
    """Remind on each of the days at eight."""
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        await notify.reminding.remind(datetime(day.year, day.month, day.day, 8, tzinfo=VIETNAM))


async def ledger(notify: Process, duty: str, now: date) -> Shown:
    """The reminders to agencies that were sent or are planned: day, stage, unit, outcome."""
    notify.clock.drive(datetime(now.year, now.month, now.day, 12, tzinfo=VIETNAM))
    (row,) = await notify.desk.ledger(duty=duty)
    shown = [_shown(one) for one in row.rows if one.role == "agency" and one.day <= date(2023, 12, 20)]
    print(f"{duty}, {row.last_day}", *shown, sep="\n")
    return [one for one in shown if one[3] != "overtaken"]


def _shown(row: LedgerRow) -> tuple[str, str, str, str]:
    return f"{row.day:%d/%m}", row.stage, row.unit, row.outcome


def moved() -> Plan:
    """S0 in a second version that asks for OB07 a week later."""
    document = s0().model_dump(mode="json")
    for row in document["obligations"]:
        if row["id"] == "OB07":
            row["before"] = "2023-12-12"
    return Plan.model_validate({**document, "version": 2})


async def test_a_deadline_that_a_new_version_moves_is_planned_again(notify: Process) -> None:
    """What was sent stays, what was to come is gone; the new stage of 30/11 goes out a day late, with the plan."""
    await days(notify, date(2023, 11, 14), date(2023, 11, 30))
    await notify.references.learn_plan(moved(), NOW)
    await days(notify, date(2023, 12, 1), date(2023, 12, 4))
    assert await ledger(notify, "OB07", date(2023, 12, 4)) == [
        ("14/11", "L-14", "so-tttt", "sent"),
        ("23/11", "L-7", "so-tttt", "sent"),
        ("29/11", "L-3", "so-tttt", "sent"),
        ("01/12", "L-7", "so-tttt", "sent"),
        ("06/12", "L-3", "so-tttt", "planned"),
        ("08/12", "L-1", "so-tttt", "planned"),
        ("11/12", "L-0", "so-tttt", "planned"),
        ("12/12", "L+1", "so-tttt", "planned"),
        ("14/12", "L+3", "so-tttt", "planned"),
        ("18/12", "L+5", "so-tttt", "planned"),
        ("20/12", "L+7", "so-tttt", "planned"),
    ]


async def test_time_granted_on_the_last_evening_stops_the_overdue_reminders(notify: Process) -> None:
    """The agency is not reminded next morning; the ladder of the new day begins where it stands."""
    await days(notify, date(2023, 11, 29), date(2023, 12, 4))
    evening = datetime(2023, 12, 4, 21, tzinfo=VIETNAM)
    request = ask(wish())
    assert isinstance(request, Extension)
    granted = extension_rules.answer(request, ExtensionAnswer(granted=True), "ban-tdkt", [], CONTEXT, evening)
    assert isinstance(granted, Extension)
    event = ExtensionRecorded(id="e", data=granted, source="thidua/intake", time=evening, subject="thai-binh")
    await notify.notify.apply([DecodedRecord(Record("log", "topic", 0, 0, None, b"", ()), event)])
    await days(notify, date(2023, 12, 5), date(2023, 12, 8))
    assert await ledger(notify, "OB06", date(2023, 12, 8)) == [
        ("29/11", "L-3", "so-noi-vu", "sent"),
        ("01/12", "L-1", "so-noi-vu", "sent"),
        ("04/12", "L-0", "so-noi-vu", "sent"),
        ("05/12", "L-3", "so-noi-vu", "sent"),
        ("07/12", "L-1", "so-noi-vu", "sent"),
        ("08/12", "L-0", "so-noi-vu", "sent"),
        ("11/12", "L+1", "so-noi-vu", "planned"),
        ("13/12", "L+3", "so-noi-vu", "planned"),
        ("15/12", "L+5", "so-noi-vu", "planned"),
        ("19/12", "L+7", "so-noi-vu", "planned"),
    ]


async def test_the_successor_of_a_merged_agency_gets_the_rest_of_the_ladder(notify: Process) -> None:
    """What the predecessor got stays in its name."""
    tenures = ({"unit": "so-tttt", "last": "2023-11-30"}, {"unit": "so-khcn", "first": "2023-12-01"})
    merged = with_role("thong-tin-truyen-thong", *tenures).model_copy(update={"version": 2})
    await notify.references.learn_plan(merged, NOW)
    await days(notify, date(2023, 11, 29), date(2023, 12, 5))
    assert (await ledger(notify, "OB07", date(2023, 12, 5)))[:5] == [
        ("29/11", "L-3", "so-tttt", "sent"),
        ("01/12", "L-1", "so-khcn", "sent"),
        ("04/12", "L-0", "so-khcn", "sent"),
        ("05/12", "L+1", "so-khcn", "sent"),
        ("07/12", "L+3", "so-khcn", "planned"),
    ]
