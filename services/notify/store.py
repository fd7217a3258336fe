"""notify's database: a document for each plan and account, and one for each delivery of a notice through a channel.

The notices themselves are in ``notice_store``. A reminder's notice is written before the states of its duties, and a
notice of a day is never written twice, so a crash at any point neither loses nor duplicates a reminder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, datetime

from services.notify.state import Account, Delivery, Stand, StoredAccount
from shared.runtime.looks import COUNTED_SECONDS, SEEN_SECONDS
from shared.runtime.mongo import Database, Document, VersionConflict


class Accounts:
    """Reads and writes accounts; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("accounts")

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["extended"], pending=False)

    async def load(self, account_id: str) -> StoredAccount:
        """The account with this id (``<province>/<plan>/<account>``); empty before its first write."""
        doc = await self._documents.get(account_id)
        return stored_account(doc) if doc else StoredAccount(account_id, 0, Account())

    async def load_many(self, account_ids: Collection[str]) -> list[StoredAccount]:
        """The accounts with these ids, in one round trip; as ``load`` has them."""
        docs = await self._documents.get_many(account_ids)
        return [
            stored_account(docs[name]) if name in docs else StoredAccount(name, 0, Account()) for name in account_ids
        ]

    async def stands(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Stand]:
        """The states of duties by account id and duty, in one round trip."""
        stored = await self.load_many({account_id for account_id, _ in keys})
        accounts = {one.id: one.account for one in stored}
        return {(account_id, duty): accounts[account_id].stand(duty) for account_id, duty in keys}

    async def all(self) -> list[StoredAccount]:
        """Every account."""
        return [stored_account(doc) for doc in await self._documents.find(sort="_id")]

    async def extended(self) -> dict[str, dict[str, tuple[date, datetime]]]:
        """The granted extensions by account id and duty: the last local day, and the instant of the grant."""
        docs = await self._documents.find({"extended": True})
        return {doc["_id"]: stored_account(doc).account.extended for doc in docs}

    async def save(self, account: Account, stored: StoredAccount) -> None:
        """Write an account, if it changed, over the one that was read.

        Raises ``VersionConflict`` if the document was written in between.
        """
        if account != stored.account:
            await self._documents.save(_document(account, stored))

    async def save_many(self, accounts: Iterable[tuple[Account, StoredAccount]]) -> None:
        """Write accounts as ``save`` does, in one round trip.

        Raises ``VersionConflict`` if one of the documents was written in between; the others may have been written.
        """
        await self._documents.save_all(
            [_document(account, stored) for account, stored in accounts if account != stored.account]
        )


class Deliveries:
    """Reads and writes deliveries; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("deliveries")
        self._none_waiting = self._documents.looks.last_look()

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["state"], pending=False)

    async def make(self, deliveries: Iterable[Delivery]) -> None:
        """Write new deliveries; those that exist already do not change."""
        with suppress(VersionConflict):
            await self._documents.save_all([_delivery_document(delivery) for delivery in deliveries])

    async def save(self, delivery: Delivery) -> Delivery:
        """Write a delivery over the revision that was read, and return it at its new revision.

        Raises ``VersionConflict`` if the document was written in between.
        """
        doc = _delivery_document(delivery)
        await self._documents.save(doc)
        return delivery.model_copy(update={"rev": doc["rev"]})

    async def all(self) -> list[Delivery]:
        """Every delivery."""
        return [Delivery.model_validate(doc) for doc in await self._documents.find(sort="_id")]

    async def due(
        self, channels: Collection[str], now: datetime, *, without: Iterable[str], limit: int
    ) -> list[Delivery]:
        """At most ``limit`` deliveries that can be attempted at ``now`` (the machine's clock), oldest first.

        Leased deliveries and those to the mailboxes in ``without`` are left out. Those that another process has just
        written may be missing for a second.
        """
        if self._none_waiting.nothing_since(SEEN_SECONDS):
            return []
        free = [{"lease": None}, {"lease.until": {"$lte": now}}]
        where = {**_doable(channels, now), "mailbox": {"$nin": list(without)}, "$or": free}
        docs = await self._documents.find(where, sort=["next_attempt", "_id"], limit=limit)
        return [Delivery.model_validate(doc) for doc in docs]

    async def count_waiting(self, now: datetime) -> int:
        """The number of deliveries whose next attempt is due at ``now`` (the machine's clock), through any channel."""
        return await self._documents.count({"state": "waiting", "next_attempt": {"$lte": now}})

    async def count_doable(self, channels: Collection[str], now: datetime) -> int:
        """The number of deliveries that can be attempted at ``now`` (the machine's clock) or are being attempted.

        Those that another process has just written may be counted two seconds late.
        """
        if self._none_waiting.nothing_since(COUNTED_SECONDS):
            return 0
        began = self._none_waiting.begin()
        doable = await self._documents.count(_doable(channels, now))
        if not doable and not await self._documents.count({"state": "waiting"}):
            self._none_waiting.found_nothing(began)
        return doable


def _delivery_document(delivery: Delivery) -> Document:
    return {"_id": delivery.id, "unsent": [], **delivery.model_dump()}


def stored_account(doc: Document) -> StoredAccount:
    """The account in a stored document."""
    return StoredAccount(doc["_id"], doc["rev"], Account.model_validate(doc["account"]))


def _document(account: Account, stored: StoredAccount) -> Document:
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "account": account.model_dump(mode="json"),
        "extended": bool(account.extended),
        "unsent": [],
    }


def _doable(channels: Collection[str], now: datetime) -> Document:
    return {"state": "waiting", "channel": {"$in": list(channels)}, "next_attempt": {"$lte": now}}
