"""Deliveries on a real database: none without its event, none lost and none duplicated by a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.channels.protocol import RenderedMail
from services.notify.delivery_rules import LEASE
from services.notify.state import Account, Delivery, KeptNotice, Outcome, Sent
from shared.contracts.ids import derived
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import DrivenClock
from shared.runtime.mongo import Database
from shared.runtime.outbox import Outbox, Outgoing
from tests.support.crashing import CrashingDatabase, Died
from tests.support.notifying import (
    ACCOUNT,
    NOW,
    REAL,
    Process,
    RecordingChannel,
    is_idle,
    notices_to,
    outcomes,
    process,
    states,
    until,
)

LEASE_SECONDS = LEASE.total_seconds()


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


async def test_nothing_is_delivered_before_its_event_is_entered_and_published(database: Database) -> None:
    """The audit entry comes before the delivery, and an unreachable broker delays the mail too."""
    channel = RecordingChannel()
    one = await process(database, channel)
    audit = Audit(database, "notify", DrivenClock(NOW))
    await audit.prepare()
    broken = True

    async def publish(messages: Sequence[Outgoing]) -> None:
        if broken:
            raise OSError("no broker")
        one.published.extend(messages)

    async def entered_and_published(mail: RenderedMail, address: str) -> Outcome:
        lines = [line for entry in [e async for e in audit.entries()] for line in entry["said"]]
        assert any(derived("notice sent", mail.id) in line for line in lines)
        assert len(one.published) == 1
        return Sent()

    channel.attempt = entered_and_published
    rendering = one.outbox._renderings
    outbox = Outbox(rendering, publish, one.metrics, (OSError,), append_events=audit.append_events)
    await one.notes("so-noi-vu")
    with pytest.raises(OSError, match="no broker"):
        await outbox.relay()
    await one.worker.look()
    assert await one.deliveries.all() == []
    assert await one.worker.backlog() == 1
    broken = False
    await outbox.relay()
    assert await one.notices.undelivered(), "an empty look counts only until something was published"
    await one.deliver()
    assert outcomes(one) == {"sent": 1}


async def test_a_delivery_restored_without_its_notice_waits_until_the_notice_is_published(database: Database) -> None:
    """A backup copies one collection after the other, so it may have a delivery whose notice is not decided yet."""
    channel = RecordingChannel()
    one = await process(database, channel)
    (notice,) = notices_to("so-noi-vu")
    mailbox = f"{notice.recipient}@x.example"
    await one.deliveries.make([Delivery(notice=notice.id, channel="folder", mailbox=mailbox, next_attempt=REAL)])
    await one.deliver()
    assert await states(one) == {"so-noi-vu": "waiting"}
    await one.notes("so-noi-vu")
    one.after(1)
    await one.worker.look()
    await until(lambda: is_idle(one), "an attempt")
    assert channel.attempts.total() == 0
    one.after(2)
    await one.deliver()
    assert list(channel.sent.values()) == [1]


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.apart)])
async def test_a_crash_at_any_write_loses_no_mail_and_repeats_none_whose_outcome_was_stored(
    servers: Stack, every: int
) -> None:
    """A crash at every write (or every third) from the account through the delivery documents to the last outcome."""
    for length in range(0, 100, every):
        name, channel = f"test_{uuid4().hex}", RecordingChannel()
        dying, next_life = CrashingDatabase(servers.mongo, name), Database(servers.mongo, name)
        machine = DrivenClock(REAL)
        await process(next_life, channel)
        first = await Process(dying, channel, machine).started()
        dying.fuse.length = length
        with suppress(Died, TimeoutError):
            await first.notes("so-noi-vu", "so-tttt")
            await first.outbox.relay()
            async with asyncio.timeout(2):
                await first.worker.look()
                await until(lambda one=first: is_idle(one), "its deliveries")  # type: ignore[misc]
        crashed = dying.fuse.length == 0
        second = await Process(next_life, channel, machine).started()
        noted = {delivery.notice for delivery in await second.deliveries.all() if delivery.state == "sent"}
        unsure = {key for key in channel.sent if key.split()[0] not in noted}
        for notice in notices_to("so-noi-vu", "so-tttt"):  # the receipt or extension is consumed again
            await second.notices.add_once(KeptNotice(notice=notice))
        second.after(LEASE_SECONDS)
        await second.deliver()
        assert len(channel.sent) == 2, length
        assert {key for key, times in channel.sent.items() if times > 1} == unsure, length
        assert await states(second) == {"so-noi-vu": "sent", "so-tttt": "sent"}
        await next_life.drop()
        await next_life.close()
        await dying.close()
        if not crashed:
            break
    assert length > 10


async def test_a_mail_the_last_release_left_unsent_is_sent_once(database: Database) -> None:
    """Documents of the last release list mails next to events in ``unsent`` and have no deliveries."""
    channel = RecordingChannel()
    await process(database, channel)
    await database.documents("accounts").save(of_the_last_release("so-noi-vu", "so-tttt"))
    one = await process(database, channel)
    await one.deliver()
    await one.deliver()
    assert sorted(channel.sent.values()) == [1, 1]
    assert len(one.published) == 2


async def test_a_mail_stored_by_a_running_process_of_the_last_release_is_not_lost(database: Database) -> None:
    """The worker takes it over at its next look."""
    channel = RecordingChannel()
    one = await process(database, channel)
    await database.documents("accounts").save(of_the_last_release("so-noi-vu"))
    await one.outbox.relay()
    assert one.published == []
    await one.worker.look()
    await one.deliver()
    assert list(channel.sent.values()) == [1]
    assert len(one.published) == 1


async def test_an_event_published_again_to_a_new_broker_delivers_nothing_again(database: Database) -> None:
    channel = RecordingChannel()
    one = await process(database, channel)
    await one.notes("so-noi-vu")
    await one.deliver()
    await one.outbox.republish_all()
    await one.deliver()
    one.after(3600)
    await one.deliver()
    assert len(one.published) == 2
    assert list(channel.sent.values()) == [1]


def of_the_last_release(*recipients: str) -> dict[str, Any]:
    account = Account(notices={notice.id: notice for notice in notices_to(*recipients)})
    names = [*account.notices]
    unsent = [*(f"mail:{n}" for n in names), *(f"event:{n}" for n in names)]
    return {"_id": ACCOUNT, "account": account.model_dump(mode="json"), "extended": False, "unsent": unsent}
