"""notify's composition root."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime

from services.notify.access import ROLES
from services.notify.api import routes
from services.notify.channels.folder import FolderChannel
from services.notify.channels.protocol import Channel
from services.notify.channels.smtp import SmtpChannel
from services.notify.channels.webhook import WebhookChannel
from services.notify.delivery import DeliveryWorker
from services.notify.desk import Desk
from services.notify.feeds.events import Look
from services.notify.feeds.handlers import FeedCalendars
from services.notify.feeds.routes import feed_routes
from services.notify.feeds.store import Feeds
from services.notify.handlers import Notify
from services.notify.invitation_routes import invitation_routes
from services.notify.inviting import Inviting
from services.notify.mail_sources import InvitationMails, NoticeMails
from services.notify.mailboxes.handlers import Mailboxes
from services.notify.mailboxes.routes import mailbox_routes
from services.notify.mailboxes.store import Bounces, MailboxBooks
from services.notify.mails.letterhead import Contact, Letterhead
from services.notify.mails.renderer import MailRenderer
from services.notify.mails.templates import BrokenTemplate
from services.notify.measuring import NotifyMeasuring
from services.notify.notice_store import Contacts, Notices
from services.notify.publisher import renderings
from services.notify.reminding import Reminding
from services.notify.settings import NotifySettings
from services.notify.sitting_store import Invitations, Sessions
from services.notify.store import Accounts, Deliveries
from shared.contracts.topics import consumed_by
from shared.plans.working_days import WorkingDays, viet_nam
from shared.runtime.app import Service
from shared.runtime.clock import SystemClock
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References


def build(settings: NotifySettings) -> Service:
    """Create the notify service; nothing connects before it starts."""
    base = Foundation.create("notify", settings)
    references, calendar = References(base.database), viet_nam()
    accounts, deliveries = Accounts(base.database), Deliveries(base.database)
    notices, contacts = Notices(base.database), Contacts(base.database)
    mails = _mails(references, calendar, settings)
    books, bounces = MailboxBooks(base.database), Bounces(base.database)
    mailboxes = Mailboxes(books, bounces, references, base.clock, base.metrics, base.audit, settings.mail_domain)
    channels = list(_channels(settings))
    sessions, invitations = Sessions(base.database), Invitations(base.database)
    sources = (
        NoticeMails(notices, accounts, mails, mailboxes),
        InvitationMails(invitations, mails, mailboxes),
    )
    worker = DeliveryWorker(sources, deliveries, channels, base.metrics, base.clock)
    notify = Notify(accounts, notices, sessions, references, base.clock, settings.office)
    inviting = Inviting(sessions, invitations, deliveries, references, calendar, settings.office)
    reminding = Reminding(accounts, notices, references, calendar, base.metrics, settings.office)
    desk = Desk(accounts, notices, contacts, deliveries, mails, reminding, calendar, base.clock, base.handover)

    feeds, public_url = Feeds(base.database), str(settings.public_url) if settings.public_url else None
    feed_calendars = FeedCalendars(accounts, references, base.clock, Look(calendar, public_url), settings.mail_domain)

    async def prepare() -> None:
        await references.prepare()
        await accounts.prepare()
        await notices.prepare()
        await sessions.prepare()
        await invitations.prepare()
        await contacts.prepare()
        await deliveries.prepare()
        await mailboxes.prepare()
        await feeds.prepare()

    async def tick(now: datetime) -> None:
        await reminding.remind(now)
        await inviting.invite(now)
        await mailboxes.watch()

    access = Access(base.sign_ins, settings.holders(settings.office_name), ROLES)
    return Service(
        base,
        handler=notify,
        subscription=Subscription([topic.name for topic in consumed_by("notify")]),
        renderings=renderings(notices, contacts, invitations),
        prepare=prepare,
        tick=tick,
        measure=NotifyMeasuring(reminding, accounts, deliveries, base.metrics).measure,
        background=[worker],
        routers=lambda _: [
            routes(desk, accounts, references, access),
            invitation_routes(inviting, access),
            mailbox_routes(mailboxes, access, base.clock),
            feed_routes(feeds, feed_calendars, references, access, base.audit, base.clock, public_url),
        ],
        title="Nhắc việc",
    )


def _mails(references: References, calendar: WorkingDays, settings: NotifySettings) -> MailRenderer:
    """The renderer of mails. Ends the process if a template is broken, before anything is sent with it."""
    contact = settings.contact_name and Contact(settings.contact_name, settings.contact_title, settings.contact_phone)
    letterhead = Letterhead(
        mail_domain=settings.mail_domain,
        office=settings.office,
        environment=settings.environment,
        public_url=str(settings.public_url) if settings.public_url else None,
        council_url=str(settings.council_url) if settings.council_url else None,
        contact=contact or None,
    )
    try:
        return MailRenderer(references, calendar, letterhead, settings.mail_templates)
    except BrokenTemplate as error:
        sys.exit(f"notify cannot start: a template of mails is broken: {error}.")


def _channels(settings: NotifySettings) -> Iterator[Channel]:
    """The folder, which keeps a copy of every mail, then the mail server and the webhook if the settings name them."""
    yield FolderChannel(settings.outbox_dir)
    if (server := settings.smtp_server) is not None:
        yield SmtpChannel(server, settings.redirected_to)
    if settings.webhook_url is not None and settings.webhook_secret is not None:
        secret = settings.webhook_secret.get_secret_value()
        url, to = str(settings.webhook_url), settings.redirected_to
        yield WebhookChannel(url, secret, SystemClock(), settings.environment, to)
