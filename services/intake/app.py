"""intake's composition root."""

from __future__ import annotations

from datetime import datetime

from services.intake.api import routes
from services.intake.handlers import Door, Inbox
from services.intake.keys import ApiKeys
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

    async def prepare() -> None:
        await references.prepare()
        await reports.prepare()

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
        speakers=[*reference_speakers(references), reports.speaker],
        prepare=prepare,
        routers=[routes(door, reports, references, ApiKeys(base.database), base.clock, settings, standing)],
        tick=refresh,
        agencies=lambda: {*references.reporters(), *met},
        title="Cổng tiếp nhận báo cáo thi đua",
    )
    door.nudge = service.outbox.nudge
    standing.append(service)
    return service
