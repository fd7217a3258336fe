"""What council can make anew from the topics it hears.

Derived, all of it: ``heard`` (which reports are complete, nominations, pages of verdicts, lists), ``plans``,
``registers``. Derived in part: ``sessions``. Which items a draft has, and how those of a fixed agenda are marked (that
they would be about others now, and whom), follows from what was heard; a supplement that came up meanwhile is added.

The council's own, and never touched: ``judgements``, ``decisions``; of a session its item numbers, that and when it was
frozen, the items of a fixed agenda with their titles and units, the plan it cites. A session's document that was lost
comes back as the council itself would make it at its next look: numbered anew, and not frozen. Its numbers are in a
backup, and in what was said on ``council.agendas.v1``. Neither touched: ``dead_letters``, ``state``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.council.handlers import Council
from services.council.store import CouncilStore
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, Facts, derived_references, overwriting
from shared.runtime.handover import Handover
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document, Documents, VersionConflict
from shared.runtime.references import References

_SEEDED = "seeded"
"""In a fresh session: the revision of the live one it was made from."""


class RebuiltCouncil:
    """council's handler on a fresh database."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._store = CouncilStore(fresh)
        self._now = now
        self.handler = Council(self._store, self._references, DrivenClock(now), Metrics(), Handover())

    @property
    def derived(self) -> Sequence[Derived]:
        """What was heard, and what of the sessions follows from it."""
        return [*derived_references(), Derived("heard", _heard, _as_heard), Derived("sessions", _items, _with_items)]

    async def prepare(self) -> None:
        """Make the indexes."""
        await self._references.prepare()
        await self._store.prepare()

    async def finish(self, live: Database) -> None:
        """Assemble every agenda once, now that all is heard, from the council's own facts.

        Agendas assembled while half was heard are forgotten: they gave numbers to what was never on the live one.
        """
        for own in ("judgements", "decisions", "sessions"):
            await _copy(live.documents(own), getattr(self._store, own))
        await self.handler.tick(self._now)


async def _copy(live: Documents, fresh: Documents) -> None:
    for doc in await fresh.find():
        await fresh.remove(doc)
    for doc in await live.find():
        await fresh.insert({**doc, _SEEDED: doc["rev"]})


def _heard(doc: Document) -> Facts:
    passing = {"_id", "rev", "unsent", "pending"}
    rows = {f"row {name}": row for name, row in doc.get("rows", {}).items()}
    return {name: value for name, value in doc.items() if name not in passing | {"rows"}} | rows


def _as_heard(live: Document | None, fresh: Document | None, _: datetime) -> Document | None:
    return overwriting(live, fresh, unsent=[]) if fresh else None


def _items(doc: Document) -> Facts:
    items = {f"item {item['id']}": item for item in doc["items"] or ()}
    return {"status": doc["status"], "name": doc["name"], "plan": doc["plan"], **items}


def _with_items(live: Document | None, fresh: Document | None, now: datetime) -> Document | None:
    if fresh is None:
        return live
    if (live["rev"] if live else None) != fresh.get(_SEEDED):
        raise VersionConflict(fresh["_id"])
    version, changed_at = (live["version"] + 1, max(now, live["changed_at"])) if live else (fresh["version"], now)
    mended = overwriting(live, fresh, version=version, changed_at=changed_at, unsent=["agenda"])
    return {name: value for name, value in mended.items() if name != _SEEDED}
