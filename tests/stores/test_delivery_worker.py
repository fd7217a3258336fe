"""The delivery worker on a real database: each mail is sent once, and no mailbox delays another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.channels.protocol import RenderedMail
from services.notify.delivery import AT_ONCE
from services.notify.delivery_rules import LEASE
from services.notify.state import FailedForGood, Outcome, RetryLater, Sent
from shared.runtime.clock import DrivenClock
from shared.runtime.mongo import Database
from tests.support.notifying import (
    REAL,
    RecordingChannel,
    has_sent,
    is_backlog,
    is_idle,
    is_running,
    outcomes,
    process,
    states,
    until,
    working,
)

LEASE_SECONDS = LEASE.total_seconds()
AGENCIES = ["so-noi-vu", "so-tttt", "so-gddt", "cuc-thong-ke", "thanh-tra-tinh", "van-phong", "so-y-te"]


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


@pytest.mark.parametrize("error", [OSError("no route"), ConnectionResetError(), TimeoutError(), KeyError("a bug")])
async def test_a_failing_notice_does_not_make_the_others_be_delivered_twice(
    database: Database, error: Exception
) -> None:
    """Mail used to be sent while events were rendered, so a failed connection repeated the mails before it."""
    channel = RecordingChannel()

    async def fails_once(mail: RenderedMail, address: str) -> Outcome:
        if address.startswith("so-gddt") and channel.attempts[address] == 1:
            raise error
        return Sent()

    channel.attempt = fails_once
    one = await process(database, channel)
    await one.notes("so-noi-vu", "so-tttt", "so-gddt")
    await one.deliver()
    assert await states(one) == {"so-noi-vu": "sent", "so-tttt": "sent", "so-gddt": "waiting"}
    one.after(1)
    await one.deliver()
    assert sorted(channel.sent.values()) == [1, 1, 1]
    assert outcomes(one) == {"sent": 3, "retried": 1}
    assert len(one.published) == 3
    assert one.metrics.failures.labels("bug")._value.get() == isinstance(error, KeyError)


async def test_two_workers_over_many_deliveries_deliver_none_twice(database: Database) -> None:
    """A lease is a compare-and-set: the worker that loses it skips the delivery."""
    channel = RecordingChannel()

    async def briefly(mail: RenderedMail, address: str) -> Outcome:
        await asyncio.sleep(0)
        return Sent()

    channel.attempt = briefly
    one, two = await process(database, channel), await process(database, channel)
    await one.notes(*AGENCIES * 8)
    await one.outbox.relay()
    async with working(one, two):
        await until(lambda: has_sent(channel, 56), "56 mails")
        await until(lambda: is_backlog(one, 0), "the outcomes noted")
    assert set(channel.sent.values()) == {1}
    assert outcomes(one)["sent"] + outcomes(two)["sent"] == 56


async def test_a_slow_mailbox_delays_no_other_mailbox(database: Database) -> None:
    """One mail per mailbox is under way at a time, and four in total."""
    channel = RecordingChannel()
    go = asyncio.Event()

    async def slow(mail: RenderedMail, address: str) -> Outcome:
        if address.startswith("so-noi-vu"):
            await go.wait()
        return Sent()

    channel.attempt = slow
    one = await process(database, channel)
    await one.notes(*["so-noi-vu"] * 9, *AGENCIES[1:])
    await one.outbox.relay()
    async with working(one):
        await until(lambda: has_sent(channel, 6), "the mails of the others")
        await until(lambda: is_backlog(one, 9), "their outcomes; a delivery under way is not done")
        assert channel.attempts["so-noi-vu@x.example"] == 1
        go.set()
        await until(lambda: is_backlog(one, 0), "the rest")
    assert set(channel.sent.values()) == {1}
    assert len(channel.sent) == 15
    assert channel.most_to_one == 1


async def test_at_most_four_are_delivered_at_once(database: Database) -> None:
    channel = RecordingChannel()
    go = asyncio.Event()

    async def all_slow(mail: RenderedMail, address: str) -> Outcome:
        await go.wait()
        return Sent()

    channel.attempt = all_slow
    one = await process(database, channel)
    await one.notes(*AGENCIES)
    await one.outbox.relay()
    await one.worker.look()
    await until(lambda: is_running(channel, AT_ONCE), "four at once")
    await one.worker.look()
    assert channel.attempts.total() == AT_ONCE
    go.set()
    await one.deliver()
    assert channel.most_at_once == AT_ONCE
    assert len(channel.sent) == len(AGENCIES)


async def test_a_failing_mailbox_is_retried_after_growing_pauses_and_does_not_count_as_backlog(
    database: Database,
) -> None:
    channel = RecordingChannel()

    async def fails(mail: RenderedMail, address: str) -> Outcome:
        return RetryLater("451 try again") if address.startswith("so-noi-vu") else Sent()

    channel.attempt = fails
    one = await process(database, channel)
    await one.notes("so-noi-vu", "so-tttt")
    for attempts, seconds in enumerate((1, 2, 4, 8), start=1):
        await one.deliver()
        assert channel.attempts["so-noi-vu@x.example"] == attempts
        one.after(seconds - 0.1)
        assert await one.worker.backlog() == 0
        one.after(0.1)
        assert await one.worker.backlog() == 1
    (failing,) = [delivery for delivery in await one.deliveries.all() if delivery.state == "waiting"]
    assert (failing.attempts, failing.last_error) == (4, "451 try again")
    assert channel.attempts["so-tttt@x.example"] == 1


async def test_a_permanent_failure_is_attempted_once_and_counted(database: Database) -> None:
    channel = RecordingChannel()

    async def refuses(mail: RenderedMail, address: str) -> Outcome:
        return FailedForGood("550 no such mailbox")

    channel.attempt = refuses
    one = await process(database, channel)
    await one.notes("so-noi-vu")
    await one.deliver()
    one.after(3600)
    await one.deliver()
    assert outcomes(one) == {"failed": 1}
    assert await states(one) == {"so-noi-vu": "failed"}


async def test_the_lease_of_a_dead_worker_is_taken_over_once_it_has_expired(database: Database) -> None:
    """The former holder can no longer store its outcome."""
    never, channel = RecordingChannel(), RecordingChannel()
    machine = DrivenClock(REAL)
    one, two = await process(database, never, machine), await process(database, channel, machine)
    hangs = asyncio.Event()

    async def hanging(mail: RenderedMail, address: str) -> Outcome:
        await hangs.wait()
        return FailedForGood("too late to count")

    never.attempt = hanging
    await one.notes("so-noi-vu")
    await one.outbox.relay()
    await one.worker.look()
    await until(lambda: is_running(never, 1), "the first attempt")
    two.after(LEASE_SECONDS - 1)
    await two.worker.look()
    assert channel.attempts.total() == 0
    two.after(1)
    await two.deliver()
    assert list(channel.sent.values()) == [1]
    hangs.set()
    await until(lambda: is_idle(one), "the late outcome")
    assert await states(one) == {"so-noi-vu": "sent"}
    assert outcomes(one) == {}


async def test_a_stopped_worker_lets_deliveries_under_way_finish(database: Database) -> None:
    """Otherwise every restart would send a mail twice."""
    channel = RecordingChannel()
    stopping = asyncio.Event()

    async def ends_soon(mail: RenderedMail, address: str) -> Outcome:
        await stopping.wait()
        return Sent()

    channel.attempt = ends_soon
    one = await process(database, channel)
    await one.notes("so-noi-vu")
    await one.outbox.relay()
    async with working(one):
        await until(lambda: is_running(channel, 1), "the attempt")
        asyncio.get_running_loop().call_later(0.1, stopping.set)
    assert await states(one) == {"so-noi-vu": "sent"}
