"""What scoring can rebuild from the topics it consumes.

All of it is derived: ``boards`` (pages of figures), ``eligibility`` (pages of verdicts, the lists), ``plans``,
``registers``. scoring owns no fact of its own; judgements and decisions on its pages are the council's events.
Not derived and not changed: ``dead_letters`` (records it could not read, and when), ``state`` (clock, broker).

A page's ``version`` (how often it changed) and the lists' ``from`` (the versions they follow from) depend on how a
database came about, not on the events, so they are not compared. A repaired page gets a higher version, so that its
consumers apply it. Repaired lists lose their ``from``, so that scoring evaluates the movement again at its next event.
Verdicts of an award that the newest plan no longer has are left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from json import loads
from typing import Any

from services.scoring.handlers import Scoring
from services.scoring.publisher import renderings
from services.scoring.store import ScoringStore
from services.scoring.stored_documents import unpack
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, Facts, derived_references, overwriting
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Rendering
from shared.runtime.references import References


class RebuiltScoring:
    """scoring's handler on a fresh database. ``now`` is the aware instant written as the time of changes."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._store = ScoringStore(fresh, DrivenClock(now))
        self.handler = Scoring(self._store, self._references, Metrics())
        self._awards: dict[str, frozenset[str]] = {}

    @property
    def derived(self) -> Sequence[Derived]:
        """The derived collections. A running process keeps all documents of a movement in memory together."""
        boards, eligibility = renderings(self._store)
        return [
            *derived_references(),
            Derived("boards", _figures, _repairer(boards), _movement),
            Derived("eligibility", self._verdicts, _repairer(eligibility, **{"from": ""}), _movement),
        ]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._references.prepare()
        await self._store.prepare()

    async def finish(self, live: Database) -> None:
        """Recompute the deferred verdicts and note each movement's awards; ``live`` is not read."""
        await self.handler.recompute_pending()
        stored_lists = await self._store.all_lists()
        self._awards = {stored.movement: frozenset(lists.award for lists in stored.lists) for stored in stored_lists}

    def _verdicts(self, doc: Document) -> Facts:
        if "awards" in doc:
            return {"plan": doc["plan"], **{f"lists of {lists['award']}": lists for lists in doc["awards"]}}
        if doc["award"] not in self._awards.get(doc["movement"], frozenset()):
            return {}
        evidence = {f"evidence {source['event']}": source for source in loads(unpack(doc["evidence"]))}
        return {"plan": doc["plan"], **{f"unit {row['unit']}": row for row in loads(unpack(doc["rows"]))}, **evidence}


def _figures(doc: Document) -> Facts:
    rows = {f"unit {name}": row for name, row in loads(unpack(doc["rows"])).items()}
    sources = {f"source {source['event']}": source for source in loads(unpack(doc["sources"]))}
    return {"declared": loads(doc["declared"]), **rows, **sources}


def _movement(doc: Document) -> str:
    return str(doc["movement"])


def _repairer(rendering: Rendering, **resets: Any) -> Any:
    """A function that makes the document to store from the live and the fresh one. ``resets`` are fields to reset."""

    def repaired(live: Document | None, fresh: Document | None, now: datetime) -> Document | None:
        if fresh is None:
            return None
        version = max(live["version"], fresh["version"]) + 1 if live else fresh["version"]
        changed_at = max(now, live["changed_at"]) if live else now
        unsent = list(rendering.everything(fresh))
        applicable = {name: value for name, value in resets.items() if name in fresh}
        return overwriting(live, fresh, version=version, changed_at=changed_at, unsent=unsent, **applicable)

    return repaired
