"""The mailbox books, one document a province, and the addresses that the deliveries show to bounce."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from services.notify.mailboxes.book import MailboxBook
from services.notify.mailboxes.bounces import BOUNCES, Bounced, Failure, bounced
from shared.runtime.mongo import Database, Document


class MailboxBooks:
    """Reads and writes books; each write is a compare-and-set on the book's version."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("mailboxes")

    async def prepare(self) -> None:
        """Create the collection's indexes; it needs none but the id."""
        await self._documents.prepare(pending=False)

    async def load(self, province: str) -> MailboxBook:
        """A province's book; the empty one at version 0 before its first write."""
        doc = await self._documents.get(province)
        return _book(doc) if doc else MailboxBook(province=province)

    async def version(self, province: str) -> int:
        """The version of a province's book, without reading the book."""
        docs = await self._documents.get_many([province], only=["rev"])
        return int(docs[province]["rev"]) if province in docs else 0

    async def replace(self, book: MailboxBook) -> MailboxBook:
        """Write a book over the version it names, and return it at its new one.

        Raises ``VersionConflict`` if the book was replaced in between.
        """
        entries = [entry.model_dump(mode="json") for entry in book.mailboxes]
        doc: Document = {"_id": book.province, "rev": book.version, "unsent": [], "mailboxes": entries}
        await self._documents.save(doc)
        return _book(doc)


class Bounces:
    """Reads from the deliveries which addresses bounce; it writes nothing."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database.documents("deliveries")

    async def prepare(self) -> None:
        """Create the index by which the last mail to an address is looked up."""
        await self._deliveries.prepare(indexed=["mailbox"], pending=False)

    async def addresses(self) -> list[Bounced]:
        """The addresses that bounce, by address; see ``bounces``."""
        failures = defaultdict[tuple[str, str], list[Failure]](list)
        for doc in await self._deliveries.find({"state": "failed"}, only=_FIELDS):
            failure = Failure(doc["next_attempt"], doc.get("last_error") or "")
            failures[doc["mailbox"], doc["channel"]].append(failure)
        bouncing = list[Bounced]()
        for (mailbox, channel), failed in sorted(failures.items()):
            if len(failed) < BOUNCES:
                continue
            where = {"state": "sent", "channel": channel, "mailbox": mailbox}
            sent = await self._deliveries.find(where, sort="-next_attempt", limit=1, only=_FIELDS)
            last_sent = sent[0]["next_attempt"] if sent else None
            if (bounces := bounced(mailbox, channel, failed, last_sent)) is not None:
                bouncing.append(bounces)
        return bouncing


_FIELDS: Final = ("mailbox", "channel", "next_attempt", "last_error")


def _book(doc: Document) -> MailboxBook:
    return MailboxBook.model_validate({"province": doc["_id"], "version": doc["rev"], "mailboxes": doc["mailboxes"]})
