"""notify's notices and contacts in the database, one document each, and the notices that older releases left.

A new notice is written with the name of its event in ``unsent``. Once the event is published, the notice's delivery
documents are created and ``undelivered`` is cleared. So a crash at any point neither loses nor duplicates a delivery,
and no notice is delivered before its audit entry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import partial
from typing import Final

from services.notify.state import Account, KeptNotice, StoredContact, StoredNotice
from shared.contracts.notify import Contact, Notice
from shared.runtime.looks import COUNTED_SECONDS, SEEN_SECONDS
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.publishing import PublishedDocuments

SENT: Final = "notice.sent"
WITHHELD: Final = "notice.withheld"
NOTED: Final = "contact.noted"

UNDELIVERED_AT_ONCE: Final = 1000
"""Notices read at once; their texts are large, and a morning may have thousands."""

AT_ONCE: Final = 100
"""Notices written at once at most, so that a slow database answers in time."""

_EVENT: Final = "event:"
"""The prefix of a name in an account's ``unsent`` by which 0.2.0 marked a notice whose event was to be published."""
_MAIL: Final = "mail:"
"""The prefix by which 0.1.0 marked a mail still to be sent."""


class Notices:
    """Reads and writes notices; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("notices")
        self._none_published, self._none = self._documents.looks.last_look(), self._documents.looks.last_look()
        self._accounts = database.documents("accounts")
        self.published = PublishedDocuments(self._documents, stored_notice)

    async def prepare(self) -> None:
        """Create the indexes, and take over the notices that 0.2.0 kept in accounts. Raises ``VersionConflict``."""
        await self._documents.prepare(indexed=["state", "undelivered"])
        for doc in await self._accounts.find(only=["account.notices"]):
            if doc.get("account", {}).get("notices"):
                await self._take_over(doc["_id"])

    async def take_over(self) -> None:
        """Move what earlier releases left to be published or delivered out of the accounts. Raises ``VersionConflict``.

        A process of such a release may still be running and add some, so this is repeated.
        """
        for left in ({"pending": True}, {"has_undelivered": True}):
            for doc in await self._accounts.find(left, only=["_id"]):
                await self._take_over(doc["_id"])

    async def _take_over(self, account_id: str) -> None:
        doc = await self._accounts.get(account_id)
        assert doc is not None  # accounts are never removed
        account, unsent = Account.model_validate(doc["account"]), set(doc["unsent"])
        for notice in account.notices.values():
            event = [SENT] if f"{_EVENT}{notice.id}" in unsent else []
            undelivered = notice.id in doc.get("undelivered", ()) or f"{_MAIL}{notice.id}" in unsent
            with suppress(VersionConflict):
                await self._documents.insert(_document(KeptNotice(notice=notice), event, undelivered))
        doc["account"] = account.model_copy(update={"notices": {}}).model_dump(mode="json")
        doc["unsent"] = []
        doc.pop("undelivered", None)
        doc.pop("has_undelivered", None)
        await self._accounts.save(doc)

    async def load(self, notice_id: str) -> StoredNotice | None:
        """The notice with this id, or None."""
        doc = await self._documents.get(notice_id)
        return stored_notice(doc) if doc else None

    async def load_many(self, ids: Collection[str]) -> dict[str, Notice]:
        """The notices that exist among the ids, by id."""
        docs = await self._documents.get_many(ids)
        return {name: stored_notice(doc).kept.notice for name, doc in docs.items()}

    async def all(self) -> list[StoredNotice]:
        """Every notice."""
        return [stored_notice(doc) for doc in await self._documents.find(sort="_id")]

    async def drafted(self) -> list[StoredNotice]:
        """The notices that wait for a person."""
        return [stored_notice(doc) for doc in await self._documents.find({"state": "drafted"}, sort="_id")]

    async def add(self, notices: Iterable[KeptNotice]) -> None:
        """Write new notices, and have the released ones published and delivered.

        Raises ``VersionConflict`` if one exists; the others may have been written.
        """
        new = [_new(kept) for kept in notices]
        for start in range(0, len(new), AT_ONCE):
            await self._documents.save_all(new[start : start + AT_ONCE])

    async def add_once(self, kept: KeptNotice) -> None:
        """Write a notice as ``add`` does; if it exists already, nothing changes."""
        with suppress(VersionConflict):
            await self._documents.insert(_new(kept))

    async def save(self, kept: KeptNotice, stored: StoredNotice) -> None:
        """Write the next state of a notice over the one that was read, and have its event published.

        Raises ``VersionConflict`` if the document was written in between.
        """
        await self._documents.save(_new(kept) | {"rev": stored.revision})

    async def undelivered(self, after: str = "") -> list[Notice]:
        """Published notices that lack delivery documents, by id: at most ``UNDELIVERED_AT_ONCE`` after an id.

        Those that another process has just written may be missing for a second.
        """
        where = {"undelivered": True, "pending": False, "_id": {"$gt": after}}
        query = partial(self._documents.find, where, sort="_id", limit=UNDELIVERED_AT_ONCE)
        docs = await query() if after else await self._none_published.find(SEEN_SECONDS, query, list[Document]())
        return [stored_notice(doc).kept.notice for doc in docs]

    async def count_undelivered(self) -> int:
        """The number of notices that lack delivery documents; another process's may be counted two seconds late."""
        return await self._none.find(COUNTED_SECONDS, partial(self._documents.count, {"undelivered": True}), 0)

    async def handed_over(self, notice_ids: Collection[str]) -> None:
        """Note that notices have their delivery documents.

        Raises ``VersionConflict`` if one was written in between; the others may have been noted.
        """
        docs = (await self._documents.get_many(notice_ids)).values()
        await self._documents.save_all([{**doc, "undelivered": False} for doc in docs if doc["undelivered"]])


class Contacts:
    """Reads and writes contacts, which never change."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("contacts")
        self.published = PublishedDocuments(self._documents, _stored_contact)

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare()

    async def add_once(self, contact: Contact) -> None:
        """Write a contact and have it published; if it exists already, nothing changes."""
        with suppress(VersionConflict):
            await self._documents.insert(
                {"_id": contact.id, "contact": contact.model_dump(mode="json"), "unsent": [NOTED]}
            )

    async def all(self) -> list[Contact]:
        """Every contact."""
        return [_stored_contact(doc).contact for doc in await self._documents.find(sort="_id")]


def stored_notice(doc: Document) -> StoredNotice:
    """The notice in a stored document."""
    return StoredNotice(doc["_id"], doc["rev"], KeptNotice.model_validate(doc), tuple(doc["unsent"]))


def _stored_contact(doc: Document) -> StoredContact:
    return StoredContact(Contact.model_validate(doc["contact"]), tuple(doc["unsent"]))


def events_of(kept: KeptNotice) -> list[str]:
    """The names of the events that a notice in this state has."""
    return {"released": [SENT], "withheld": [WITHHELD]}.get(kept.state, [])


def _new(kept: KeptNotice) -> Document:
    return _document(kept, events_of(kept), kept.state == "released")


def _document(kept: KeptNotice, unsent: list[str], undelivered: bool) -> Document:
    doc: Document = kept.model_dump(mode="json")
    return {"_id": kept.notice.id, "rev": 0, **doc, "unsent": unsent, "undelivered": undelivered}
