"""What the desk's pages read at once of all movements, extended deadlines, and what each reader has seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.council.newer_rows import save_newer_rows
from services.council.state import CompleteReport, StoredDecisions
from services.council.stored_documents import decisions_from, judgements_from, opinions_from, row_name
from shared.contracts.council import Judgement
from shared.contracts.extensions import Extension
from shared.contracts.model import movement_key
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.runtime.mongo import Database


@dataclass(frozen=True, slots=True)
class Consumed:
    """Complete reports, the last local days of granted extensions, and nominations by movement."""

    complete: frozenset[CompleteReport]
    extended: Mapping[CompleteReport, date]
    nominations: Mapping[str, Sequence[Nomination]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Judgements, decisions with their awards, and other agencies' opinions, each by movement."""

    judgements: Mapping[str, Sequence[Judgement]]
    decisions: Mapping[str, StoredDecisions]
    opinions: Mapping[str, Sequence[AgencyOpinion]]


class DeskStore:
    """Extensions are consumed, and can be rebuilt; what readers have seen is council's own (0053)."""

    def __init__(self, database: Database) -> None:
        self._consumed = database.documents("heard")
        self._judgements = database.documents("judgements")
        self._decisions = database.documents("decisions")
        self._opinions = database.documents("opinions")
        self._seen = database.documents("seen")

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

    async def consumed(self, province: str, movements: Sequence[str]) -> Consumed:
        """What was consumed about the movements of a province, in one read."""
        kinds = ("receipts", "extensions", "nominations")
        ids = {
            f"{movement_key(province, movement)}/{kind}": (movement, kind) for movement in movements for kind in kinds
        }
        complete, extended = set[CompleteReport](), dict[CompleteReport, date]()
        nominations = {movement: list[Nomination]() for movement in movements}
        for doc_id, doc in (await self._consumed.get_many(ids)).items():
            movement, kind = ids[doc_id]
            rows = doc["rows"].values()
            if kind == "receipts":
                complete |= {(movement, row["duty"], row["account"]) for row in rows if row["complete"]}
            elif kind == "nominations":
                nominations[movement] = [Nomination.model_validate(row) for row in rows]
            else:
                days = {(movement, row["duty"], row["account"]): row["until"] for row in rows}
                extended |= {key: date.fromisoformat(until) for key, until in days.items() if until}
        return Consumed(frozenset(complete), extended, nominations)

    async def recorded(self, province: str, movements: Sequence[str]) -> Recorded:
        """What the secretariat recorded about the movements of a province, in three reads."""
        ids = {movement_key(province, movement): movement for movement in movements}
        judgements = await self._judgements.get_many(ids)
        decisions = await self._decisions.get_many(ids)
        opinions = await self._opinions.get_many(ids)
        return Recorded(
            {ids[doc_id]: list(judgements_from(doc).by_key.values()) for doc_id, doc in judgements.items()},
            {ids[doc_id]: decisions_from(doc) for doc_id, doc in decisions.items()},
            {ids[doc_id]: list(opinions_from(doc).by_key.values()) for doc_id, doc in opinions.items()},
        )

    async def seen_until(self, person: str) -> datetime | None:
        """Up to which instant (UTC) a person has marked the changes as seen; None before the first time."""
        note = await self._seen.get(person)
        return note["at"] if note else None

    async def save_seen(self, person: str, until: datetime) -> None:
        """Note that a person has seen all changes up to an instant (UTC)."""
        await self._seen.put({"_id": person, "at": until})
