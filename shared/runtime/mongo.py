"""MongoDB: the only module that imports a driver.

A document is a plain mapping: ``_id``, ``rev`` (the compare-and-set revision), ``unsent`` (names of what it still has
to publish), ``trace`` while traces are on, and its own fields. ``pending`` mirrors "unsent is not empty" for an index.

Of a batch written in one command only the first document is ``pending``. Its ``lot`` names the other documents that
are published with it; these keep their own ``unsent``. What a batch publishes never changes after it was written.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from bson import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from gridfs import AsyncGridFSBucket
from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket
from pymongo import AsyncMongoClient, InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from shared.runtime.looks import Looks
from shared.runtime.new_documents import Document as Document
from shared.runtime.new_documents import new_batch, new_document, next_revision
from shared.runtime.revisions import RevisionReader, Revisions
from shared.runtime.stored_files import StoredFiles
from shared.runtime.tracing import current_trace

_DUPLICATE_KEY = 11000

WRITING_SECONDS = 60.0
"""An incomplete batch may still be being written for this long after a relay has first seen it."""

TRANSIENT_DATABASE_ERRORS: tuple[type[Exception], ...] = (PyMongoError,)
"""Faults of the database or of the connection. A lost race is ``VersionConflict``, never one of these."""


class VersionConflict(Exception):
    """The document changed between reading and writing it; read it and decide again."""


class Database:
    """One service's own database."""

    def __init__(self, url: str, name: str, driver: Literal["motor", "pymongo"] = "motor") -> None:
        options: Document = {"w": "majority", "journal": True, "tz_aware": True}
        options |= {"serverSelectionTimeoutMS": 2_000, "connectTimeoutMS": 2_000, "socketTimeoutMS": 10_000}
        self._client: Any = (AsyncIOMotorClient if driver == "motor" else AsyncMongoClient)(url, **options)
        self._db: Any = self._client[name]
        self._bucket: Any = AsyncIOMotorGridFSBucket if driver == "motor" else AsyncGridFSBucket
        self._looks: dict[str, Looks] = defaultdict(Looks)
        self._revisions = RevisionReader(lambda name: self._looks[name].writes, self._revisions_in)

    def documents(self, collection: str) -> Documents:
        """A collection of documents."""
        return Documents(self._db[collection], self._looks[collection])

    def files(self, bucket: str) -> StoredFiles:
        """A bucket of files, which are the collections ``<bucket>.files`` and ``<bucket>.chunks``."""
        return StoredFiles(lambda: self._bucket(self._db, bucket_name=bucket), NoFile, FileExists)

    async def revisions(self, wanted: Mapping[str, Collection[str] | None], *, within: float = 0.0) -> Revisions:
        """The revisions of documents by collection; see ``RevisionReader.read``."""
        return await self._revisions.read(wanted, within)

    async def _revisions_in(self, name: str, ids: Collection[str] | None) -> list[tuple[str, int]]:
        where = {} if ids is None else {"_id": {"$in": list(ids)}}
        return [(doc["_id"], doc["rev"]) for doc in await self.documents(name).find(where, only=["rev"])]

    async def collections(self) -> list[str]:
        """The names of all collections except the probes, sorted."""
        return sorted({*await self._db.list_collection_names()} - {"probes"})

    async def indexes(self) -> dict[str, set[str]]:
        """The fields that have an index of their own, by collection. Raises the database's errors."""
        return {
            name: {field for index in (await self._db[name].index_information()).values() for field, _ in index["key"]}
            for name in await self.collections()
        }

    async def probe(self, name: str) -> None:
        """Make a journaled write, which fails on a full disk or a lost primary, where a ping still succeeds."""
        await self._db["probes"].replace_one({"_id": name}, {"_id": name, "probe": 1}, upsert=True)

    async def drop(self) -> None:
        """Drop the whole database."""
        await self._client.drop_database(self._db.name)

    async def close(self) -> None:
        """Close the client's sockets."""
        if asyncio.iscoroutine(closing := self._client.close()):
            await closing


class Documents:
    """A collection read by id and written by compare-and-set on each document's revision."""

    def __init__(self, collection: Any, looks: Looks) -> None:
        self._collection, self._looks = collection, looks

    async def prepare(
        self,
        *,
        unique: Iterable[str] = (),
        unique_elements: Iterable[str] = (),
        indexed: Iterable[str] = (),
        pending: bool = True,
    ) -> None:
        """Create the indexes; idempotent.

        No two documents may share the value of a field in ``unique_elements``, or an element if it is a list; they may
        lack the field. ``pending`` is for collections whose documents are published.
        """
        for field in unique:
            await self._collection.create_index([(field, 1)], unique=True)
        for field in unique_elements:
            await self._collection.create_index([(field, 1)], unique=True, sparse=True)
        for field in (*indexed, *(["pending"] if pending else [])):
            await self._collection.create_index([(field, 1)])

    async def get(self, doc_id: str) -> Document | None:
        """The document, or None."""
        doc: Document | None = await self._collection.find_one({"_id": doc_id})
        return doc

    async def get_many(self, ids: Iterable[str], *, only: Iterable[str] = ()) -> dict[str, Document]:
        """The documents that exist among the ids, by id; with the fields in ``only``, or all fields."""
        wanted = list(ids)
        docs = await self.find({"_id": {"$in": wanted}}, only=only) if wanted else []
        return {doc["_id"]: doc for doc in docs}

    async def find(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        sort: str | Sequence[str] = (),
        limit: int = 0,
        only: Iterable[str] = (),
    ) -> list[Document]:
        """Documents that match, sorted by fields (``-field`` for descending), at most ``limit`` (0 is all).

        Each has ``_id`` and the fields in ``only``; all fields when ``only`` is empty.
        """
        cursor = self._collection.find(dict(where or {}), dict.fromkeys(only, 1) or None)
        if fields := [sort] if isinstance(sort, str) else sort:
            cursor = cursor.sort([(field.lstrip("-"), -1 if field.startswith("-") else 1) for field in fields])
        return list(await cursor.limit(limit).to_list(None))

    async def count(self, where: Mapping[str, Any] | None = None) -> int:
        """How many documents match."""
        return int(await self._collection.count_documents(dict(where or {})))

    async def insert(self, doc: Document) -> None:
        """Write a new document at revision 1. Raises ``VersionConflict`` when its id or a unique field is taken."""
        fresh = new_document(doc)
        try:
            with self._looks.writing():
                await self._collection.insert_one(fresh)
        except DuplicateKeyError as error:
            raise VersionConflict(doc["_id"]) from error
        doc.update(fresh)

    async def insert_in_order(self, docs: Sequence[Document]) -> int:
        """Write new documents at revision 1 up to the first whose id or unique field is taken; how many were written.

        If the process dies midway, a prefix remains; its first document is still pending and names the rest.
        """
        fresh, written, began = new_batch(docs), len(docs), time.monotonic()
        if not fresh:
            return 0
        try:
            with self._looks.writing():
                await self._collection.insert_many(fresh, ordered=True)
        except BulkWriteError as error:
            stopped = error.details["writeErrors"]
            if error.details["writeConcernErrors"] or stopped[0]["code"] != _DUPLICATE_KEY:
                raise
            written = int(stopped[0]["index"])
        if written and time.monotonic() > began + WRITING_SECONDS / 2:  # another relay may have split the batch already
            await self.split_batch(fresh[0])
        for doc, stored in zip(docs[:written], fresh, strict=False):
            doc.update(stored)
        return written

    async def append(self, doc: Document) -> None:
        """Write an immutable document exactly as it is. Raises ``VersionConflict`` when its id is taken."""
        try:
            with self._looks.writing():
                await self._collection.insert_one(doc)
        except DuplicateKeyError as error:
            raise VersionConflict(doc["_id"]) from error

    @property
    def looks(self) -> Looks:
        """What this process has changed in the collection."""
        return self._looks

    async def save(self, doc: Document) -> None:
        """Write a document over the revision it was read at (0 for a new one) and advance the revision.

        Raises ``VersionConflict``, and writes nothing, when the document was written in between.
        """
        if not doc.get("rev"):
            await self.insert(doc)
            return
        fresh = next_revision(doc)
        with self._looks.writing():
            result = await self._collection.replace_one({"_id": doc["_id"], "rev": doc["rev"]}, fresh)
        if not result.matched_count:
            raise VersionConflict(doc["_id"])
        doc.update(fresh)

    async def save_all(self, docs: Sequence[Document]) -> None:
        """Write documents as ``save`` does, each over its own revision, in one command.

        Raises ``VersionConflict`` when one of them was written in between; the others may have been written then.
        """
        if not docs:
            return
        fresh = [next_revision(doc) for doc in docs]
        writes = [
            ReplaceOne({"_id": doc["_id"], "rev": doc["rev"]}, new) if doc["rev"] else InsertOne(new)
            for doc, new in zip(docs, fresh, strict=True)
        ]
        try:
            with self._looks.writing():
                result = await self._collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            codes = {write_error["code"] for write_error in error.details["writeErrors"]}
            if error.details["writeConcernErrors"] or codes != {_DUPLICATE_KEY}:
                raise
            raise VersionConflict(error.details["writeErrors"][0]["errmsg"]) from error
        if result.matched_count != sum(1 for doc in docs if doc["rev"]):
            raise VersionConflict(f"one of {len(docs)} documents")
        for doc, new in zip(docs, fresh, strict=True):
            doc.update(new)

    async def remove(self, doc: Document) -> None:
        """Remove a document at the revision it was read at. Raises ``VersionConflict`` when it has changed or gone."""
        with self._looks.writing():
            if not (await self._collection.delete_one({"_id": doc["_id"], "rev": doc["rev"]})).deleted_count:
                raise VersionConflict(doc["_id"])

    async def put(self, note: Document) -> None:
        """Write a note, replacing any document with its id."""
        await self._collection.replace_one({"_id": note["_id"]}, note, upsert=True)

    async def remove_unchanged(self, note: Document) -> None:
        """Remove a note unless its content has changed."""
        await self._collection.delete_one(note)

    async def dump(self) -> AsyncIterator[bytes]:
        """Every document as the BSON that is stored, one after the other."""
        raw = self._collection.with_options(codec_options=CodecOptions(document_class=RawBSONDocument))
        async for doc in raw.find():
            yield bytes(doc.raw)

    async def restore(self, dumped: Sequence[bytes]) -> None:
        """Write documents given as BSON into a collection that has none of them. Raises ``ValueError`` on bad BSON."""
        try:
            docs = [RawBSONDocument(doc) for doc in dumped]
        except InvalidBSON as error:
            raise ValueError(str(error)) from error
        if docs:
            with self._looks.writing():
                await self._collection.insert_many(docs)

    async def advance_revisions(self, ids: Iterable[str]) -> None:
        """Advance the revision of documents, so that a process that read them before must read them again."""
        await self._collection.update_many({"_id": {"$in": list(ids)}}, {"$inc": {"rev": 1}})

    async def add_to_set(self, doc_id: str, field: str, value: str, *, unsent: Iterable[str]) -> bool:
        """Add a value to a set field and names to ``unsent``. False, and no change, when the value is there already."""
        added = {field: value, "unsent": {"$each": list(unsent)}}
        written = {"pending": True, **({"trace": trace} if (trace := current_trace()) else {})}
        change = {"$addToSet": added, "$set": written, "$inc": {"rev": 1}}
        with self._looks.writing():
            result = await self._collection.update_one({"_id": doc_id, field: {"$ne": value}}, change)
        return bool(result.modified_count)

    async def pending(self, limit: int, *, without: Iterable[str] = (), only: Iterable[str] = ()) -> list[Document]:
        """At most ``limit`` documents (0 is all) with something unsent, except those with the ids in ``without``."""
        passed_over, began = list(without), self._looks.pending.begin()
        others: Document = {"_id": {"$nin": passed_over}} if passed_over else {}
        docs = await self.find({"pending": True, **others}, limit=limit, only=only)
        if not docs and not passed_over:
            self._looks.pending.found_nothing(began)
        return docs

    async def split_batch(self, first: Document) -> None:
        """Make every document of a batch pending by itself, so that each is published alone."""
        with self._looks.writing():
            await self._collection.update_many({"_id": {"$in": first.get("lot", [])}}, {"$set": {"pending": True}})
        await self._collection.update_one({"_id": first["_id"]}, {"$unset": {"lot": ""}})

    async def sent(self, docs: Sequence[Document], *, advance: bool = False) -> list[str]:
        """Note that these documents were published at their revisions. The ids of those that have changed meanwhile.

        The first document of a batch is noted for the whole batch. ``advance`` also advances the revision, so that a
        writer that read the document before gets a ``VersionConflict``.
        """
        by_rev: dict[int, list[str]] = {}
        for doc in docs:
            by_rev.setdefault(doc["rev"], []).append(doc["_id"])
        out: Document = {"$set": {"unsent": [], "pending": False}, **({"$inc": {"rev": 1}} if advance else {})}
        if gone := {field: "" for field in ("lot", "trace") if any(field in doc for doc in docs)}:
            out["$unset"] = gone
        changed: list[str] = []
        for rev, ids in by_rev.items():
            with self._looks.publishing():
                result = await self._collection.update_many({"_id": {"$in": ids}, "rev": rev, "pending": True}, out)
            if result.matched_count != len(ids):
                present = await self.get_many(ids, only=["rev", "pending"])
                changed += [name for name, doc in present.items() if doc["rev"] != rev + advance or doc["pending"]]
        return changed

    async def republish(self, doc_id: str, names: Iterable[str]) -> None:
        """Mark these parts of a document as unsent."""
        added = {"unsent": {"$each": list(names)}}
        change = {"$addToSet": added, "$set": {"pending": True}, "$inc": {"rev": 1}, "$unset": {"trace": ""}}
        with self._looks.writing():
            await self._collection.update_one({"_id": doc_id}, change)
