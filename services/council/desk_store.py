"""What only the desk's pages read: extended deadlines, and how far each reader has seen the changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from services.council.newer_rows import save_newer_rows
from services.council.stored_documents import row_name
from shared.contracts.extensions import Extension
from shared.contracts.model import movement_key
from shared.runtime.mongo import Database


class DeskStore:
    """Extensions are consumed, and can be rebuilt; what readers have seen is council's own (0053)."""

    def __init__(self, database: Database) -> None:
        self._consumed = database.documents("heard")
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

    async def extended(self, province: str, movement: str) -> dict[tuple[str, str, str], date]:
        """The last local day of every extension that was granted, by (movement, duty, account)."""
        doc = await self._consumed.get(f"{movement_key(province, movement)}/extensions")
        rows = doc["rows"].values() if doc else ()
        return {
            (movement, row["duty"], row["account"]): date.fromisoformat(row["until"]) for row in rows if row["until"]
        }

    async def seen_until(self, person: str) -> datetime | None:
        """Up to which instant (UTC) a person has marked the changes as seen; None before the first time."""
        note = await self._seen.get(person)
        return note["at"] if note else None

    async def save_seen(self, person: str, until: datetime) -> None:
        """Note that a person has seen all changes up to an instant (UTC)."""
        await self._seen.put({"_id": person, "at": until})
