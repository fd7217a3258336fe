"""API keys, stored as digests. One document per agency, so that its keys are counted and written together."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from services.intake.access.key_policy import Key, new_key, with_another, without
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database, VersionConflict
from shared.runtime.request_batcher import RequestBatcher
from shared.wording.formats import gio_ngay

_MAX_BATCH = 64


def digest(key: str) -> str:
    """SHA-256 of a key; keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


async def keys_by_agency(database: Database) -> dict[str, list[Key]]:
    """The keys of every agency that was ever issued one, by its code and in order of codes; expired ones included."""
    docs = await database.documents("api_keys").find(sort="_id")
    return {str(doc["_id"]): _keys(doc["keys"]) for doc in docs}


class ApiKeys:
    """The API keys of agencies' systems, each valid for ``days`` days."""

    def __init__(self, database: Database, days: int) -> None:
        self._documents = database.documents("api_keys")
        self._days = days
        self._find_holder = RequestBatcher(self._holders, _MAX_BATCH, TRANSIENT_DATABASE_ERRORS)

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["keys.digest"])

    async def issue(self, agency: str, issued_by: str, now: datetime) -> tuple[str, Key]:
        """A new key for an agency and what is stored of it. The key itself is available here only.

        Raises ``TooManyKeys`` if the agency has as many as it may.
        """
        secret = secrets.token_urlsafe(32)
        new = new_key(digest(secret), issued_by, self._days, now)
        await self._change(agency, lambda keys: with_another(keys, new, now))
        return secret, new

    async def revoke(self, agency: str, key_id: str) -> bool:
        """Remove a key, which is unknown from then on. False if the agency has none of that id."""
        return await self._change(agency, lambda keys: without(keys, key_id))

    async def of_agency(self, agency: str) -> list[Key]:
        """An agency's keys, oldest first, expired ones included."""
        doc = await self._documents.get(agency)
        return _keys(doc["keys"]) if doc else []

    async def agency(self, secret: str, now: datetime) -> str:
        """The agency that holds a key. Raises ``Refusal`` with 401 if the key is unknown or has expired."""
        agency, key = await self._find_holder(digest(secret))
        if key is None:
            raise Refusal(401, "unknown_key", "Khóa truy cập không đúng.")
        if not key.is_live(now):
            ended = gio_ngay(key.expires_at)
            detail = f"Khóa truy cập {key.id} đã hết hạn từ {ended}; hãy xin người vận hành cấp khóa mới."
            raise Refusal(401, "key_expired", detail)
        return agency

    async def _holders(self, digests: Sequence[str]) -> list[tuple[str, Key | None] | Exception | None]:
        """The agency and key of each digest; an empty code and None for an unknown one."""
        docs = await self._documents.find({"keys.digest": {"$in": list(set(digests))}})
        holders = {key.digest: (str(doc["_id"]), key) for doc in docs for key in _keys(doc["keys"])}
        return [holders.get(key_digest, ("", None)) for key_digest in digests]

    async def _change(self, agency: str, decide: Callable[[Sequence[Key]], list[Key] | None]) -> bool:
        """Write the keys that ``decide`` returns, deciding again after a conflict. False if it returns None."""
        while True:
            doc = await self._documents.get(agency) or {"_id": agency, "keys": [], "unsent": []}
            decided = decide(_keys(doc["keys"]))
            if decided is None:
                return False
            try:
                await self._documents.save({**doc, "keys": [asdict(key) for key in decided]})
                return True
            except VersionConflict:
                continue


def _keys(stored: Sequence[dict[str, object]]) -> list[Key]:
    return [Key(**fields) for fields in stored]  # type: ignore[arg-type]
