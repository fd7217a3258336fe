"""The works and the files they made, in council's database: all of it can be made again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from statistics import median
from typing import BinaryIO, Final

from services.council.kept_documents import TRUSTED_SECONDS, KeptDocuments
from services.council.long_files.state import NAMED_SECONDS, Work
from shared.runtime.mongo import Database, Document, VersionConflict

COLLECTION: Final = "makings"
FILES: Final = "made"
"""The bucket of the files (GridFS): the collections ``made.files`` and ``made.chunks``."""
_MEASURED: Final = 5


class WorkStore:
    """Reads and writes works by compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._works, self._files = database.documents(COLLECTION), database.files(FILES)
        self._database, self._kept = database, KeptDocuments(COLLECTION, self._works, _work)

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._works.prepare(indexed=["asked_at"], pending=False)

    async def find(self, key: str) -> Work | None:
        """The work with this key; None if it was never asked for, or is no longer kept."""
        doc = await self._works.get(key)
        return _work(doc) if doc else None

    async def shown(self, keys: Iterable[str]) -> Mapping[str, Work]:
        """The works among the keys, for a page: what another process wrote in the last second may be missing (0093)."""
        revisions = await self._database.revisions({COLLECTION: sorted(keys)}, within=TRUSTED_SECONDS)
        return await self._kept.of(revisions)

    async def save(self, work: Work) -> Work:
        """Write a work over its revision, and return it as it is then. Raises ``VersionConflict``."""
        doc = _document(work)
        await self._works.save(doc)
        return replace(work, revision=doc["rev"])

    async def add_file(self, key: str, name: str, content: BinaryIO) -> None:
        """Store the file of a work."""
        await self._files.add(key, name, content)

    async def file(self, key: str) -> AsyncIterator[bytes]:
        """The file of a work, part by part. Raises ``FileNotFoundError`` before the first part."""
        return await self._files.read(key)

    async def usual_seconds(self, file: str) -> float | None:
        """How long the making of files of this name took: the median of the latest; None if none was measured."""
        made = {"file": file, "finished": {"$in": ["done", "expired"]}, "begun": {"$gt": 0}}
        docs = await self._works.find(made, sort="-asked_at", limit=_MEASURED, only=["begun", "beat"])
        return median(doc["beat"] - doc["begun"] for doc in docs) if docs else None

    async def remove_names(self, seconds: float) -> None:
        """Remove the files with persons' names that are older than they may be; also those of works that ended midway.

        ``seconds`` is now, by the machine's clock (Unix).
        """
        old = {"named": True, "finished": {"$ne": "expired"}, "beat": {"$lt": seconds - NAMED_SECONDS}}
        for doc in await self._works.find(old):
            await self._files.remove(doc["_id"])
            with suppress(VersionConflict):  # it is being made again
                await self._works.save({**doc, "finished": "expired"})

    async def forget_all_but(self, most: int) -> None:
        """Remove the works that were asked for longest ago, with their files, so that ``most`` are left."""
        for doc in (await self._works.find(sort="-asked_at", only=["rev"]))[most:]:
            await self._works.remove(doc)
        kept = {doc["_id"] for doc in await self._works.find(only=["rev"])}
        for key in await self._files.ids() - kept:
            await self._files.remove(key)


def _work(doc: Document) -> Work:
    fields = {name: doc[name] for name in Work.__dataclass_fields__ if name in doc}
    return Work(**{**fields, "key": doc["_id"], "revision": doc["rev"]})


def _document(work: Work) -> Document:
    fields = asdict(work)
    return {**fields, "_id": fields.pop("key"), "rev": fields.pop("revision"), "unsent": []}
