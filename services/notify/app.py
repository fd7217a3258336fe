"""notify's composition root."""

from __future__ import annotations

from services.notify.api import routes
from services.notify.channels.folder import FolderChannel
from services.notify.delivery import DeliveryWorker
from services.notify.handlers import Notify
from services.notify.mails import MailRenderer
from services.notify.publisher import publisher
from services.notify.settings import NotifySettings
from services.notify.store import Accounts, Deliveries
from shared.contracts.topics import consumed_by
from shared.plans.working_days import viet_nam
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.references import References


def build(settings: NotifySettings) -> Service:
    """Create the notify service; nothing connects before it starts."""
    base = Foundation.create("notify", settings)
    references, calendar = References(base.database), viet_nam()
    accounts, deliveries = Accounts(base.database), Deliveries(base.database)
    mails = MailRenderer(references, calendar, settings.mail_domain, settings.office)
    channels = [FolderChannel(settings.outbox_dir)]
    worker = DeliveryWorker(accounts, deliveries, channels, mails, base.metrics, base.clock)
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
        routers=lambda _: [routes(accounts)],
        title="Nhắc việc",
    )
