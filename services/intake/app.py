"""intake's composition root."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fastapi import APIRouter

from services.intake.access.backlog import Backlog
from services.intake.access.callers import Callers
from services.intake.access.key_store import ApiKeys
from services.intake.access.roles import ROLES
from services.intake.access.routes import key_routes
from services.intake.api_page.routes import page_routes
from services.intake.extensions.publisher import extension_rendering
from services.intake.extensions.routes import extension_routes
from services.intake.extensions.store import Extensions
from services.intake.measuring import IntakeMeasuring
from services.intake.nominations.name_routes import name_routes
from services.intake.nominations.publisher import nomination_rendering
from services.intake.nominations.routes import nomination_routes
from services.intake.nominations.store import NominationStore, Persons
from services.intake.obligations.routes import obligation_routes
from services.intake.plans.publisher import reference_renderings
from services.intake.plans.routes import plan_routes
from services.intake.reports.agency_topics import AgencyTopics
from services.intake.reports.dry_run import DryRun
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.inbox import Inbox
from services.intake.reports.publisher import report_rendering
from services.intake.reports.receipt_routes import receipt_routes
from services.intake.reports.routes import report_routes
from services.intake.reports.store import ReportStore
from services.intake.settings import IntakeSettings
from services.intake.sign_in.openid import OpenId
from services.intake.sign_in.people_routes import people_routes
from services.intake.sign_in.publisher import ended_rendering
from services.intake.sign_in.routes import Admission, sign_in_routes
from services.intake.sign_in.signing import Signer
from services.intake.sign_in.store import People
from services.intake.workbooks.routes import excel_routes
from shared.contracts.topics import INBOX, INBOX_PATTERN
from shared.runtime.app import Service
from shared.runtime.clock import SystemClock
from shared.runtime.foundation import Foundation, Subscription, Workload
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References


def build(settings: IntakeSettings) -> Service:
    """Put intake together; nothing connects yet."""
    base = Foundation.create("intake", settings)
    clock, province, wake = base.clock, settings.province, base.handover.wake
    references = References(base.database)
    reports = ReportStore(base.database, references, province, base.handover)
    extensions = Extensions(base.database, province)
    dry_run = DryRun(reports, extensions, references, clock, province)
    intake = ReportIntake(reports, extensions, references, clock, base.metrics, province, base.handover)
    nominations, persons = NominationStore(base.database, province), Persons(base.database, base.audit)
    keys = ApiKeys(base.database, settings.key_days)
    topics = AgencyTopics(references.reporters, base.admin.create_topics)

    machine, secret = SystemClock(), settings.sign_in_secret.get_secret_value()
    people = People(base.database, base.sign_ins.ended, machine.now)
    signer = Signer(secret, settings.stack) if secret else None
    home = settings.pages[0] if settings.pages else "/hoi-dong/"
    access = Access(base.sign_ins, settings.holders(), ROLES)
    admission = Admission(people, base.sign_ins, signer, home, lambda: machine.now().timestamp())

    async def prepare() -> None:
        await references.prepare()
        await reports.prepare()
        await extensions.prepare()
        await nominations.prepare()
        await persons.prepare()
        await keys.prepare()
        await people.prepare()

    async def refresh(_: datetime) -> None:
        await references.refresh()

    def routers(workload: Workload) -> Iterable[APIRouter]:
        callers = Callers(keys, settings, clock)
        backlog = Backlog(workload.unsent, lambda agency: workload.lag(INBOX.of(agency)), callers, settings)
        return [
            page_routes(),
            sign_in_routes(admission, OpenId(settings, callers.tokens), settings, wake),
            people_routes(people, callers, settings, base.audit, wake),
            report_routes(intake, dry_run, reports, callers, backlog, settings, access),
            plan_routes(references, callers, clock, wake, topics.create, province),
            receipt_routes(intake, reports, callers),
            extension_routes(extensions, references, callers, clock, province, wake),
            *key_routes(keys, references, callers, clock, province, base.audit),
            obligation_routes(reports, extensions, references, callers, clock, province),
            excel_routes(intake, dry_run, references, callers, backlog, clock, province),
            nomination_routes(nominations, persons, references, callers, backlog, clock, settings, wake),
            name_routes(persons, access, clock),
        ]

    return Service(
        base,
        handler=Inbox(intake, references, topics.ensure),
        subscription=Subscription(pattern=INBOX_PATTERN),
        renderings=[
            *reference_renderings(references),
            report_rendering(reports, province),
            extension_rendering(extensions),
            nomination_rendering(nominations),
            ended_rendering(base.sign_ins.ended),
        ],
        prepare=prepare,
        tick=refresh,
        routers=routers,
        agencies=topics.agencies,
        measure=IntakeMeasuring(base.database, nominations, references, base.metrics, province).measure,
        title="Cổng tiếp nhận báo cáo thi đua và đề nghị khen thưởng",
    )
