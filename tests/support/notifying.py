"""Processes of notify without a broker, notices to deliver, and a channel whose outcomes the test decides."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from services.notify import messages
from services.notify.channels.protocol import Channel, RenderedMail
from services.notify.delivery import DeliveryWorker
from services.notify.desk import Desk
from services.notify.handlers import Notify
from services.notify.inviting import Inviting
from services.notify.mail_sources import InvitationMails, NoticeMails
from services.notify.mailboxes.handlers import Mailboxes
from services.notify.mailboxes.store import Bounces, MailboxBooks
from services.notify.mails.letterhead import Letterhead
from services.notify.mails.renderer import MailRenderer
from services.notify.notice_store import Contacts, Notices
from services.notify.publisher import renderings
from services.notify.reminding import Reminding
from services.notify.sitting_store import Invitations, Sessions
from services.notify.state import KeptNotice, Outcome, Sent
from services.notify.store import Accounts, Deliveries
from shared.contracts.model import VIETNAM
from shared.contracts.notify import Notice
from shared.plans.working_days import viet_nam
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import DrivenClock
from shared.runtime.handover import Handover
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database
from shared.runtime.outbox import Outbox, Outgoing
from shared.runtime.references import References
from tests.support.extensions import granted
from tests.support.movement import register, s0

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
REAL = datetime(2026, 1, 5, 9, tzinfo=VIETNAM)
ACCOUNT = "thai-binh/46-kh-ubnd/agency"

Attempt = Callable[[RenderedMail, str], Awaitable[Outcome]]


async def _taken(mail: RenderedMail, address: str) -> Outcome:
    return Sent()


class RecordingChannel:
    """Counts the accepted mails by address; ``attempt`` decides the result of each mail."""

    name = "folder"

    def __init__(self, attempt: Attempt = _taken) -> None:
        self.attempt = attempt
        self.sent: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.most_at_once = self.most_to_one = 0

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        self.attempts[address] += 1
        self.running[address] += 1
        self.most_at_once = max(self.most_at_once, self.running.total())
        self.most_to_one = max(self.most_to_one, *self.running.values())
        try:
            outcome = await self.attempt(mail, address)
        finally:
            self.running[address] -= 1
        if isinstance(outcome, Sent):
            self.sent[f"{mail.id} {address}"] += 1
        return outcome


class Process:
    """A process of notify: its handler, outbox and delivery worker on one database; ``published`` has its messages."""

    def __init__(self, database: Database, channel: Channel, machine: DrivenClock | None = None) -> None:
        self.references, self.metrics = References(database), Metrics()
        self.accounts, self.deliveries = Accounts(database), Deliveries(database)
        self.notices, self.contacts = Notices(database), Contacts(database)
        self.machine, self.clock = machine or DrivenClock(REAL), DrivenClock(NOW)
        self.sessions, self.invitations = Sessions(database), Invitations(database)
        self.notify = Notify(self.accounts, self.notices, self.sessions, self.references, self.clock, "ban-tdkt")
        self.inviting = Inviting(
            self.sessions, self.invitations, self.deliveries, self.references, viet_nam(), "ban-tdkt"
        )
        self.reminding = Reminding(self.accounts, self.notices, self.references, viet_nam(), self.metrics, "ban-tdkt")
        mails = MailRenderer(self.references, viet_nam(), Letterhead("x.example", "ban-tdkt", "trial"))
        books, audit = MailboxBooks(database), Audit(database, "notify", self.clock)
        self.mailboxes = Mailboxes(
            books, Bounces(database), self.references, self.clock, self.metrics, audit, "x.example"
        )
        self.worker = DeliveryWorker(
            [
                NoticeMails(self.notices, self.accounts, mails, self.mailboxes),
                InvitationMails(self.invitations, mails, self.mailboxes),
            ],
            self.deliveries,
            [channel],
            self.metrics,
            self.clock,
            self.machine,
        )
        self.desk = Desk(
            self.accounts,
            self.notices,
            self.contacts,
            self.deliveries,
            mails,
            self.reminding,
            viet_nam(),
            self.clock,
            Handover(),
        )
        self.published: list[Outgoing] = []
        self.outbox = Outbox(renderings(self.notices, self.contacts, self.invitations), self._publish, self.metrics, ())

    async def _publish(self, messages: Sequence[Outgoing]) -> None:
        self.published.extend(messages)

    async def started(self) -> Process:
        await self.references.prepare()
        await self.accounts.prepare()
        await self.notices.prepare()
        await self.sessions.prepare()
        await self.invitations.prepare()
        await self.contacts.prepare()
        await self.deliveries.prepare()
        return self

    async def knows_the_year(self) -> Process:
        await self.references.learn_register(register(), NOW)
        await self.references.learn_plan(s0(), NOW)
        return self

    async def notes(self, *recipients: str) -> None:
        """Store one more notice for each recipient; a recipient named twice gets two."""
        new = notices_to(*recipients, after=len(await self.notices.all()))
        await self.notices.add([KeptNotice(notice=notice) for notice in new])

    async def deliver(self) -> None:
        """Publish everything, and deliver everything that is due now."""
        await self.outbox.relay()
        while True:
            await self.worker.look()
            if in_flight := [*self.worker._in_flight.values()]:
                await asyncio.wait(in_flight, return_when=asyncio.FIRST_COMPLETED)
            elif not await self.worker.backlog():
                return

    def after(self, seconds: float) -> None:
        """Advance the machine's clock."""
        self.machine.drive(self.machine.now() + timedelta(seconds=seconds))


def notices_to(*recipients: str, after: int = 0) -> list[Notice]:
    """One notice for each recipient, after a number of others; the same again if called again."""
    numbered = enumerate(recipients, start=after)
    extensions = [granted().model_copy(update={"id": f"e{n}", "agency": name}) for n, name in numbered]
    return [messages.about_extension(extension, s0(), "ban-tdkt", NOW) for extension in extensions]


async def until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = 20) -> None:
    """Wait for a condition. Raises ``TimeoutError``."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(what)
        await asyncio.sleep(0.01)


async def process(database: Database, channel: Channel, machine: DrivenClock | None = None) -> Process:
    return await (await Process(database, channel, machine).started()).knows_the_year()


@asynccontextmanager
async def working(*processes: Process) -> AsyncIterator[None]:
    """Run the delivery workers of processes in the background, as a service does."""
    running = [asyncio.create_task(process.worker.run()) for process in processes]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def states(process: Process) -> dict[str, str]:
    return {delivery.mailbox.partition("@")[0]: delivery.state for delivery in await process.deliveries.all()}


def outcomes(process: Process) -> dict[str, float]:
    counts = {name: process.metrics.deliveries.labels(name)._value.get() for name in ("sent", "retried", "failed")}
    return {name: n for name, n in counts.items() if n}


async def is_idle(process: Process) -> bool:
    return not process.worker._in_flight


async def is_backlog(process: Process, left: int) -> bool:
    return await process.worker.backlog() == left


async def has_sent(channel: RecordingChannel, mails: int) -> bool:
    return channel.sent.total() == mails


async def is_running(channel: RecordingChannel, attempts: int) -> bool:
    return channel.running.total() == attempts
