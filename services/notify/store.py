"""notify's database: an account document for each plan and recipient, and a delivery document for each notice's way.

An account holds duties, notices, ``unsent`` (the events of notices still to be published) and ``undelivered`` (the
notices whose delivery documents are still to be made). A new notice enters all of them in one write. Once its event is
published its delivery documents are made, where they are not there yet, and its name is cleared; so a crash at any
point loses nothing and doubles nothing, and nothing is delivered before its audit entry.
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
"""How release 0.1.0 noted in ``unsent`` a mail that had still to leave."""


class Accounts:
    """Reads and writes accounts; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("accounts")
        self.published = PublishedDocuments(self._documents, stored_account)

    async def prepare(self) -> None:
        """Create the indexes, and take over the mails the last release left unsent. Raises ``VersionConflict``."""
        await self._documents.prepare(indexed=["extended", "has_undelivered"])
        await self.adopt_unsent_mails()

    async def load(self, account_id: str) -> StoredAccount:
        """An account, empty before its first write."""
        doc = await self._documents.get(account_id)
        return stored_account(doc) if doc else StoredAccount(account_id, 0, Account())

    async def all(self) -> list[Account]:
        """Every account."""
        return [Account.model_validate(doc["account"]) for doc in await self._documents.find(sort="_id")]

    async def extended(self) -> dict[str, dict[str, tuple[date, datetime]]]:
        """Of every account that was granted more time: until when and at what instant, by duty."""
        docs = await self._documents.find({"extended": True})
        return {doc["_id"]: Account.model_validate(doc["account"]).extended for doc in docs}

    async def save(self, account: Account, stored: StoredAccount) -> None:
        """Write an account over the one that was read, if it changed; its new notices are pending.

        Raises ``VersionConflict``.
        """
        if account == stored.account:
            return
        new = [notice for notice in account.notices if notice not in stored.account.notices]
        await self._documents.save(
            {
                "_id": stored.id,
                "rev": stored.revision,
                "account": account.model_dump(mode="json"),
                "extended": bool(account.extended),
                "unsent": [*stored.unsent, *(f"{EVENT}{n}" for n in new)],
                **_undelivered([*stored.undelivered, *new]),
            }
        )

    async def adopt_unsent_mails(self) -> None:
        """Turn what release 0.1.0 noted as mails into notices to be delivered. Raises ``VersionConflict``."""
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
        """The accounts that have notices without delivery documents, and nothing left to be published."""
        ready = {"has_undelivered": True, "pending": False}
        return [doc["_id"] for doc in await self._documents.find(ready, sort="_id", only=["_id"])]

    async def count_undelivered(self) -> int:
        """How many accounts have notices without delivery documents."""
        return await self._documents.count({"has_undelivered": True})

    async def hand_over(self, account_id: str, make: Callable[[Notice], Awaitable[None]]) -> None:
        """Have the delivery documents of an account's notices made, then forget that they were still to be made.

        ``make`` may be called again for the same notice. Raises ``VersionConflict`` if the account has changed; it
        is then handed over again at the next look.
        """
        doc = await self._documents.get(account_id)
        if doc is None or doc["pending"]:
            return
        account = Account.model_validate(doc["account"])
        for notice_id in doc["undelivered"]:
            await make(account.notices[notice_id])
        await self._documents.save(doc | _undelivered([]))

    async def published_notice(self, account_id: str, notice_id: str) -> Notice | None:
        """A notice whose event is in the audit chain and published; None for any other."""
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
        """Write a new delivery; one that is there already stays as it is."""
        with suppress(VersionConflict):
            await self.save(delivery)

    async def save(self, delivery: Delivery) -> Delivery:
        """Write a delivery over the revision it was read at; returns it at its new revision.

        Raises ``VersionConflict``.
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
        """What can be attempted at ``now`` (the machine's clock) and nobody has leased, the longest waiting first.

        Leaves out the mailboxes ``without``.
        """
        free = [{"lease": None}, {"lease.until": {"$lte": now}}]
        where = {**_doable(channels, now), "mailbox": {"$nin": list(without)}, "$or": free}
        docs = await self._documents.find(where, sort=["next_attempt", "_id"], limit=limit)
        return [Delivery.model_validate(doc) for doc in docs]

    async def count_doable(self, channels: Collection[str], now: datetime) -> int:
        """How many can be attempted at ``now`` (the machine's clock), or are being attempted."""
        return await self._documents.count(_doable(channels, now))


def stored_account(doc: Document) -> StoredAccount:
    """The account in a stored document. A document of release 0.1.0 may lack ``undelivered``."""
    account = Account.model_validate(doc["account"])
    return StoredAccount(doc["_id"], doc["rev"], account, tuple(doc["unsent"]), tuple(doc.get("undelivered", ())))


def _undelivered(notices: Iterable[str]) -> Document:
    """The fields that name the notices to be handed over; ``has_undelivered`` mirrors them for an index."""
    names = list(dict.fromkeys(notices))
    return {"undelivered": names, "has_undelivered": bool(names)}


def _doable(channels: Collection[str], now: datetime) -> Document:
    return {"state": "waiting", "channel": {"$in": list(channels)}, "next_attempt": {"$lte": now}}
