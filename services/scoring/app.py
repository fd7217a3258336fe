"""scoring's composition root."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.scoring.access import ROLES
from services.scoring.api import movement_routes, routes
from services.scoring.handlers import Scoring
from services.scoring.publisher import renderings
from services.scoring.settings import ScoringSettings
from services.scoring.store import ScoringStore
from shared.contracts.topics import consumed_by
from shared.runtime.app import Service
from shared.runtime.foundation import Foundation, Subscription
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References

_TAKE_OVER_SECONDS: Final = 5.0
"""How long another replica may leave a deferred movement untouched before this one takes it over."""


def build(settings: ScoringSettings) -> Service:
    """Build scoring's service from its settings; nothing is connected yet."""
    base = Foundation.create("scoring", settings)
    references = References(base.database)
    store = ScoringStore(base.database, base.clock)
    scoring = Scoring(store, references, base.metrics, base.tracing)
    access = Access(base.sign_ins, settings.holders(), ROLES)

    async def prepare() -> None:
        await references.prepare()
        await store.prepare()
        await scoring.prepare()

    async def refresh(_: datetime) -> None:
        await references.refresh()  # another replica may have consumed newer plans
        await scoring.take_over_pending(after=_TAKE_OVER_SECONDS)  # another replica may have died

    return Service(
        base,
        handler=scoring,
        deferred_work=scoring,
        subscription=Subscription([topic.name for topic in consumed_by("scoring")]),
        renderings=renderings(store),
        prepare=prepare,
        tick=refresh,
        routers=lambda _: [movement_routes(references, access), routes(store, references, access)],
        title="Xếp hạng và xét tiêu chuẩn khen thưởng",
    )
