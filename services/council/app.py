"""council's composition root."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from services.council.access import ROLES
from services.council.acts import CouncilActs
from services.council.api import routes
from services.council.desk.frame import council_frame
from services.council.desk.room import Room
from services.council.explanations import Explanations
from services.council.handlers import Council
from services.council.long_files.store import WorkStore
from services.council.long_files.worker import LongFiles
from services.council.look_store import LookStore
from services.council.paper_acts import PaperActs
from services.council.paper_handlers import SessionPapers
from services.council.paper_life.store import PaperLifeStore
from services.council.paper_life_routes import upload_paths
from services.council.person_names import PersonNames
from services.council.publisher import renderings
from services.council.settings import CouncilSettings
from services.council.store import CouncilStore
from shared.contracts.topics import consumed_by
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References


def build(settings: CouncilSettings) -> Service:
    """Create the council service; nothing connects before it starts."""
    base = Foundation.create("council", settings)
    references = References(base.database)
    store = CouncilStore(base.database)
    looks = LookStore(base.database)
    acts = CouncilActs(store, references, base.clock, base.handover)
    council = Council(store, references, base.clock, base.metrics, base.handover)

    lives, made_files = PaperLifeStore(base.database), WorkStore(base.database)
    files, names = LongFiles(made_files), PersonNames(settings.intake_url, settings.names_seconds)
    papers = SessionPapers(store, lives, files, names, references, base.audit, base.clock)
    paper_acts = PaperActs(papers, store, lives, base.audit, base.clock, settings.scan_bytes)

    access = Access(base.sign_ins, settings.holders(), ROLES)
    explanations = Explanations(settings.scoring_url, settings.scoring_seconds)
    room = Room(store, looks, references, explanations, base.clock, base.page_changes)

    async def prepare() -> None:
        await references.prepare()
        await store.prepare()
        await looks.prepare()
        await lives.prepare()
        await lives.remove_unnamed_scans(datetime.now(UTC))  # by the clock that dated the files
        await made_files.prepare()

    async def tick(now: datetime) -> None:
        await council.tick(now)
        await files.remove_names(time.time())

    return Service(
        base,
        handler=council,
        subscription=Subscription([topic.name for topic in consumed_by("council")]),
        renderings=renderings(store),
        prepare=prepare,
        tick=tick,
        routers=lambda _: routes(
            council,
            acts,
            store,
            references,
            access,
            base.audit,
            base.clock,
            room,
            papers,
            paper_acts,
            settings.prefix,
        ),
        title="Hội đồng Thi đua - Khen thưởng",
        frame=council_frame(prefix=settings.prefix),
        uploads=upload_paths(settings.scan_bytes),
    )
