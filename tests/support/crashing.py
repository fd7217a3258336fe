"""A database whose process dies at a chosen write: before it, or after it and before the caller returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.runtime.looks import Looks
from shared.runtime.mongo import Database, Document, Documents


class Died(Exception):
    """The simulated process has died."""


class Fuse:
    """Counts write steps down to the crash. ``None`` never crashes."""

    def __init__(self, length: int | None = None) -> None:
        self.length = length

    def burn(self) -> None:
        """Take one step. Raises ``Died`` if no step is left."""
        if self.length is not None:
            if self.length == 0:
                raise Died
            self.length -= 1


class CrashingDocuments(Documents):
    """The real collection; each write burns the fuse before and after."""

    def __init__(self, collection: Any, looks: Looks, fuse: Fuse) -> None:
        super().__init__(collection, looks)
        self._fuse = fuse

    async def insert(self, doc: Document) -> None:
        self._fuse.burn()
        await super().insert(doc)
        self._fuse.burn()

    async def save(self, doc: Document) -> None:
        if not doc.get("rev"):
            await self.insert(doc)
            return
        self._fuse.burn()
        await super().save(doc)
        self._fuse.burn()

    async def save_all(self, docs: Sequence[Document]) -> None:
        for doc in docs:  # one bulk command, which can be interrupted between any two documents
            await self.save(doc)

    async def put(self, note: Document) -> None:
        self._fuse.burn()
        await super().put(note)
        self._fuse.burn()

    async def remove_unchanged(self, note: Document) -> None:
        self._fuse.burn()
        await super().remove_unchanged(note)
        self._fuse.burn()


class CrashingDatabase(Database):
    """One process's connection to the real database."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, name)
        self.fuse = Fuse()

    def documents(self, collection: str) -> Documents:
        return CrashingDocuments(self._db[collection], self._looks[collection], self.fuse)
