"""The looks of readers at boards, in council's database; see ``looks``."""

from __future__ import annotations

from datetime import datetime

from services.council.looks import Look, Looks, is_worth_noting, looked
from services.council.packed_standings import pack_scores, unpack_standings
from services.council.standings import BoardScores
from shared.runtime.mongo import Database, Document, VersionConflict


class LookStore:
    """The looks of all readers, one document a reader and board. They are council's own and never rebuilt."""

    def __init__(self, database: Database) -> None:
        self._looks = database.documents("looks")

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._looks.prepare(pending=False)

    async def note(
        self, reader: str, board: str, scores: BoardScores, now: datetime
    ) -> tuple[BoardScores, datetime] | None:
        """Note that a reader looks at a board; how it stood at the end of the visit before, None in the first.

        ``board`` is ``<province>/<movement>/<field>/<tier>``. Of two looks at once one is noted.
        """
        doc = await self._looks.get(f"{reader}/{board}") or {"_id": f"{reader}/{board}", "unsent": []}
        before = _looks_from(doc)
        after = looked(before, pack_scores(scores.by_unit), now)
        if is_worth_noting(before, after):
            try:
                await self._looks.save({**doc, **_document(after)})
            except VersionConflict:
                pass  # the other look of this reader was noted
        seen = after.visit_before
        return None if seen is None else (BoardScores(unpack_standings(seen.scores)), seen.at)


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
