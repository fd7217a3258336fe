"""Messages to members on a real database: none lost or doubled, whatever dies and however often an agenda comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.channels.protocol import RenderedMail
from services.notify.derived_state import RebuiltNotify
from services.notify.mailboxes.book import Mailbox
from services.notify.state import FailedForGood, Outcome
from shared.contracts.model import VIETNAM, Event
from shared.contracts.topics import NOTICES
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.mongo import Database
from tests.support.crashing import CrashingDatabase, Died
from tests.support.inviting import MEMBERS, SITTING, agenda
from tests.support.movement import s1
from tests.support.notifying import NOW, Process, RecordingChannel, process

FREEZE = datetime(2023, 12, 12, 10, tzinfo=VIETNAM)


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


async def opened(database: Database, channel: RecordingChannel | None = None) -> Process:
    """A process that knows the council's plan too."""
    one = await process(database, channel or RecordingChannel())
    await one.references.learn_plan(s1(), NOW)
    return one


async def consume(one: Process, *events: Event) -> None:
    records = [DecodedRecord(Record("log", "", 0, n, None, None, ()), event) for n, event in enumerate(events)]
    await one.notify.apply(records)


async def notified(one: Process) -> list[tuple[str, str]]:
    return [(invitation.member, invitation.kind) for invitation in await one.invitations.all()]


async def test_an_agenda_that_comes_again_and_a_second_look_invite_nobody_twice(database: Database) -> None:
    channel = RecordingChannel()
    one, two = await opened(database, channel), await opened(database, channel)
    await consume(one, agenda(3), agenda(4), agenda(4))
    await asyncio.gather(one.inviting.invite(FREEZE), two.inviting.invite(FREEZE))
    await consume(two, agenda(3), agenda(5))
    await two.inviting.invite(FREEZE + timedelta(hours=1))
    assert await notified(one) == [("tv-1", "invitation"), ("tv-2", "invitation")]
    for process_ in (one, two, one):
        await process_.deliver()
    assert sorted(key.split(" ")[1] for key in channel.sent) == [
        "chu-tich.ban-tdkt@x.example",
        "uy-vien.so-noi-vu@x.example",
    ]
    assert set(channel.sent.values()) == {1}
    events = [NOTICES.by_contract(message.value or b"") for message in one.published + two.published]
    assert [event.type for event in events] == ["invitation.sent", "invitation.sent"]


async def test_a_crash_at_any_write_loses_no_message_and_repeats_none(servers: Stack) -> None:
    """Also of a crash while the session itself is stored: the agenda is read again."""
    name, passed = f"test_{uuid4().hex}", 0
    dying, next_life = CrashingDatabase(servers.mongo, name), Database(servers.mongo, name)
    await opened(next_life)
    for length in range(40):
        for collection in map(next_life.documents, ("sessions", "invitations")):
            for doc in await collection.find():
                await collection.remove(doc)
        dying.fuse.length = None
        first = Process(dying, RecordingChannel())
        await first.references.refresh()
        dying.fuse.length = length
        with suppress(Died):
            await consume(first, agenda(3))
            await first.inviting.invite(FREEZE)
        crashed = dying.fuse.length == 0
        second = Process(next_life, RecordingChannel())
        await second.references.refresh()
        await consume(second, agenda(3))
        await second.inviting.invite(FREEZE)
        assert await notified(second) == [("tv-1", "invitation"), ("tv-2", "invitation")]
        if not crashed:
            break
        passed += 1
    assert passed >= 6
    await next_life.drop()
    for closing in (next_life, dying):
        await closing.close()


async def test_a_changed_place_is_notified_once_and_a_cancelled_session_once(database: Database) -> None:
    one = await opened(database)
    await consume(one, agenda(3))
    await one.inviting.invite(FREEZE)
    await consume(one, agenda(4, place="Hội trường lớn"), agenda(5, place="Hội trường lớn"))
    for hour in range(3):
        await one.inviting.invite(FREEZE + timedelta(hours=hour))
    await consume(one, agenda(6, "cancelled", place="Hội trường lớn"))
    for day in range(1, 12):
        await one.inviting.invite(FREEZE + timedelta(days=day))
    of_member = [kind for member, kind in await notified(one) if member == "tv-2"]
    assert of_member == ["invitation", "change", "cancellation"]


async def test_an_older_agenda_that_comes_late_changes_nothing(database: Database) -> None:
    one = await opened(database)
    await consume(one, agenda(7, day=date(2023, 12, 22)), agenda(3))
    (session,) = await one.sessions.all()
    assert (session.version, session.head.day) == (7, date(2023, 12, 22))


async def test_the_ledger_shows_who_has_no_mailbox_and_who_could_not_be_reached(database: Database) -> None:
    async def refused(mail: RenderedMail, address: str) -> Outcome:
        return FailedForGood("550 no such mailbox")

    one = await opened(database, RecordingChannel(refused))
    book = await one.mailboxes.book("thai-binh")
    await one.mailboxes.replace(book, [Mailbox(unit="so-noi-vu", role="member", address="gd.snv@tinh.example")], "x")
    await consume(one, agenda(3))
    await one.inviting.invite(FREEZE)
    before = (await one.inviting.ledger())[0].members
    assert {member.member: member.state for member in before} == {
        "tv-1": "waiting",
        "tv-2": "waiting",
        "tv-3": "no_mailbox",
    }
    await one.deliver()
    (of_session,) = await one.inviting.ledger()
    reached = {member.member: member for member in of_session.members}
    assert (reached["tv-2"].state, reached["tv-2"].sendings[0].mailbox) == ("failed", "gd.snv@tinh.example")
    assert reached["tv-2"].sendings[0].last_error == "550 no such mailbox"
    with_unit = (*MEMBERS[:2], MEMBERS[2].model_copy(update={"unit": "hoi-nong-dan"}))
    await consume(one, agenda(4, members=with_unit))
    await one.inviting.invite(FREEZE)
    assert (await notified(one))[-1] == ("tv-3", "invitation")


async def test_a_service_that_was_down_over_the_reminders_sends_the_latest_alone(database: Database) -> None:
    one = await opened(database)
    await consume(one, agenda(3))
    await one.inviting.invite(FREEZE)
    again = await opened(database)
    await again.inviting.invite(datetime(2023, 12, 21, 8, 30, tzinfo=VIETNAM))
    assert [kind for member, kind in await notified(again) if member == "tv-2"] == ["invitation", "reminder"]
    assert date(2023, 12, 21) == SITTING


async def test_sessions_are_rebuilt_from_the_topic(servers: Stack, database: Database) -> None:
    one = await opened(database)
    await consume(one, agenda(3), agenda(4, place="Hội trường lớn"))
    fresh = Database(servers.mongo, f"test_{uuid4().hex}")
    try:
        rebuilt = RebuiltNotify(fresh, NOW)
        await rebuilt.prepare()
        await rebuilt.handler.apply(
            [DecodedRecord(Record("log", "", 0, 0, None, None, ()), agenda(9, place="Hội trường lớn"))]
        )
        (of_sessions,) = [derived for derived in rebuilt.derived if derived.collection == "sessions"]
        live, built = [await base.documents("sessions").find() for base in (database, fresh)]
        assert [of_sessions.facts(doc) for doc in live] == [of_sessions.facts(doc) for doc in built]
    finally:
        await fresh.drop()
        await fresh.close()
