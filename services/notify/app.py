"""notify's composition root."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from services.notify.api import routes
from services.notify.channels.folder import FolderChannel
from services.notify.channels.protocol import Channel
from services.notify.channels.smtp import SmtpChannel
from services.notify.channels.webhook import WebhookChannel
from services.notify.delivery import DeliveryWorker
from services.notify.handlers import Notify
from services.notify.mails.letterhead import Contact, Letterhead
from services.notify.mails.renderer import MailRenderer
from services.notify.mails.templates import BrokenTemplate
from services.notify.publisher import publisher
from services.notify.settings import NotifySettings
from services.notify.store import Accounts, Deliveries
from shared.contracts.topics import consumed_by
from shared.plans.working_days import WorkingDays, viet_nam
from shared.runtime.app import Service
from shared.runtime.clock import SystemClock
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.references import References


def build(settings: NotifySettings) -> Service:
    """Create the notify service; nothing connects before it starts."""
    base = Foundation.create("notify", settings)
    references, calendar = References(base.database), viet_nam()
    accounts, deliveries = Accounts(base.database), Deliveries(base.database)
    mails = _mails(references, calendar, settings)
    worker = DeliveryWorker(accounts, deliveries, list(_channels(settings)), mails, base.metrics, base.clock)
    notify = Notify(accounts, references, calendar, base.clock, base.metrics, settings.office)

    async def prepare() -> None:
        await references.prepare()
        await accounts.prepare()
        await deliveries.prepare()

    return Service(
        base,
        handler=notify,
        subscription=Subscription([topic.name for topic in consumed_by("notify")]),
        renderings=[publisher(accounts)],
        prepare=prepare,
        tick=notify.remind,
        background=[worker],
        routers=lambda _: [routes(notify, accounts, references)],
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
