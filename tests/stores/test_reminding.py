"""Reminders on a real database: none lost or doubled by a crash or a second process, and none sent after its report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from datetime import datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.state import StoredAccount
from shared.contracts.model import VIETNAM
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import Database, VersionConflict
from tests.support.crashing import CrashingDatabase, Died
from tests.support.movement import s0
from tests.support.notifying import Process, RecordingChannel, process, states

EIGHT = datetime(2023, 11, 29, 8, tzinfo=VIETNAM)
"""Three working days before the reports of S0 are due."""

OB07 = f"thai-binh/{s0().id}/thong-tin-truyen-thong"


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


async def ledger(one: Process) -> dict[tuple[str, str], dict[str, str]]:
    """The outcomes of every duty's reminders."""
    return {(s.id, d): stand.outcomes for s in await one.accounts.all() for d, stand in s.account.duties.items()}


async def lines(one: Process) -> list[tuple[str, str, str]]:
    notices = [stored.kept.notice for stored in await one.notices.all()]
    return sorted((n.recipient, line.duty, line.stage) for n in notices for line in n.lines)


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.apart)])
async def test_a_crash_at_any_write_of_a_days_reminders_loses_none_and_repeats_none(servers: Stack, every: int) -> None:
    """The notices are written before the states of their duties, and each once; every third write crashes, or all."""
    whole: list[tuple[str, str, str]] = []
    for length in range(0, 100, every):
        name = f"test_{uuid4().hex}"
        dying, next_life = CrashingDatabase(servers.mongo, name), Database(servers.mongo, name)
        await process(next_life, RecordingChannel())
        first = await Process(dying, RecordingChannel()).started()
        dying.fuse.length = length
        with suppress(Died):
            await first.reminding.remind(EIGHT)
        crashed = dying.fuse.length == 0
        second = await Process(next_life, RecordingChannel()).started()
        await second.reminding.remind(EIGHT)
        whole = whole or await lines(second)
        assert await lines(second) == whole
        assert {*map(tuple, (await ledger(second)).values())}
        sent = sum(o == "sent" for outcomes in (await ledger(second)).values() for o in outcomes.values())
        assert sent == len([line for line in whole if line[2] != "weekly"])
        for closing in (next_life, dying):
            await closing.drop() if closing is next_life else None
            await closing.close()
        if not crashed:
            break
    assert length >= 2


async def test_an_instant_at_which_no_other_reminder_is_due_reads_no_account(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome of a reminder is final, so its duty is not considered again before the next one is due."""
    one, read = await process(database, RecordingChannel()), list[str]()
    load_many = one.accounts.load_many

    async def noted(ids: Collection[str]) -> list[StoredAccount]:
        read.extend(ids)
        return await load_many(ids)

    monkeypatch.setattr(one.accounts, "load_many", noted)
    seven, three, friday = EIGHT.replace(hour=7), EIGHT.replace(hour=15), datetime(2023, 12, 1, 8, tzinfo=VIETNAM)
    for now, reads in ((seven, True), (EIGHT, True), (EIGHT, False), (three, False), (friday, True)):
        read.clear()
        await one.reminding.remind(now)
        assert bool(read) == reads, now


async def test_two_processes_write_a_days_notices_once(database: Database) -> None:
    """The one that comes second meets a conflict, tries again and finds everything done."""
    one, two = await process(database, RecordingChannel()), await process(database, RecordingChannel())

    async def remind(which: Process) -> None:
        for _ in range(10):
            try:
                return await which.reminding.remind(EIGHT)
            except VersionConflict:
                continue
        raise TimeoutError("conflicts without end")

    await asyncio.gather(remind(one), remind(two))
    assert len({stored.id for stored in await one.notices.all()}) == len(await one.notices.all())
    named = await lines(one)
    assert len(named) == len(set(named))
    outcomes = await ledger(one)
    assert sum(o == "sent" for row in outcomes.values() for o in row.values()) == len(named)


async def test_a_mail_about_what_was_reported_in_between_does_not_leave(database: Database) -> None:
    """The report arrives after the notice was written, while its mailbox is slow."""
    channel = RecordingChannel()
    one = await process(database, channel)
    await one.reminding.remind(EIGHT)
    stored = await one.accounts.load(OB07)
    reported = stored.account.stand("OB07").with_receipt(1, EIGHT)
    await one.accounts.save(stored.account.with_stand("OB07", reported), stored)
    await one.deliver()
    assert (await states(one))["so-tttt"] == "not_needed"
    assert not any(key.endswith("so-tttt@x.example") for key in channel.sent)
    assert one.metrics.deliveries.labels("not_needed")._value.get() == 1


async def test_a_draft_leaves_only_when_a_person_releases_it(database: Database) -> None:
    """Văn phòng Tỉnh ủy is among the units of S0 whose mails wait; the event names who released it."""
    channel = RecordingChannel()
    one = await process(database, channel)
    await one.reminding.remind(EIGHT)
    await one.deliver()
    assert not any(key.endswith("vp-tinh-uy@x.example") for key in channel.sent)
    drafts = [kept.notice for kept in await one.desk.drafts()]
    (draft,) = [notice for notice in drafts if notice.recipient == "vp-tinh-uy"]
    await one.desk.release(draft.id, "thu-ky")
    await one.deliver()
    assert channel.sent[f"{draft.id} vp-tinh-uy@x.example"] == 1
    assert any(b'"released_by":"thu-ky"' in (message.value or b"") for message in one.published)


async def test_a_later_draft_replaces_the_earlier_one(database: Database) -> None:
    """A person who returns after some days sees one draft an office, the latest."""
    one = await process(database, RecordingChannel())
    await one.reminding.remind(EIGHT)
    await one.reminding.remind(datetime(2023, 12, 1, 8, tzinfo=VIETNAM))
    of_office = [kept.notice for kept in await one.desk.drafts() if kept.notice.recipient == "vp-tinh-uy"]
    assert [line.stage for notice in of_office for line in notice.lines] == ["L-1"]
    rows = [row for duty in await one.desk.ledger("vp-tinh-uy") for row in duty.rows if row.outcome == "sent"]
    assert {row.state for row in rows} == {"drafted", "replaced"}


@pytest.mark.parametrize("writes", [20, 24])
async def test_a_draft_is_replaced_also_if_the_process_died_once_the_later_one_was_written(
    servers: Stack, writes: int
) -> None:
    """The office would see two drafts to one recipient, and might send both."""
    name = f"test_{uuid4().hex}"
    dying, database = CrashingDatabase(servers.mongo, name), Database(servers.mongo, name)
    one = await process(database, RecordingChannel())
    await one.reminding.remind(EIGHT)
    first = await Process(dying, RecordingChannel()).started()
    dying.fuse.length = writes
    with suppress(Died):
        await first.reminding.remind(datetime(2023, 12, 1, 8, tzinfo=VIETNAM))
    await one.reminding.remind(datetime(2023, 12, 1, 8, tzinfo=VIETNAM))
    drafts = [kept.notice for kept in await one.desk.drafts() if kept.notice.recipient == "vp-tinh-uy"]
    assert [line.stage for notice in drafts for line in notice.lines] == ["L-1"]
    (older,) = [s for s in await one.notices.all() if s.kept.notice.recipient == "vp-tinh-uy" and s.id != drafts[0].id]
    with pytest.raises(Refusal) as refused:
        await one.desk.release(older.id, "thu-ky")
    assert refused.value.status == 409
    await database.drop()
    await database.close()
    await dying.close()


async def test_the_ledger_shows_what_was_sent_how_it_ended_and_what_comes_next(database: Database) -> None:
    """Each row has its day, recipient and outcome, and the mailbox that the notice went to."""
    one = await process(database, RecordingChannel())
    await one.reminding.remind(EIGHT)
    await one.deliver()
    one.clock.drive(EIGHT)
    (ob07,) = await one.desk.ledger("so-tttt", "OB07")
    rows = [(row.stage, row.role, row.outcome) for row in ob07.rows]
    assert rows[:5] == [
        ("L-14", "agency", "overtaken"),
        ("L-7", "agency", "overtaken"),
        ("L-3", "agency", "sent"),
        ("L-1", "agency", "planned"),
        ("L-0", "agency", "planned"),
    ]
    assert ("L+3", "head", "planned") in rows
    (sending,) = ob07.rows[2].sendings
    assert (sending.mailbox, sending.state, sending.attempts) == ("so-tttt@x.example", "sent", 1)


async def test_the_state_of_a_duty_of_the_last_release_is_read(database: Database) -> None:
    """It has outcomes and no list of what was sent."""
    one = await process(database, RecordingChannel())
    old = {"version": 1, "outcomes": {"L-3 2023-11-29": "sent"}}
    doc = {"_id": OB07, "account": {"duties": {"OB07": old}, "notices": {}}, "extended": False, "unsent": []}
    await database.documents("accounts").save({**doc, "undelivered": [], "has_undelivered": False})
    await one.reminding.remind(EIGHT)
    stand = (await one.accounts.load(OB07)).account.stand("OB07")
    assert stand.outcomes == {"L-14 2023-11-14": "overtaken", "L-7 2023-11-23": "overtaken", "L-3 2023-11-29": "sent"}
    assert stand.reminded == ()
