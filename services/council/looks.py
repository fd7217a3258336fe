"""When a reader last looked at a board, and how it stood then: so that the page can say which ranks have moved.

A visit lasts until the reader has been away for ``APART``. What is compared with is how the board stood when the visit
before this one ended, so that reading a page again does not hide what had moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.council.packed_standings import pack_scores, unpack_standings
from services.council.standings import BoardScores
from shared.runtime.mongo import Database, Document, VersionConflict

APART: Final = timedelta(minutes=30)
_NOTED_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Look:
    """How a board stood at an aware instant, as the text of ``pack_scores``."""

    scores: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Looks:
    """A reader's last look at a board, and the last one of the visit before; None before the second visit."""

    last: Look
    visit_before: Look | None = None


def looked(before: Looks | None, scores: str, now: datetime) -> Looks:
    """The looks after one more, which shows these scores."""
    this = Look(scores, now)
    if before is None:
        return Looks(this)
    return Looks(this, before.visit_before if now - before.last.at < APART else before.last)


def is_worth_noting(before: Looks | None, after: Looks) -> bool:
    """Whether a look has to be written: it begins a visit, shows other scores, or is the first for some minutes."""
    if before is None or before.visit_before != after.visit_before or before.last.scores != after.last.scores:
        return True
    return after.last.at - before.last.at >= _NOTED_EVERY


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
