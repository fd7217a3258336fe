"""API keys: shown once, kept as digests, one document an agency, so that its keys are counted and written as one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from services.intake.access.key_policy import Key, made, with_another, without
from shared.contracts.model import local
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database, VersionConflict
from shared.runtime.request_batcher import RequestBatcher

_AT_ONCE = 64


def digest(key: str) -> str:
    """SHA-256 of a key; keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeys:
    """The keys agencies' systems come in with, each good for ``days`` days."""

    def __init__(self, database: Database, days: int) -> None:
        self._documents = database.documents("api_keys")
        self._days = days
        self._holder = RequestBatcher(self._holders, _AT_ONCE, TRANSIENT_DATABASE_ERRORS)

    async def prepare(self) -> None:
        """Create the index keys are found by."""
        await self._documents.prepare(indexed=["keys.digest"])

    async def issue(self, agency: str, issued_by: str, now: datetime) -> tuple[str, Key]:
        """A new key for an agency, and what is kept of it. This is the only time the key itself is seen.

        Raises ``TooManyKeys`` where the agency has as many as it may have.
        """
        key = secrets.token_urlsafe(32)
        new = made(digest(key), issued_by, self._days, now)
        await self._change(agency, lambda keys: with_another(keys, new, now))
        return key, new

    async def revoke(self, agency: str, key_id: str) -> bool:
        """Withdraw a key: from now on it is unknown. False where the agency has none of that id."""
        return await self._change(agency, lambda keys: without(keys, key_id))

    async def of_agency(self, agency: str) -> list[Key]:
        """An agency's keys, oldest first, with those that have expired."""
        doc = await self._documents.get(agency)
        return _keys(doc["keys"]) if doc else []

    async def agency(self, key: str, now: datetime) -> str:
        """Whose key it is. Raises ``Refusal`` with 401 where it is nobody's, or has expired."""
        agency, known = await self._holder(digest(key))
        if known is None:
            raise Refusal(401, "unknown_key", "Khóa truy cập không đúng.")
        if not known.is_live(now):
            ended = f"{local(known.expires_at):%H:%M ngày %d/%m/%Y}"
            detail = f"Khóa truy cập {known.id} đã hết hạn từ {ended}; hãy xin người vận hành cấp khóa mới."
            raise Refusal(401, "key_expired", detail)
        return agency

    async def _holders(self, digests: Sequence[str]) -> list[tuple[str, Key | None] | Exception | None]:
        """Who holds each key, and the key; nobody and None where it is unknown."""
        docs = await self._documents.find({"keys.digest": {"$in": list(set(digests))}})
        holders = {key.digest: (str(doc["_id"]), key) for doc in docs for key in _keys(doc["keys"])}
        return [holders.get(each, ("", None)) for each in digests]

    async def _change(self, agency: str, decide: Callable[[Sequence[Key]], list[Key] | None]) -> bool:
        """Write what is decided of an agency's keys, decided anew where somebody wrote in between; None is nothing."""
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


def _keys(kept: Sequence[dict[str, object]]) -> list[Key]:
    return [Key(**each) for each in kept]  # type: ignore[arg-type]
