"""notify's database of sittings: what council published about each session, and the messages to its members.

A new message is written with the name of its event in ``unsent``, as a notice is: once the event is published its
delivery documents are created and ``undelivered`` is cleared. A message is never written twice, because its id follows
from those before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.notify.notice_store import UNDELIVERED_AT_ONCE
from services.notify.sittings import Session
from shared.contracts.invitations import Invitation
from shared.runtime.looks import COUNTED_SECONDS, SEEN_SECONDS
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.publishing import PublishedDocuments

INVITED: Final = "invitation.sent"


@dataclass(frozen=True, slots=True)
class StoredInvitation:
    """A message as it was read; ``unsent`` names the event about it while that is still to be published."""

    invitation: Invitation
    unsent: Sequence[str] = ()


class Sessions:
    """Reads and writes sessions; each write is a compare-and-set."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("sessions")

    async def prepare(self) -> None:
        """Create the collection's indexes; it needs none but the id."""
        await self._documents.prepare(pending=False)

    async def learn(self, session: Session) -> None:
        """Store the newest state of a session; an older one, and one that tells members nothing new, changes nothing.

        Raises ``VersionConflict`` if the document was written in between.
        """
        doc = await self._documents.get(session.key)
        stored = _session(doc) if doc else None
        if stored is not None and (stored.version >= session.version or stored.is_equal_for_members(session)):
            return
        rev = doc["rev"] if doc else 0
        await self._documents.save({"_id": session.key, "rev": rev, "unsent": [], **session.model_dump(mode="json")})

    async def all(self) -> list[Session]:
        """Every session, by key."""
        return [_session(doc) for doc in await self._documents.find(sort="_id")]


class Invitations:
    """Reads and writes the messages to members, which never change."""

    def __init__(self, database: Database) -> None:
        self._documents = database.documents("invitations")
        self._none_published, self._none = self._documents.looks.last_look(), self._documents.looks.last_look()
        self.published = PublishedDocuments(self._documents, stored_invitation)

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["about", "undelivered"])

    async def add_once(self, invitations: Iterable[Invitation]) -> None:
        """Write new messages, and have them published and delivered; one that exists already does not change."""
        for invitation in invitations:
            with suppress(VersionConflict):
                await self._documents.insert(_document(invitation))

    async def load(self, invitation_id: str) -> StoredInvitation | None:
        """The message with this id, or None."""
        doc = await self._documents.get(invitation_id)
        return stored_invitation(doc) if doc else None

    async def notified(self, session_key: str) -> Mapping[str, list[Invitation]]:
        """The messages about a session by member, oldest first."""
        docs = await self._documents.find({"about": session_key})
        by_member = defaultdict[str, list[Invitation]](list)
        for invitation in sorted((stored_invitation(doc).invitation for doc in docs), key=lambda one: len(one.follows)):
            by_member[invitation.member].append(invitation)
        return by_member

    async def all(self) -> list[Invitation]:
        """Every message, by the instant it was sent."""
        docs = await self._documents.find()
        return sorted((stored_invitation(doc).invitation for doc in docs), key=lambda one: (one.sent_at, one.member))

    async def undelivered(self, after: str = "") -> list[Invitation]:
        """Published messages that lack delivery documents, by id: at most ``UNDELIVERED_AT_ONCE`` after an id.

        Those that another process has just written may be missing for a second.
        """
        where = {"undelivered": True, "pending": False, "_id": {"$gt": after}}
        query = partial(self._documents.find, where, sort="_id", limit=UNDELIVERED_AT_ONCE)
        docs = await query() if after else await self._none_published.find(SEEN_SECONDS, query, list[Document]())
        return [stored_invitation(doc).invitation for doc in docs]

    async def count_undelivered(self) -> int:
        """The number of messages that lack delivery documents; another process's may be counted two seconds late."""
        return await self._none.find(COUNTED_SECONDS, partial(self._documents.count, {"undelivered": True}), 0)

    async def handed_over(self, ids: Collection[str]) -> None:
        """Note that messages have their delivery documents. Raises ``VersionConflict`` as ``Notices`` does."""
        docs = (await self._documents.get_many(ids)).values()
        await self._documents.save_all([{**doc, "undelivered": False} for doc in docs if doc["undelivered"]])


def stored_invitation(doc: Document) -> StoredInvitation:
    """The message in a stored document."""
    return StoredInvitation(Invitation.model_validate(doc["invitation"]), tuple(doc["unsent"]))


def _document(invitation: Invitation) -> Document:
    return {
        "_id": invitation.id,
        "rev": 0,
        "about": f"{invitation.plan.province}/{invitation.plan.id}/{invitation.session}",
        "invitation": invitation.model_dump(mode="json"),
        "unsent": [INVITED],
        "undelivered": True,
    }


def _session(doc: Document) -> Session:
    return Session.model_validate(doc)
