"""notify's composition root."""

from __future__ import annotations

from services.notify.api import routes
from services.notify.channels import OutboxFolder
from services.notify.handlers import Notify
from services.notify.settings import NotifySettings
from services.notify.store import Accounts
from shared.contracts.topics import consumed_by
from shared.runtime.app import Foundation, Service, Subscription
from shared.runtime.references import References


def build(settings: NotifySettings) -> Service:
    """Put notify together."""
    base = Foundation.lay("notify", settings)
    references = References(base.database)
    channel = OutboxFolder(settings.outbox_dir)
    accounts = Accounts(base.database, references, channel, settings.mail_domain, settings.office)
    notify = Notify(accounts, references, base.clock, base.metrics, settings.office)

    async def prepare() -> None:
        await references.prepare()
        await accounts.prepare()

    return Service(
        base,
        handler=notify,
        subscription=Subscription([topic.name for topic in consumed_by("notify")]),
        renderings=[accounts.rendering],
        prepare=prepare,
        tick=notify.remind,
        routers=[routes(accounts)],
        title="Nhắc việc",
    )
