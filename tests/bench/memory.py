"""A database in the process's memory, below the real ``Documents``, to measure the scoring path without a database.

A collection supports what the services use of the driver's: queries with equality, ``$in``, ``$nin``, ``$exists``,
``$ne`` and ``$gt``, replacements with a filter (which compare-and-set needs), updates with ``$set``, ``$inc`` and
``$addToSet``. Documents are copied when they are stored and returned, but only at the top level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from operator import gt, itemgetter
from types import SimpleNamespace
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.runtime import foundation
from shared.runtime.looks import Looks
from shared.runtime.mongo import Database, Document, Documents

Where = Mapping[str, Any]
Wrote = Callable[[int, str], None]

_KEPT: dict[str, dict[str, MemoryCollection]] = {}
_wrote: Wrote = lambda documents, collection: None  # noqa: E731 - the notebook replaces it


def keep_in_memory(wrote: Wrote) -> None:
    """Make every service of this process use this database; ``wrote`` is called after each write."""
    global _wrote
    _wrote = wrote
    assert vars(foundation)["Database"] is Database, "the services open their database elsewhere"
    vars(foundation)["Database"] = MemoryDatabase


class MemoryDatabase(Database):
    """``Database`` without a server. Two instances with the same name in one process share their documents."""

    def __init__(self, url: str, name: str, driver: str = "motor") -> None:
        self._here = _KEPT.setdefault(name, {})
        self._looks = defaultdict(Looks)

    def documents(self, collection: str) -> Documents:
        """A collection of documents."""
        return Documents(self._here.setdefault(collection, MemoryCollection(collection)), self._looks[collection])

    async def collections(self) -> list[str]:
        """The names of the collections."""
        return sorted(self._here)

    async def probe(self, who: str) -> None:
        """Do nothing: memory is always available."""

    async def drop(self) -> None:
        """Delete all documents."""
        self._here.clear()

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class MemoryCollection:
    """The part of the driver's collection that the services use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._docs: dict[Any, Document] = {}
        self._pending: dict[Any, None] = {}  # an index: the relay queries for these after every batch

    async def create_index(self, keys: Any, **options: Any) -> None:
        """Do nothing: only pending documents have an index."""

    def _put(self, doc: Document) -> None:
        self._docs[doc["_id"]] = doc
        if doc.get("pending"):
            self._pending[doc["_id"]] = None
        else:
            self._pending.pop(doc["_id"], None)

    def _found(self, where: Where) -> Iterable[Document]:
        if isinstance(doc_id := where.get("_id"), str):
            docs: Iterable[Any] = (self._docs.get(doc_id),)
        elif isinstance(doc_id, Mapping) and "$in" in doc_id:
            docs = (self._docs.get(key) for key in doc_id["$in"])
        elif where.get("pending") is True:
            docs = [self._docs[key] for key in self._pending]
        else:
            docs = list(self._docs.values())
        return (doc for doc in docs if doc is not None and _matches(doc, where))

    async def find_one(self, where: Where) -> Document | None:
        """The first document that matches; None if there is none."""
        return next((dict(doc) for doc in self._found(where)), None)

    def find(self, where: Where | None = None, only: Where | None = None) -> _Cursor:
        """All documents that match."""
        return _Cursor([dict(doc) for doc in self._found(where or {})])

    async def count_documents(self, where: Where) -> int:
        """The number of documents that match."""
        return sum(1 for _ in self._found(where))

    async def insert_one(self, doc: Document) -> None:
        """Insert a document. Raises ``DuplicateKeyError`` if its id is taken."""
        if doc["_id"] in self._docs:
            raise DuplicateKeyError(f"{doc['_id']} is there")
        self._put(dict(doc))
        _wrote(1, self._name)

    async def replace_one(self, where: Where, doc: Document, upsert: bool = False) -> Any:
        """Replace the first document that matches; with ``upsert`` insert the new one if there is none."""
        matching = next(iter(self._found(where)), None)
        if matching is not None or upsert:
            self._put(dict(doc))
            _wrote(1, self._name)
        return SimpleNamespace(matched_count=int(matching is not None))

    async def delete_one(self, where: Where) -> Any:
        """Delete the first document that matches."""
        matching = next(iter(self._found(where)), None)
        if matching is not None:
            del self._docs[matching["_id"]]
            self._pending.pop(matching["_id"], None)
            _wrote(1, self._name)
        return SimpleNamespace(deleted_count=int(matching is not None))

    async def update_one(self, where: Where, change: Mapping[str, Where]) -> Any:
        """Update the first document that matches."""
        return self._update([*self._found(where)][:1], change)

    async def update_many(self, where: Where, change: Mapping[str, Where]) -> Any:
        """Update all documents that match."""
        return self._update([*self._found(where)], change)

    def _update(self, docs: Sequence[Document], change: Mapping[str, Where]) -> Any:
        for doc in docs:
            fresh = {**doc, **change.get("$set", {})}
            for name, by in change.get("$inc", {}).items():
                fresh[name] = fresh.get(name, 0) + by
            for name, added in change.get("$addToSet", {}).items():
                values = added["$each"] if isinstance(added, Mapping) and "$each" in added else [added]
                fresh[name] = [*fresh.get(name, ()), *(v for v in values if v not in fresh.get(name, ()))]
            self._put(fresh)
        if docs:
            _wrote(len(docs), self._name)
        return SimpleNamespace(matched_count=len(docs), modified_count=len(docs))

    async def bulk_write(self, operations: Sequence[Any], ordered: bool = True) -> Any:
        """Apply replacements, updates and inserts in order; the result counts those that matched a document."""
        matched = 0
        for operation in operations:
            where, doc = getattr(operation, "_filter", None), operation._doc
            if where is None:
                await self.insert_one(doc)
            elif any(name.startswith("$") for name in doc):
                matched += (await self.update_one(where, doc)).matched_count
            else:
                matched += (await self.replace_one(where, doc, bool(operation._upsert))).matched_count
        return SimpleNamespace(matched_count=matched, modified_count=matched)


class _Cursor:
    def __init__(self, docs: list[Document]) -> None:
        self._docs = docs

    def sort(self, keys: Sequence[tuple[str, int]]) -> _Cursor:
        for name, way in reversed(keys):
            self._docs.sort(key=itemgetter(name), reverse=way < 0)
        return self

    def limit(self, count: int) -> _Cursor:
        self._docs = self._docs[:count] if count else self._docs
        return self

    async def to_list(self, length: int | None = None) -> list[Document]:
        return self._docs

    async def __aiter__(self) -> AsyncIterator[Document]:
        for doc in self._docs:
            yield doc


_ASKED: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, given: bool({*value} & {*given}) if isinstance(value, list) else value in given,
    "$nin": lambda value, given: value not in given,
    "$ne": lambda value, given: given not in value if isinstance(value, list) else value != given,
    "$gt": lambda value, given: value is not None and gt(value, given),
}


def _matches(doc: Document, where: Where) -> bool:
    for name, given in where.items():
        if isinstance(given, Mapping) and any(key.startswith("$") for key in given):
            for how, what in given.items():
                if how == "$exists":
                    if (name in doc) != what:
                        return False
                elif not _ASKED[how](doc.get(name), what):
                    return False
        elif doc.get(name) != given:
            return False
    return True
