"""The looks of readers at boards, in council's database; see ``looks``."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from services.council.kept_documents import TRUSTED_SECONDS
from services.council.looks import Look, Looks, is_worth_noting, looked
from services.council.packed_standings import unpack_standings
from services.council.standings import BoardScores
from shared.caching import Cache
from shared.runtime.mongo import Database, Document, VersionConflict

_MOST_KEPT: Final = 64


class LookStore:
    """The looks of all readers, one document a reader and board. They are council's own and never rebuilt."""

    def __init__(self, database: Database) -> None:
        self._looks = database.documents("looks")
        self._kept = Cache[str, tuple[float, Document]](_MOST_KEPT)

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._looks.prepare(pending=False)

    async def note(self, reader: str, board: str, scores: str, now: datetime) -> tuple[BoardScores, datetime] | None:
        """Note that a reader looks at a board; how it stood at the end of the visit before, None in the first.

        ``board`` is ``<province>/<movement>/<field>/<tier>``, ``scores`` the text of ``pack_scores``. Of two looks at
        once one is noted. What another process noted in the last second may be missing (0093).
        """
        doc = await self._noted(f"{reader}/{board}")
        before = _looks_from(doc)
        after = looked(before, scores, now)
        if is_worth_noting(before, after):
            self._kept.pop(doc["_id"], None)
            try:
                await self._looks.save({**doc, **_document(after)})
            except VersionConflict:
                pass  # the other look of this reader was noted
        seen = after.visit_before
        return None if seen is None else (BoardScores(unpack_standings(seen.scores)), seen.at)

    async def _noted(self, look: str) -> Document:
        kept = self._kept.get(look)
        if kept is not None and time.monotonic() < kept[0] + TRUSTED_SECONDS:
            return kept[1]
        read_at, doc = time.monotonic(), await self._looks.get(look)
        return self._kept.keep(look, (read_at, doc))[1] if doc else {"_id": look, "unsent": []}


def _looks_from(doc: Document) -> Looks | None:
    if "scores" not in doc:
        return None
    visit_before = Look(doc["scores_before"], datetime.fromisoformat(doc["at_before"])) if doc["at_before"] else None
    return Looks(Look(doc["scores"], datetime.fromisoformat(doc["at"])), visit_before)


def _document(looks: Looks) -> Document:
    before = looks.visit_before
    return {
        "scores": looks.last.scores,
        "at": looks.last.at.isoformat(),
        "scores_before": before.scores if before else "",
        "at_before": before.at.isoformat() if before else "",
    }
