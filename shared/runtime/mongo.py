"""MongoDB: the only module that imports a driver.

A document is a plain mapping: ``_id``, ``rev`` (the compare-and-set revision), ``unsent`` (names of what it
still has to say) and its own fields. ``pending`` mirrors "unsent is not empty" for the relay's index.

Of a lot that is written in one command only the first document is ``pending``; ``batch`` names the others it stands for,
which keep in ``unsent`` what they say with it. What a lot says never changes, so nobody asks whether it moved on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from bson import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

Document = dict[str, Any]

_DUPLICATE_KEY = 11000

WRITING_SECONDS = 60.0
"""A lot that is not whole is still being written, perhaps, for so long after somebody has seen it first."""

TRANSIENT_DATABASE_ERRORS: tuple[type[Exception], ...] = (PyMongoError,)
"""Faults of the database or the way to it. A lost race is ``VersionConflict``, never one of these."""


class VersionConflict(Exception):
    """The document changed between reading and writing it; decide again on the new one."""


class Database:
    """One service's own database."""

    def __init__(self, url: str, name: str, driver: Literal["motor", "pymongo"] = "motor") -> None:
        options: dict[str, Any] = {
            "w": "majority",
            "journal": True,
            "tz_aware": True,
            "serverSelectionTimeoutMS": 2_000,
            "connectTimeoutMS": 2_000,
            "socketTimeoutMS": 10_000,
        }
        self._client: Any = (
            AsyncIOMotorClient(url, **options) if driver == "motor" else AsyncMongoClient(url, **options)
        )
        self._db: Any = self._client[name]

    def documents(self, collection: str) -> Documents:
        """A collection of documents."""
        return Documents(self._db[collection])

    async def collections(self) -> list[str]:
        """The names of what is kept, but for the probes."""
        return sorted({*await self._db.list_collection_names()} - {"probes"})

    async def probe(self, who: str) -> None:
        """A real, journaled write: a full disk or a lost primary answers a ping but not this."""
        await self._db["probes"].replace_one({"_id": who}, {"_id": who, "probe": 1}, upsert=True)

    async def drop(self) -> None:
        """Forget everything in this database."""
        await self._client.drop_database(self._db.name)

    async def close(self) -> None:
        """Close the client's sockets."""
        closing = self._client.close()
        if asyncio.iscoroutine(closing):
            await closing


class Documents:
    """A collection read by id and written by compare-and-set, one document a write."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    async def prepare(
        self,
        *,
        unique: Iterable[str] = (),
        once: Iterable[str] = (),
        indexed: Iterable[str] = (),
        pending: bool = True,
    ) -> None:
        """Create the indexes; doing it again changes nothing.

        No two documents share an element of a list field in ``once``. ``pending`` is for documents with things to say.
        """
        if pending:
            await self._collection.create_index([("pending", 1)])
        for field in unique:
            await self._collection.create_index([(field, 1)], unique=True)
        for field in once:
            await self._collection.create_index([(field, 1)], unique=True, sparse=True)
        for field in indexed:
            await self._collection.create_index([(field, 1)])

    async def get(self, doc_id: str) -> Document | None:
        """The document, or None."""
        found: Document | None = await self._collection.find_one({"_id": doc_id})
        return found

    async def get_many(self, ids: Iterable[str], *, only: Iterable[str] = ()) -> dict[str, Document]:
        """Those of the ids that exist, by id; of each what is named in ``only``, or all of it."""
        wanted = list(ids)
        found = await self.find({"_id": {"$in": wanted}}, only=only) if wanted else []
        return {doc["_id"]: doc for doc in found}

    async def find(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        sort: str | Sequence[str] = (),
        limit: int = 0,
        only: Iterable[str] = (),
    ) -> list[Document]:
        """Documents that match, sorted by fields (``-field`` for descending), at most ``limit`` (0 is all).

        Of each ``_id`` and what is named in ``only``; all of it where nothing is.
        """
        cursor = self._collection.find(dict(where or {}), dict.fromkeys(only, 1) or None)
        if fields := [sort] if isinstance(sort, str) else sort:
            cursor = cursor.sort([(field.lstrip("-"), -1 if field.startswith("-") else 1) for field in fields])
        found: list[Document] = await cursor.limit(limit).to_list(None)
        return found

    async def count(self, where: Mapping[str, Any] | None = None) -> int:
        """How many documents match."""
        n: int = await self._collection.count_documents(dict(where or {}))
        return n

    async def insert(self, doc: Document) -> None:
        """Write a new document at revision 1. Raises ``VersionConflict`` where its id or a unique field is taken."""
        fresh = _first(doc)
        try:
            await self._collection.insert_one(fresh)
        except DuplicateKeyError as error:
            raise VersionConflict(doc["_id"]) from error
        doc.update(fresh)

    async def insert_in_order(self, docs: Sequence[Document]) -> int:
        """Write new documents at revision 1, each only where all before it were written; how many were.

        The one after them, if any, is stale: its id or a unique field is taken. Who dies meanwhile leaves a beginning,
        and with it the mark on the first that all of it is to be said.
        """
        fresh, written, began = _as_batch(docs), len(docs), time.monotonic()
        if not fresh:
            return 0
        try:
            await self._collection.insert_many(fresh, ordered=True)
        except BulkWriteError as error:
            stopped = error.details["writeErrors"]
            if error.details["writeConcernErrors"] or stopped[0]["code"] != _DUPLICATE_KEY:
                raise
            written = int(stopped[0]["index"])
        if written and time.monotonic() > began + WRITING_SECONDS / 2:  # others may have given up what was not there
            await self.split_batch(fresh[0])
        for doc, kept in zip(docs[:written], fresh, strict=False):
            doc.update(kept)
        return written

    async def append(self, doc: Document) -> None:
        """Write a document exactly as it is, never to be changed. Raises ``VersionConflict`` where its id is taken."""
        try:
            await self._collection.insert_one(doc)
        except DuplicateKeyError as error:
            raise VersionConflict(doc["_id"]) from error

    async def save(self, doc: Document) -> None:
        """Write a document over the revision it was read at (0 for a new one), and count the revision on.

        Raises ``VersionConflict`` when somebody else wrote it in between; nothing is written then.
        """
        if not doc.get("rev"):
            await self.insert(doc)
            return
        fresh = {**doc, "rev": doc["rev"] + 1, "pending": bool(doc["unsent"])}
        result = await self._collection.replace_one({"_id": doc["_id"], "rev": doc["rev"]}, fresh)
        if not result.matched_count:
            raise VersionConflict(doc["_id"])
        doc.update(fresh)

    async def save_all(self, docs: Sequence[Document]) -> None:
        """Write documents as ``save`` does, each over its own revision, in one command.

        Raises ``VersionConflict`` when somebody else wrote one of them in between; the others may be written then.
        """
        if not docs:
            return
        fresh = [{**doc, "rev": doc["rev"] + 1, "pending": bool(doc["unsent"])} for doc in docs]
        writes = [
            ReplaceOne({"_id": doc["_id"], "rev": doc["rev"]}, new) if doc["rev"] else InsertOne(new)
            for doc, new in zip(docs, fresh, strict=True)
        ]
        try:
            result = await self._collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            if error.details["writeConcernErrors"] or {e["code"] for e in error.details["writeErrors"]} != {
                _DUPLICATE_KEY
            }:
                raise
            raise VersionConflict(error.details["writeErrors"][0]["errmsg"]) from error
        if result.matched_count != sum(1 for doc in docs if doc["rev"]):
            raise VersionConflict(f"one of {len(docs)} documents")
        for doc, new in zip(docs, fresh, strict=True):
            doc.update(new)

    async def remove(self, doc: Document) -> None:
        """Remove a document at the revision it was read at. Raises ``VersionConflict`` when somebody else wrote or removed it."""
        result = await self._collection.delete_one({"_id": doc["_id"], "rev": doc["rev"]})
        if not result.deleted_count:
            raise VersionConflict(doc["_id"])

    async def put(self, note: Document) -> None:
        """Write a note over whatever stands under its id."""
        await self._collection.replace_one({"_id": note["_id"]}, note, upsert=True)

    async def drop(self, note: Document) -> None:
        """Remove a note where it still says just this."""
        await self._collection.delete_one(note)

    async def as_kept(self) -> list[bytes]:
        """Every document as the BSON it is kept as."""
        raw = self._collection.with_options(codec_options=CodecOptions(document_class=RawBSONDocument))
        return [bytes(doc.raw) async for doc in raw.find()]

    async def put_back(self, kept: Sequence[bytes]) -> None:
        """Write documents given as BSON into a collection that has none of them; for a restore only.

        Raises ``ValueError`` where the bytes are not BSON.
        """
        try:
            docs = [RawBSONDocument(doc) for doc in kept]
        except InvalidBSON as error:
            raise ValueError(str(error)) from error
        if docs:
            await self._collection.insert_many(docs)

    async def count_on(self, ids: Iterable[str]) -> None:
        """Count the revision of documents on, so that who read them before is stale and reads them again."""
        await self._collection.update_many({"_id": {"$in": list(ids)}}, {"$inc": {"rev": 1}})

    async def add(self, doc_id: str, field: str, value: str, *, unsent: Iterable[str]) -> bool:
        """Add a value to a set field, and what is to be said with it. False where the value was there already."""
        result = await self._collection.update_one(
            {"_id": doc_id, field: {"$ne": value}},
            {
                "$addToSet": {field: value, "unsent": {"$each": list(unsent)}},
                "$set": {"pending": True},
                "$inc": {"rev": 1},
            },
        )
        return bool(result.modified_count)

    async def pending(self, limit: int, *, without: Iterable[str] = ()) -> list[Document]:
        """Documents with something unsent, but for those named."""
        return await self.find({"pending": True, "_id": {"$nin": list(without)}}, limit=limit)

    async def split_batch(self, first: Document) -> None:
        """Have each document of a lot that is there say by itself what it has to; the first stands for itself alone."""
        await self._collection.update_many({"_id": {"$in": first.get("lot", [])}}, {"$set": {"pending": True}})
        await self._collection.update_one({"_id": first["_id"]}, {"$unset": {"lot": ""}})

    async def sent(self, docs: Sequence[Document], *, count: bool = False) -> list[str]:
        """Note that all the documents said at these revisions is out. The ids of those that have moved on meanwhile.

        The first of a lot is noted for all of it. ``count`` counts the revision on: who read it before is stale then.
        """
        by_rev: dict[int, list[str]] = {}
        for doc in docs:
            by_rev.setdefault(doc["rev"], []).append(doc["_id"])
        out: dict[str, Any] = {"$set": {"unsent": [], "pending": False}, **({"$inc": {"rev": 1}} if count else {})}
        if any("lot" in doc for doc in docs):
            out["$unset"] = {"lot": ""}
        moved: list[str] = []
        for rev, ids in by_rev.items():
            result = await self._collection.update_many({"_id": {"$in": ids}, "rev": rev, "pending": True}, out)
            if result.matched_count != len(ids):
                there = await self.get_many(ids, only=["rev", "pending"])
                moved += [name for name, doc in there.items() if doc["rev"] != rev + count or doc["pending"]]
        return moved

    async def republish(self, doc_id: str, what: Iterable[str]) -> None:
        """Have a document say these things once more."""
        await self._collection.update_one(
            {"_id": doc_id},
            {"$addToSet": {"unsent": {"$each": list(what)}}, "$set": {"pending": True}, "$inc": {"rev": 1}},
        )


def _first(doc: Document) -> Document:
    """A document as it is first written."""
    unsent = list(doc.get("unsent", ()))
    return {**doc, "rev": 1, "unsent": unsent, "pending": bool(unsent)}


def _as_batch(docs: Sequence[Document]) -> list[Document]:
    """Documents as they are first written together: the first is marked for all of them."""
    fresh = [_first(doc) for doc in docs]
    if speaking := [doc["_id"] for doc in fresh[1:] if doc["pending"]]:
        fresh = [fresh[0] | {"pending": True, "lot": speaking}, *(doc | {"pending": False} for doc in fresh[1:])]
    return fresh
