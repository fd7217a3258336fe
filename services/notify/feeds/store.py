"""The calendars people may subscribe to. Of a secret only its SHA-256 is stored, which is the document's id."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pydantic import AwareDatetime

from shared.contracts.model import Code, TolerantModel
from shared.runtime.mongo import Database, Document


class Feed(TolerantModel):
    """A calendar: an agency's, or the standing office's if ``agency`` is None. Instants are UTC.

    ``id`` names it to people; the secret cannot be derived from it.
    """

    id: str
    province: Code
    agency: Code | None = None
    created_at: AwareDatetime
    created_by: str
    withdrawn_at: AwareDatetime | None = None


class Feeds:
    """Reads and writes feeds."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("feeds")

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(unique=["id"], pending=False)

    async def add(self, secret: str, province: str, agency: str | None, by: str, at: datetime) -> Feed:
        """Store a new feed. Raises ``VersionConflict`` if another feed has its id."""
        digest = _digest(secret)
        feed = Feed(id=digest[:12], province=province, agency=agency, created_at=at, created_by=by)
        await self._documents.insert({"_id": digest, **feed.model_dump()})
        return feed

    async def of_secret(self, secret: str) -> Feed | None:
        """The feed that a secret opens; None if there is none, or it was withdrawn.

        The secret is looked up by its digest, so how long the answer takes tells nothing about another secret.
        """
        doc = await self._documents.get(_digest(secret))
        feed = Feed.model_validate(doc) if doc else None
        return feed if feed is not None and feed.withdrawn_at is None else None

    async def all(self) -> list[Feed]:
        """Every feed, oldest first, withdrawn ones included."""
        return [Feed.model_validate(doc) for doc in await self._documents.find(sort=["created_at", "id"])]

    async def live(self, feed_id: str) -> Feed | None:
        """The feed with this id; None if there is none, or it was withdrawn."""
        doc = await self._with_id(feed_id)
        return Feed.model_validate(doc) if doc else None

    async def withdraw(self, feed_id: str, at: datetime) -> None:
        """Withdraw a feed; nothing happens if it is not there any more.

        Raises ``VersionConflict`` if another process withdraws it too.
        """
        if (doc := await self._with_id(feed_id)) is not None:
            await self._documents.save({**doc, "withdrawn_at": at})

    async def _with_id(self, feed_id: str) -> Document | None:
        matching = await self._documents.find({"id": feed_id, "withdrawn_at": None}, limit=1)
        return matching[0] if matching else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
