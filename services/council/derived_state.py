"""What of council's documents can be rebuilt from the topics it consumes.

Derived entirely: ``heard`` (complete reports, extensions, nominations, pages of boards and of verdicts, lists),
``plans``, ``registers``. Derived in part: ``sessions``. The items of a draft follow from what was consumed. So does
whether an item of a fixed agenda is flagged as changed, with which units, and why; supplements that are new since the
freeze are added.

council's own, never rebuilt: ``judgements``, ``opinions``, ``decisions`` with the awards, ``papers`` with their scans
(``scans.files``, ``scans.chunks``), ``looks`` and ``seen`` of readers; of a session all that the secretariat did: its
phase, head, attendance, votes and outcomes, when it was frozen, the items of a fixed agenda with their numbers, titles
and units, the findings they rested on then, and the plan version it cites. A session's document that was lost is
rebuilt as council would assemble it now: as a plan's session that nobody has touched; one that was called beside the
plan is not. What was lost is in backups and in the events of ``council.agendas.v1``. ``dead_letters`` and ``state`` are
not rebuilt either, nor the files that somebody asked for (``makings``, ``made.files``, ``made.chunks``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.council.handlers import Council
from services.council.store import CouncilStore
from services.council.stored_documents import consumed_facts, session_document, session_facts, session_from
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, derived_references, overwriting
from shared.runtime.handover import Handover
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.references import References


class RebuiltCouncil:
    """council's handler on a fresh database."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._store = CouncilStore(fresh)
        self._now = now
        self.handler = Council(self._store, self._references, DrivenClock(now), Metrics(), Handover())

    @property
    def derived(self) -> Sequence[Derived]:
        """What was consumed, and the derived part of the sessions."""
        return [
            *derived_references(),
            Derived("heard", consumed_facts, _consumed_document),
            Derived("sessions", session_facts, _mended_session),
        ]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._references.prepare()
        await self._store.prepare()

    async def finish(self, live: Database) -> None:
        """Assemble every agenda once from council's own facts, after all events have been applied.

        The live agendas replace the fresh ones first: those were assembled while events were missing, and so they
        numbered items that the live agendas never had.
        """
        await self._store.replace_own_documents(live)
        await self.handler.tick(self._now)


def _consumed_document(live: Document | None, fresh: Document | None, _: datetime) -> Document | None:
    return overwriting(live, fresh, unsent=[]) if fresh else None


def _mended_session(live: Document | None, fresh: Document | None, now: datetime) -> Document | None:
    """The live session with the derived facts of the fresh one, as the next version of its agenda.

    Raises ``VersionConflict`` when the live document changed after the fresh one was copied from it.
    """
    if fresh is None:
        return live
    rebuilt = session_from(fresh)
    if live is None:
        if rebuilt.rebuilt_from is not None:
            raise VersionConflict(rebuilt.id)
        return session_document(replace(rebuilt, revision=0, changed_at=now))
    kept = session_from(live)
    if kept.revision != rebuilt.rebuilt_from:
        raise VersionConflict(rebuilt.id)
    mended = replace(
        rebuilt,
        revision=kept.revision,
        agenda=rebuilt.agenda.model_copy(update={"version": kept.agenda.version + 1}),
        changed_at=max(now, kept.changed_at),
        rebuilt_from=None,
    )
    return session_document(mended)
