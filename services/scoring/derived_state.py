"""What scoring can make anew from the topics it hears.

Derived, all of it: ``boards`` (pages of figures), ``eligibility`` (pages of verdicts, the lists), ``plans``,
``registers``. scoring owns no fact of its own; judgements and decisions on its pages are the council's events.
Not derived and not touched: ``dead_letters`` (what it could not read, and when), ``state`` (clock, broker).

How often a page changed (``version``) and what the lists were computed from (``from``) tell of the way a database
came about, not of what the events say: they are not compared. A mended page counts its version on, so that it is news
to those who hear it, and mended lists forget what they came from, so that scoring judges again when it next hears
of the movement. Verdicts of an award the newest plan no longer has are left where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from json import loads
from typing import Any

from services.scoring.handlers import Scoring
from services.scoring.store import ScoringStore, unpacked
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, Facts, derived_references, overwriting
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Rendering
from shared.runtime.references import References


class RebuiltScoring:
    """scoring's handler on a fresh database."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._store = ScoringStore(fresh, DrivenClock(now))
        self.handler = Scoring(self._store, self._references, Metrics())
        self._awards: dict[str, frozenset[str]] = {}

    @property
    def derived(self) -> Sequence[Derived]:
        """Boards and verdicts; a process holds those of a movement together."""
        boards, eligibility = self._store.renderings
        return [
            *derived_references(),
            Derived("boards", _figures, _mended(boards), _movement),
            Derived("eligibility", self._verdicts, _mended(eligibility, **{"from": ""}), _movement),
        ]

    async def prepare(self) -> None:
        """Make the indexes."""
        await self._references.prepare()
        await self._store.prepare()

    async def finish(self, live: Database) -> None:
        """Work out what was left for later, and note which awards a movement has; the live database is not asked."""
        await self.handler.recompute_pending()
        summaries = await self._store.eligibility.find({"awards": {"$exists": True}})
        self._awards = {doc["movement"]: frozenset(each["award"] for each in doc["awards"]) for doc in summaries}

    def _verdicts(self, doc: Document) -> Facts:
        if "awards" in doc:
            return {"plan": doc["plan"], **{f"lists of {each['award']}": each for each in doc["awards"]}}
        if doc["award"] not in self._awards.get(doc["movement"], frozenset()):
            return {}
        evidence = {f"evidence {each['event']}": each for each in loads(unpacked(doc["evidence"]))}
        return {"plan": doc["plan"], **{f"unit {row['unit']}": row for row in loads(unpacked(doc["rows"]))}, **evidence}


def _figures(doc: Document) -> Facts:
    rows = {f"unit {name}": row for name, row in loads(unpacked(doc["rows"])).items()}
    sources = {f"source {each['event']}": each for each in loads(unpacked(doc["sources"]))}
    return {"declared": loads(doc["declared"]), **rows, **sources}


def _movement(doc: Document) -> str:
    return str(doc["movement"])


def _mended(rendering: Rendering, **fields: Any) -> Any:
    def mended(live: Document | None, fresh: Document | None, now: datetime) -> Document | None:
        if fresh is None:
            return None
        version = max(live["version"], fresh["version"]) + 1 if live else fresh["version"]
        changed_at = max(now, live["changed_at"]) if live else now
        unsent = list(rendering.everything(fresh))
        forgotten = {name: value for name, value in fields.items() if name in fresh}
        return overwriting(live, fresh, version=version, changed_at=changed_at, unsent=unsent, **forgotten)

    return mended
