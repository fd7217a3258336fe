"""Paper records and the files of the scans, in council's database. Both are council's own and never rebuilt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import IO, Final

from services.council.paper_life.rules import numbers_of
from services.council.paper_life.state import PaperRecord, StoredRecord
from shared.runtime.mongo import Database, Document

COLLECTION: Final = "papers"
SCANS: Final = "scans"
"""The bucket of the scans (GridFS): the collections ``scans.files`` and ``scans.chunks``."""

_NUMBERS: Final = "numbers"
_UNNAMED_FOR: Final = timedelta(days=1)


class PaperLifeStore:
    """Reads and writes paper records by compare-and-set, and the files of scans, which never change."""

    def __init__(self, database: Database) -> None:
        self._records, self._scans = database.documents(COLLECTION), database.files(SCANS)

    async def prepare(self) -> None:
        """Create the indexes; no two papers share a number."""
        await self._records.prepare(unique_elements=[_NUMBERS], indexed=["session"], pending=False)

    async def record(self, session: str, paper: str) -> StoredRecord | None:
        """The record of a paper; None before anything was done about it."""
        doc = await self._records.get(f"{session}/{paper}")
        return record_from(doc) if doc else None

    async def of_session(self, session: str) -> list[StoredRecord]:
        """The records of a session's papers, by the id of the paper."""
        return [record_from(doc) for doc in await self._records.find({"session": session}, sort="_id")]

    async def with_number(self, number: str) -> list[PaperRecord]:
        """The papers that have a number, as ``rules.numbers_of`` writes it."""
        return [record_from(doc).record for doc in await self._records.find({_NUMBERS: number})]

    async def save(self, revision: int, record: PaperRecord) -> None:
        """Write a record over its revision. Raises ``VersionConflict``, also where another paper has its number."""
        await self._records.save(_document(revision, record))

    async def add_scan(self, scan_id: str, name: str, content: IO[bytes]) -> None:
        """Store the file of a scan. Nothing of it is left if this fails."""
        await self._scans.add(scan_id, name, content)

    async def remove_scan(self, scan_id: str) -> None:
        """Remove the file of a scan that no record names."""
        await self._scans.remove(scan_id)

    async def remove_unnamed_scans(self, now: datetime) -> int:
        """Remove the files that no record has named for a day, and how many they were.

        A service that is killed between the file and its record leaves one; its sender got no answer and sends again.
        """
        unnamed = await self._scans.ids(before=now - _UNNAMED_FOR)
        if unnamed:
            records = [record_from(doc).record for doc in await self._records.find(only=["rev", "record"])]
            unnamed -= {scan.id for record in records for version in record.versions for scan in version.scans}
        for scan_id in unnamed:
            await self._scans.remove(scan_id)
        return len(unnamed)

    async def read_scan(self, scan_id: str) -> AsyncIterator[bytes]:
        """The file of a scan, part by part. Raises ``FileNotFoundError`` before the first part."""
        return await self._scans.read(scan_id)


def record_from(doc: Document) -> StoredRecord:
    """The record in a stored document."""
    return StoredRecord(doc["rev"], PaperRecord.model_validate(doc["record"]))


def _document(revision: int, record: PaperRecord) -> Document:
    numbers = numbers_of(record)
    return {
        "_id": record.id,
        "rev": revision,
        "unsent": [],
        "session": record.session,
        "record": record.model_dump(mode="json"),
        **({_NUMBERS: numbers} if numbers else {}),
    }
