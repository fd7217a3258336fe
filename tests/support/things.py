"""A collection of things, for tests of documents and of the outbox."""

from __future__ import annotations

from shared.runtime.mongo import Database, Document, Documents


async def documents(database: Database) -> Documents:
    """A collection with a unique and an indexed field."""
    made = database.documents("things")
    await made.prepare(unique=["slot"], indexed=["kind"])
    return made


def thing(name: str, **fields: object) -> Document:
    """A document of that collection with nothing unsent."""
    return {"_id": name, "slot": name, "unsent": [], **fields}
