"""intake's composition root."""

from __future__ import annotations

from datetime import datetime

from services.intake.api import Backlog, Callers, routes
from services.intake.excel_api import excel_routes
from services.intake.extensions import Extensions
from services.intake.extensions_api import extension_routes
from services.intake.handlers import Door, Inbox
from services.intake.keys import ApiKeys
from services.intake.keys_api import key_routes
from services.intake.nominations_api import nomination_routes
from services.intake.obligations_api import obligation_routes
from services.intake.receipts_api import receipt_routes
from services.intake.roll import Persons, Roll
from services.intake.settings import IntakeSettings
from services.intake.speakers import reference_speakers
from services.intake.store import Reports
from shared.contracts.topics import INBOX, INBOX_PATTERN
from shared.runtime.app import Foundation, Service, Subscription
from shared.runtime.references import References


def build(settings: IntakeSettings) -> Service:
    """Put intake together."""
    base = Foundation.lay("intake", settings)
    references = References(base.database)
    reports = Reports(base.database, references, settings.province)
    extensions = Extensions(base.database, settings.province)
    door = Door(reports, extensions, references, base.clock, base.metrics, settings.province)
    roll, persons = Roll(base.database, settings.province), Persons(base.database, base.audit)
    keys = ApiKeys(base.database, settings.key_days)

    async def prepare() -> None:
        await references.prepare()
        await reports.prepare()
        await extensions.prepare()
        await roll.prepare()
        await persons.prepare()
        await keys.prepare()

    callers = Callers(keys, settings, base.clock)
    backlog = Backlog(
        lambda: standing[0].outbox.unsent(),
        lambda agency: standing[0].consumer.lag(topic=INBOX.of(agency)),
        callers,
        settings,
    )
    standing: list[Service] = []
    met: set[str] = set()

    async def meet(agency: str) -> None:
        if agency not in met and agency not in references.reporters():
            met.add(agency)
            await standing[0].make_topics()
        met.add(agency)

    async def refresh(_: datetime) -> None:
        await references.refresh()

    service = Service(
        base,
        handler=Inbox(door, references, meet),
        subscription=Subscription(pattern=INBOX_PATTERN),
        speakers=[*reference_speakers(references), reports.speaker, extensions.speaker, roll.speaker],
        prepare=prepare,
        routers=[
            routes(door, reports, references, callers, backlog, base.clock, settings, standing),
            receipt_routes(door, reports, callers),
            extension_routes(extensions, references, callers, base.clock, settings.province, lambda: door.nudge()),
            key_routes(keys, references, callers, base.clock, settings.province, base.audit),
            obligation_routes(reports, extensions, references, callers, base.clock, settings.province),
            excel_routes(door, references, callers, backlog, base.clock, settings.province),
            nomination_routes(roll, persons, references, callers, backlog, base.clock, settings, lambda: door.nudge()),
        ],
        tick=refresh,
        agencies=lambda: {*references.reporters(), *met},
        title="Cổng tiếp nhận báo cáo thi đua và đề nghị khen thưởng",
    )
    door.nudge, reports.written = service.outbox.nudge, service.outbox.at_hand
    standing.append(service)
    return service
