"""notify is killed with SIGKILL in the middle of a morning, or two processes share it: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.notify.channels.smtp import SmtpChannel
from services.notify.delivery import AT_ONCE
from services.notify.delivery_rules import LEASE
from services.notify.smtp_server import SmtpServer
from services.notify.state import KeptNotice
from shared.runtime.clock import DrivenClock
from shared.runtime.mongo import Database
from tests.support.mailserver import Mailserver, mailserver
from tests.support.notify_child import EIGHT, FAILPOINTS
from tests.support.notifying import REAL, Process, RecordingChannel, notices_to, process

MANY = int(os.environ.get("THIDUA_TEST_DELIVERIES", "200"))
"""How many deliveries two processes share; 10,000 take minutes."""

SHORT = ("before-accounts", "after-250")
"""The failpoints of ``make test``: one while reminders are written, one while they are sent; ``make live`` has all.

``test_reminding`` and ``test_deliveries`` crash at these writes without a process of their own.
"""


@pytest_asyncio.fixture
async def name(servers: Stack) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    yield name
    made = Database(servers.mongo, name)
    await made.drop()
    await made.close()


async def child(servers: Stack, name: str, server: Mailserver, *failpoint: str) -> tuple[int | None, str]:
    """Run a process of notify, and return its exit code and the last line of its output."""
    arguments = [servers.mongo, name, f"smtp://127.0.0.1:{server.port}", "0", *failpoint]
    command = [sys.executable, "-m", "tests.support.notify_child", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 60 + MANY / 10)
    return process.returncode, out.decode().strip().rpartition("\n")[2]


def ids(server: Mailserver) -> Counter[str]:
    """How often each Message-ID was taken by the mail server."""
    return Counter(mail["headers"]["Message-ID"] for mail in server.received())


async def released(one: Process) -> set[str]:
    return {f"<{stored.id}@x.example>" for stored in await one.notices.all() if stored.kept.state == "released"}


@pytest.mark.parametrize(
    "failpoint", [pytest.param(point, marks=() if point in SHORT else pytest.mark.apart) for point in FAILPOINTS]
)
async def test_a_kill_loses_no_notice_and_repeats_none_but_after_the_servers_answer(
    servers: Stack, name: str, tmp_path: Path, failpoint: str
) -> None:
    """Between the mail server's 250 and the outcome nobody knows; the second copy has the same Message-ID."""
    database = Database(servers.mongo, name)
    async with mailserver(tmp_path) as server:
        code, _ = await child(servers, name, server, failpoint)
        assert code == -signal.SIGKILL
        channel = SmtpChannel(SmtpServer.at(f"smtp://127.0.0.1:{server.port}", None))
        one = await process(database, channel, DrivenClock(REAL + LEASE))
        await one.reminding.remind(EIGHT)
        await one.deliver()
    assert ids(server).keys() == await released(one)
    assert len(ids(server)) >= 4
    repeated = sum(times - 1 for times in ids(server).values())
    interrupted = one.metrics.deliveries.labels("interrupted")._value.get()
    assert repeated <= interrupted <= AT_ONCE  # the kill meets others of the deliveries at once behind their 250
    assert {delivery.state for delivery in await one.deliveries.all()} == {"sent"}
    sent = [line for s in await one.notices.all() for line in s.kept.notice.lines if line.stage != "weekly"]
    stands = [stand for s in await one.accounts.all() for stand in s.account.duties.values()]
    assert sum(outcome == "sent" for stand in stands for outcome in stand.outcomes.values()) == len(sent)
    assert EIGHT.date() in {s.kept.notice.day for s in await one.notices.all()}
    await database.close()


@pytest.mark.apart
async def test_two_processes_share_the_deliveries_and_send_none_twice(
    servers: Stack, name: str, tmp_path: Path
) -> None:
    """Each leases what it sends; both get something to do."""
    database = Database(servers.mongo, name)
    one = await process(database, RecordingChannel())
    mailboxes = [f"co-quan-{n}" for n in range(MANY)]
    await one.notices.add([KeptNotice(notice=notice) for notice in notices_to(*mailboxes)])
    await one.outbox.relay()
    async with mailserver(tmp_path) as server:
        ends = await asyncio.gather(child(servers, name, server), child(servers, name, server))
    assert [code for code, _ in ends] == [0, 0]
    shares = [int(sent) for _, sent in ends]
    assert sum(shares) == len(server.received())
    assert min(shares) > 0
    assert ids(server).keys() == await released(one)
    assert max(ids(server).values()) == 1
    print(f"{len(ids(server))} mails, {shares[0]} and {shares[1]} by the two processes")
    await database.close()
