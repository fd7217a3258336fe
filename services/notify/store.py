"""notify's database: a document for each plan and account, and one for each delivery of a notice through a channel.

An account's document holds its duties and notices, ``unsent`` (the events still to be published) and ``undelivered``
(the notices whose delivery documents are still to be created). One write adds a new notice to all of these. Once the
notice's event is published, its missing delivery documents are created and its name leaves ``undelivered``. So a crash
at any point neither loses nor duplicates a delivery, and no notice is delivered before its audit entry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Final

from services.notify.state import Account, Delivery, StoredAccount
from shared.contracts.notify import Notice
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.publishing import PublishedDocuments

EVENT: Final = "event:"
MAIL: Final = "mail:"
"""The prefix of a name in ``unsent`` by which release 0.1.0 marked a mail still to be sent."""


class Accounts:
    """Reads and writes accounts; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("accounts")
        self.published = PublishedDocuments(self._documents, stored_account)

    async def prepare(self) -> None:
        """Create the indexes, and take over the mails that release 0.1.0 left unsent. Raises ``VersionConflict``."""
        await self._documents.prepare(indexed=["extended", "has_undelivered"])
        await self.adopt_unsent_mails()

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

    async def all(self) -> list[Account]:
        """Every account."""
        return [Account.model_validate(doc["account"]) for doc in await self._documents.find(sort="_id")]

    async def extended(self) -> dict[str, dict[str, tuple[date, datetime]]]:
        """The granted extensions by account id and duty: the last local day, and the instant of the grant."""
        docs = await self._documents.find({"extended": True})
        return {doc["_id"]: Account.model_validate(doc["account"]).extended for doc in docs}

    async def save(self, account: Account, stored: StoredAccount) -> None:
        """Write an account, if it changed, over the one that was read, and have its new notices published.

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

    async def adopt_unsent_mails(self) -> None:
        """Turn the mails that release 0.1.0 left unsent into notices to be delivered. Raises ``VersionConflict``."""
        for stub in await self._documents.find({"pending": True}, only=["unsent"]):
            if not any(what.startswith(MAIL) for what in stub["unsent"]):
                continue
            doc = await self._documents.get(stub["_id"])
            assert doc is not None  # accounts are never removed
            mails = [what.removeprefix(MAIL) for what in doc["unsent"] if what.startswith(MAIL)]
            doc["unsent"] = [what for what in doc["unsent"] if not what.startswith(MAIL)]
            doc |= _undelivered([*doc.get("undelivered", ()), *mails])
            await self._documents.save(doc)

    async def undelivered(self) -> list[str]:
        """The ids of accounts with notices that lack delivery documents, and with nothing left to publish."""
        ready = {"has_undelivered": True, "pending": False}
        return [doc["_id"] for doc in await self._documents.find(ready, sort="_id", only=["_id"])]

    async def count_undelivered(self) -> int:
        """The number of accounts with notices that lack delivery documents."""
        return await self._documents.count({"has_undelivered": True})

    async def hand_over(self, account_id: str, make: Callable[[Notice], Awaitable[None]]) -> None:
        """Call ``make`` to create the delivery documents of each undelivered notice, then clear ``undelivered``.

        ``make`` may be called again for the same notice. Raises ``VersionConflict`` if the account was written in
        between; the worker then hands it over again at its next look.
        """
        doc = await self._documents.get(account_id)
        if doc is None or doc["pending"]:
            return
        account = Account.model_validate(doc["account"])
        for notice_id in doc["undelivered"]:
            await make(account.notices[notice_id])
        await self._documents.save(doc | _undelivered([]))

    async def published_notice(self, account_id: str, notice_id: str) -> Notice | None:
        """The notice, if its event is in the audit chain and published; otherwise None."""
        stored = await self.load(account_id)
        return None if f"{EVENT}{notice_id}" in stored.unsent else stored.account.notices.get(notice_id)


class Deliveries:
    """Reads and writes deliveries; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("deliveries")

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["state"], pending=False)

    async def make(self, delivery: Delivery) -> None:
        """Write a new delivery; if it exists already, nothing changes."""
        with suppress(VersionConflict):
            await self.save(delivery)

    async def save(self, delivery: Delivery) -> Delivery:
        """Write a delivery over the revision that was read, and return it at its new revision.

        Raises ``VersionConflict`` if the document was written in between.
        """
        doc = {"_id": delivery.id, "unsent": [], **delivery.model_dump()}
        await self._documents.save(doc)
        return delivery.model_copy(update={"rev": doc["rev"]})

    async def all(self) -> list[Delivery]:
        """Every delivery."""
        return [Delivery.model_validate(doc) for doc in await self._documents.find(sort="_id")]

    async def due(
        self, channels: Collection[str], now: datetime, *, without: Iterable[str], limit: int
    ) -> list[Delivery]:
        """At most ``limit`` deliveries that can be attempted at ``now`` (the machine's clock), oldest first.

        Leased deliveries and those to the mailboxes in ``without`` are left out.
        """
        free = [{"lease": None}, {"lease.until": {"$lte": now}}]
        where = {**_doable(channels, now), "mailbox": {"$nin": list(without)}, "$or": free}
        docs = await self._documents.find(where, sort=["next_attempt", "_id"], limit=limit)
        return [Delivery.model_validate(doc) for doc in docs]

    async def count_doable(self, channels: Collection[str], now: datetime) -> int:
        """The number of deliveries that can be attempted at ``now`` (the machine's clock) or are being attempted."""
        return await self._documents.count(_doable(channels, now))


def stored_account(doc: Document) -> StoredAccount:
    """The account in a stored document. A document of release 0.1.0 may lack ``undelivered``."""
    account = Account.model_validate(doc["account"])
    return StoredAccount(doc["_id"], doc["rev"], account, tuple(doc["unsent"]), tuple(doc.get("undelivered", ())))


def _document(account: Account, stored: StoredAccount) -> Document:
    """The document of an account, over the one that was read, with its new notices to be published and delivered."""
    new = [notice for notice in account.notices if notice not in stored.account.notices]
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "account": account.model_dump(mode="json"),
        "extended": bool(account.extended),
        "unsent": [*stored.unsent, *(f"{EVENT}{n}" for n in new)],
        **_undelivered([*stored.undelivered, *new]),
    }


def _undelivered(notices: Iterable[str]) -> Document:
    """The fields of an account's document that name its undelivered notices; an index uses ``has_undelivered``."""
    names = list(dict.fromkeys(notices))
    return {"undelivered": names, "has_undelivered": bool(names)}


def _doable(channels: Collection[str], now: datetime) -> Document:
    return {"state": "waiting", "channel": {"$in": list(channels)}, "next_attempt": {"$lte": now}}
