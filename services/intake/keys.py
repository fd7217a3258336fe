"""API keys: shown once, kept as digests."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from shared.runtime.mongo import Database


def digest(key: str) -> str:
    """SHA-256 of a key; keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeys:
    """The keys agencies' systems come in with."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("api_keys")

    async def issue(self, agency: str, now: datetime) -> str:
        """A new key for an agency. This is the only time it is seen."""
        key = secrets.token_urlsafe(32)
        await self._documents.insert({"_id": digest(key), "agency": agency, "issued_at": now})
        return key

    async def agency_of(self, key: str) -> str | None:
        """Whose key it is, or None."""
        doc = await self._documents.get(digest(key))
        return str(doc["agency"]) if doc else None
