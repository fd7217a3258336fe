"""What the desk's pages read at once of all movements, extended deadlines, and what each reader has seen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal, get_args

from services.council.arrivals import Arrivals, CompleteReport
from services.council.kept_documents import TRUSTED_SECONDS, KeptDocuments, What
from services.council.newer_rows import save_newer_rows
from services.council.paper_life.state import PaperRecord
from services.council.paper_life.store import record_from
from services.council.state import StoredDecisions, StoredEntries, StoredSession
from services.council.stored_documents import (
    arrivals_of,
    decisions_from,
    judgements_from,
    opinions_from,
    row_name,
    session_from,
)
from shared.caching import Cache
from shared.contracts.council import Judgement
from shared.contracts.extensions import Extension
from shared.contracts.model import movement_key
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.runtime.mongo import Database, Document
from shared.runtime.revisions import Revisions

Part = Literal["sessions", "heard", "judgements", "decisions", "opinions", "papers"]
"""A collection; ``heard`` is what was consumed, ``papers`` what is recorded about the papers of sessions."""

PARTS: Final[tuple[Part, ...]] = get_args(Part)

_CONSUMED: Final = ("receipts", "extensions", "nominations")
_MOST_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class DeskDocuments:
    """What the desk's pages are made from: every session by id, and by movement what was consumed and recorded.

    What was read once is one object until one of its documents changes. Only its ``parts`` were read. ``complete`` are
    the complete reports, ``extended`` the last local days of granted extensions. ``decisions`` have their awards.
    ``revisions`` are those at which the documents were read, or earlier ones.
    """

    parts: tuple[Part, ...]
    sessions: Mapping[str, StoredSession]
    complete: frozenset[CompleteReport]
    extended: Mapping[CompleteReport, date]
    nominations: Mapping[str, Sequence[Nomination]]
    judgements: Mapping[str, StoredEntries[Judgement]]
    decisions: Mapping[str, StoredDecisions]
    opinions: Mapping[str, Sequence[AgencyOpinion]]
    papers: Sequence[PaperRecord] = ()
    revisions: Revisions = frozenset()


class DeskStore:
    """Extensions are consumed, and can be rebuilt; what readers have seen is council's own (0053)."""

    def __init__(self, database: Database) -> None:
        self._database, self._consumed = database, database.documents("heard")
        self._seen = database.documents("seen")
        self._sessions = KeptDocuments("sessions", database.documents("sessions"), session_from)
        self._receipts = KeptDocuments("heard", self._consumed, _complete_from)
        self._extensions = KeptDocuments("heard", self._consumed, _extended_from)
        self._nominations = KeptDocuments("heard", self._consumed, _nominations_from)
        self._judgements = KeptDocuments("judgements", database.documents("judgements"), judgements_from)
        self._decisions = KeptDocuments("decisions", database.documents("decisions"), decisions_from)
        self._opinions = KeptDocuments("opinions", database.documents("opinions"), opinions_from)
        self._papers = KeptDocuments("papers", database.documents("papers"), record_from)
        self._seen_by = Cache[str, tuple[float, datetime | None]](_MOST_KEPT)
        self._kept = Cache[tuple[str, tuple[str, ...], tuple[Part, ...]], tuple[Revisions, DeskDocuments]](_MOST_KEPT)

    async def apply_extensions(self, key: str, extensions: Iterable[tuple[str, Extension]]) -> None:
        """Store, for each duty and account, until when its deadline is extended. An older version changes nothing.

        ``extensions`` are pairs of a duty's id and an extension of it. One that is asked for moves no day. Raises
        ``VersionConflict``.
        """
        rows = [
            (
                row_name(duty, extension.account, extension.period),
                {
                    "version": extension.version,
                    "duty": duty,
                    "account": extension.account,
                    "until": extension.until.isoformat() if extension.status == "granted" and extension.until else None,
                },
            )
            for duty, extension in extensions
        ]
        await save_newer_rows(self._consumed, f"{key}/extensions", rows)

    async def arrivals(self, province: str, movements: Sequence[str]) -> Arrivals:
        """When the complete reports of some movements came, without those that an earlier release stored."""
        ids = {movement: f"{movement_key(province, movement)}/receipts" for movement in movements}
        docs = await self._consumed.get_many(ids.values())
        return arrivals_of({movement: docs.get(doc_id) for movement, doc_id in ids.items()})

    async def documents(
        self, province: str = "", movements: Sequence[str] = (), parts: tuple[Part, ...] = PARTS
    ) -> DeskDocuments:
        """Every session, and what was consumed and recorded about some movements of a province; only some parts of it.

        One small read of each part says what has changed; only that is read and decoded. What another process has
        written in the last second may be missing (0093).
        """
        key = province, tuple(movements), parts
        revisions = await self._database.revisions(_ids_of(*key), within=TRUSTED_SECONDS)
        if (kept := self._kept.get(key)) is not None and (kept[0] is revisions or kept[0] == revisions):
            return kept[1]
        return self._kept.keep(key, (revisions, await self._documents(revisions, parts)))[1]

    async def _documents(self, revisions: Revisions, parts: tuple[Part, ...]) -> DeskDocuments:
        sessions = await self._sessions.of(revisions)
        receipts = await self._receipts.of(revisions, "/receipts")
        extensions = await self._extensions.of(revisions, "/extensions")
        judgements = await self._judgements.of(revisions)
        opinions = await self._opinions.of(revisions)
        return DeskDocuments(
            parts=parts,
            sessions={session: sessions[session] for session in sorted(sessions)},
            complete=frozenset().union(*receipts.values()),
            extended={key: day for days in extensions.values() for key, day in days.items()},
            nominations=_by_movement(await self._nominations.of(revisions, "/nominations")),
            judgements=_by_movement(judgements),
            decisions=_by_movement(await self._decisions.of(revisions)),
            opinions={key: list(stored.by_key.values()) for key, stored in _by_movement(opinions).items()},
            revisions=revisions,
            papers=[stored.record for _, stored in sorted((await self._papers.of(revisions)).items())],
        )

    async def seen_until(self, person: str) -> datetime | None:
        """Up to which instant (UTC) a person has marked the changes as seen; None before the first time."""
        kept = self._seen_by.get(person)
        if kept is not None and time.monotonic() < kept[0] + TRUSTED_SECONDS:
            return kept[1]
        read_at, note = time.monotonic(), await self._seen.get(person)
        return self._seen_by.keep(person, (read_at, note["at"] if note else None))[1]

    async def save_seen(self, person: str, until: datetime) -> None:
        """Note that a person has seen all changes up to an instant (UTC)."""
        await self._seen.put({"_id": person, "at": until})
        self._seen_by.pop(person, None)


@lru_cache(maxsize=_MOST_KEPT)
def _ids_of(province: str, movements: tuple[str, ...], parts: tuple[Part, ...]) -> Mapping[str, Sequence[str] | None]:
    """The ids of the documents of each part; None for all of them, and a part without any is left out."""
    keys = [movement_key(province, movement) for movement in movements]
    ids: dict[Part, Sequence[str] | None] = {
        **dict.fromkeys(PARTS, keys),
        "sessions": None,
        "papers": None,
        "heard": [f"{key}/{kind}" for key in keys for kind in _CONSUMED],
    }
    return {part: ids[part] for part in parts if ids[part] != []}


def _movement(doc_id: str) -> str:
    """The movement of a document whose id begins with ``<province>/<movement>``."""
    return doc_id.split("/")[1]


def _by_movement(documents: Mapping[str, What]) -> dict[str, What]:
    return {_movement(doc_id): what for doc_id, what in documents.items()}


def _complete_from(doc: Document) -> frozenset[CompleteReport]:
    movement = _movement(doc["_id"])
    return frozenset((movement, row["duty"], row["account"]) for row in doc["rows"].values() if row["complete"])


def _extended_from(doc: Document) -> dict[CompleteReport, date]:
    movement, rows = _movement(doc["_id"]), doc["rows"].values()
    return {(movement, row["duty"], row["account"]): date.fromisoformat(row["until"]) for row in rows if row["until"]}


def _nominations_from(doc: Document) -> list[Nomination]:
    return [Nomination.model_validate(row) for row in doc["rows"].values()]
