"""intake's composition root."""

from __future__ import annotations

from datetime import datetime

from services.intake.api import Backlog, Callers, routes
from services.intake.excel_api import excel_routes
from services.intake.handlers import Door, Inbox
from services.intake.keys import ApiKeys
from services.intake.nominations_api import nomination_routes
from services.intake.obligations_api import obligation_routes
from services.intake.roll import Persons, Roll
from services.intake.settings import IntakeSettings
from services.intake.store import Reports, reference_speakers
from shared.contracts.topics import INBOX_PATTERN
from shared.runtime.app import Foundation, Service, Subscription
from shared.runtime.references import References


def build(settings: IntakeSettings) -> Service:
    """Put intake together."""
    base = Foundation.lay("intake", settings)
    references = References(base.database)
    reports = Reports(base.database, references, settings.province)
    door = Door(reports, references, base.clock, base.metrics, settings.province)
    roll, persons, keys = (
        Roll(base.database, settings.province),
        Persons(base.database, base.audit),
        ApiKeys(base.database),
    )

    async def prepare() -> None:
        await references.prepare()
        await reports.prepare()
        await roll.prepare()
        await persons.prepare()

    callers = Callers(keys, settings)
    backlog = Backlog(lambda: standing[0].outbox.unsent(), settings.most_unsent)
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
        speakers=[*reference_speakers(references), reports.speaker, roll.speaker],
        prepare=prepare,
        routers=[
            routes(door, reports, references, keys, callers, backlog, base.clock, settings, standing),
            obligation_routes(reports, references, callers, base.clock, settings.province),
            excel_routes(door, references, callers, backlog, base.clock, settings.province),
            nomination_routes(roll, persons, references, callers, backlog, base.clock, settings, lambda: door.nudge()),
        ],
        tick=refresh,
        agencies=lambda: {*references.reporters(), *met},
        title="Cổng tiếp nhận báo cáo thi đua và đề nghị khen thưởng",
    )
    door.nudge = service.outbox.nudge
    standing.append(service)
    return service
