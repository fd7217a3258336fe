"""intake's composition root."""

from __future__ import annotations

from datetime import datetime

from services.intake.access.key_store import ApiKeys
from services.intake.access.routes import key_routes
from services.intake.extensions.publisher import extension_rendering
from services.intake.extensions.routes import extension_routes
from services.intake.extensions.store import Extensions
from services.intake.nominations.publisher import nomination_rendering
from services.intake.nominations.routes import nomination_routes
from services.intake.nominations.store import NominationStore, Persons
from services.intake.obligations.routes import obligation_routes
from services.intake.plans.publisher import reference_renderings
from services.intake.reports.handlers import Inbox, ReportIntake
from services.intake.reports.receipt_routes import receipt_routes
from services.intake.reports.routes import Backlog, Callers, routes
from services.intake.reports.store import Reports
from services.intake.settings import IntakeSettings
from services.intake.workbooks.routes import excel_routes
from shared.contracts.topics import INBOX, INBOX_PATTERN
from shared.runtime.app import Foundation, Service, Subscription
from shared.runtime.references import References


def build(settings: IntakeSettings) -> Service:
    """Put intake together."""
    base = Foundation.lay("intake", settings)
    references = References(base.database)
    reports = Reports(base.database, references, settings.province)
    extensions = Extensions(base.database, settings.province)
    intake = ReportIntake(reports, extensions, references, base.clock, base.metrics, settings.province)
    roll, persons = NominationStore(base.database, settings.province), Persons(base.database, base.audit)
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
    known_agencies: set[str] = set()

    async def ensure_topics(agency: str) -> None:
        if agency not in known_agencies and agency not in references.reporters():
            known_agencies.add(agency)
            await standing[0].make_topics()
        known_agencies.add(agency)

    async def refresh(_: datetime) -> None:
        await references.refresh()

    service = Service(
        base,
        handler=Inbox(intake, references, ensure_topics),
        subscription=Subscription(pattern=INBOX_PATTERN),
        renderings=[
            *reference_renderings(references),
            reports.rendering,
            extension_rendering(extensions),
            nomination_rendering(roll),
        ],
        prepare=prepare,
        routers=[
            routes(intake, reports, references, callers, backlog, base.clock, settings, standing),
            receipt_routes(intake, reports, callers),
            extension_routes(extensions, references, callers, base.clock, settings.province, lambda: intake.wake()),
            key_routes(keys, references, callers, base.clock, settings.province, base.audit),
            obligation_routes(reports, extensions, references, callers, base.clock, settings.province),
            excel_routes(intake, references, callers, backlog, base.clock, settings.province),
            nomination_routes(roll, persons, references, callers, backlog, base.clock, settings, lambda: intake.wake()),
        ],
        tick=refresh,
        agencies=lambda: {*references.reporters(), *known_agencies},
        title="Cổng tiếp nhận báo cáo thi đua và đề nghị khen thưởng",
    )
    intake.wake, reports.written = service.outbox.wake, service.outbox.just_written
    standing.append(service)
    return service
