"""Stores nominations, one document per top movement, and the names of nominated persons.

A document holds all nominations of a movement and of the movements within it, and is written by compare-and-set. If two
agencies compete for the last place of a quota, the second write fails with ``VersionConflict`` and is decided again,
with the first nomination present. Names of persons are stored separately and never published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Final
from uuid import uuid4

from services.intake.papers import Paper, identity_of
from shared.contracts.model import movement_key
from shared.contracts.nominations import Nomination
from shared.contracts.people import Person as NameReader
from shared.runtime.audit.trail import Audit
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.publishing import PublishedDocuments

MAX_REFUSALS = 200
"""The maximum number of refused nominations stored per nominator, so that endless requests cannot fill the document."""

Decide = Callable[[str, Sequence[Nomination]], Nomination]
"""Decides a nomination, given its id and the earlier ones; called again if another write came first."""


class OtherContent(Exception):
    """The same paper nominated the same subject for the same award with other content."""


@dataclass(frozen=True, slots=True)
class NominationIdentity:
    """What identifies a nomination: the paper, movement, award and nominee (A45). ``digest`` covers its content.

    ``ids`` are the ids it may have, in their order (``papers.ids_of``).
    """

    paper: Paper
    movement: str
    award: str
    subject: str
    digest: str
    ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key of the identity in stored documents."""
        return identity_of("nomination", self.paper, (self.movement, self.award, self.subject))


@dataclass(frozen=True, slots=True)
class MovementNominations:
    """A top movement's nominations as they are stored. ``key`` is ``<province>/<movement>``.

    Each is parsed when it is asked for: of thousands, few are published at a time.
    """

    key: str
    ids: Sequence[str]
    _stored: Document

    def nomination(self, nomination_id: str) -> Nomination:
        """A nomination. Raises ``KeyError`` for an unknown id."""
        return _nomination(self._stored, nomination_id)


@dataclass(frozen=True, slots=True)
class Person:
    """The person behind an id. ``born`` is None for a household; ``first_seen`` is aware."""

    id: str
    name: str
    born: date | None
    position: str | None
    first_seen: datetime


class NominationStore:
    """Every nomination ever made: accepted, refused or withdrawn."""

    def __init__(self, database: Database, province: str) -> None:
        self._documents = database.documents("nominations")
        self.published = PublishedDocuments(self._documents, _movement_nominations)
        self._province = province
        self._lock = asyncio.Lock()  # avoids retries within this process; the compare-and-set ensures correctness

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["ids"])

    async def add(self, movement: str, identity: NominationIdentity, note: str | None, decide: Decide) -> Nomination:
        """Decide a nomination of a top movement and store it; if it was sent before, return it as it is now.

        Refusals beyond ``MAX_REFUSALS`` per nominator are returned but not stored. Raises ``OtherContent`` if the
        identity has a nomination that was accepted with another content.
        """
        key, ids = movement_key(self._province, movement), identity.ids
        async with self._lock:
            others = await self._documents.find({"ids": {"$in": list(ids)}, "_id": {"$ne": key}}, only=["ids"])
            elsewhere = {used for doc in others for used in doc["ids"]}
            while True:
                doc = await self._documents.get(key) or {"_id": key, "ids": [], "nominations": {}, "unsent": []}
                nominations = doc["nominations"]
                for nomination_id in ids:
                    if nomination_id in nominations and nominations[nomination_id]["digest"] == identity.digest:
                        return _nomination(doc, nomination_id)
                if any(_is_accepted(doc, nomination_id, identity) for nomination_id in doc["ids"]):
                    raise OtherContent(identity.paper.label)
                nomination_id = next(free for free in ids if free not in nominations and free not in elsewhere)
                earlier = _nominations(doc)
                decided = decide(nomination_id, earlier)
                refused = sum(n.status == "refused" and n.nominator == decided.nominator for n in earlier)
                if decided.status == "refused" and refused >= MAX_REFUSALS:
                    return decided
                doc["ids"].append(nomination_id)
                doc["nominations"][nomination_id] = {"digest": identity.digest, "note": note, "identity": identity.key}
                if await self._save(doc, decided):
                    return decided

    async def update(
        self, nomination_id: str, nominator: str, change: Callable[[Nomination, Sequence[Nomination]], Nomination]
    ) -> Nomination | None:
        """Replace a nominator's nomination; None if the nominator has none with this id.

        ``change`` receives the nomination and all nominations of its top movement, and may be called again if another
        write came first.
        """
        async with self._lock:
            while True:
                for doc in await self._documents.find({"ids": nomination_id}):
                    present = _nomination(doc, nomination_id)
                    if present.nominator == nominator:
                        break
                else:
                    return None
                changed = change(present, _nominations(doc))
                if changed == present or await self._save(doc, changed):
                    return changed

    async def of_movement(self, movement: str) -> list[Nomination]:
        """All nominations of a top movement, in the order of the requests."""
        doc = await self._documents.get(movement_key(self._province, movement))
        return _nominations(doc) if doc else []

    async def of_nominator(self, nominator: str) -> list[Nomination]:
        """An agency's nominations in all movements, oldest first."""
        docs = await self._documents.find()
        own = [nomination for doc in docs for nomination in _nominations(doc) if nomination.nominator == nominator]
        return sorted(own, key=lambda nomination: nomination.at)

    async def _save(self, doc: Document, nomination: Nomination) -> bool:
        """Write a nomination into its document; false if another write came first."""
        doc["nominations"][nomination.id]["nomination"] = nomination.model_dump(mode="json")
        doc["unsent"] = [*(pending for pending in doc["unsent"] if pending != nomination.id), nomination.id]
        try:
            await self._documents.save(doc)
        except VersionConflict:
            return False
        return True


READ_NAMES: Final = "read names for a paper"
"""The verb of the audit chain for names that a paper of the council was made with."""


class Persons:
    """The names behind the published ids. Each look-up is recorded before a name is returned.

    ``secret`` is part of the ids. It is created once per database, and available after ``prepare``.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._audit = audit
        self._documents = database.documents("persons")
        self._accesses = database.documents("accesses")
        self._secrets = database.documents("secrets")
        self.secret = ""

    async def prepare(self) -> None:
        """Create the indexes, and the secret if there is none."""
        await self._documents.prepare()
        await self._accesses.prepare(indexed=["person"])
        with suppress(VersionConflict):
            await self._secrets.insert({"_id": "person ids", "secret": token_hex(32)})
        stored = await self._secrets.get("person ids")
        assert stored is not None
        self.secret = stored["secret"]

    async def add(self, person_id: str, name: str, born: date | None, position: str | None, at: datetime) -> None:
        """Store the person behind an id, unless the id is stored already. ``at`` is aware."""
        if await self._documents.get(person_id) is None:
            person = {"name": name, "born": born.isoformat() if born else None, "position": position, "first_seen": at}
            try:
                await self._documents.insert({"_id": person_id, **person})
            except VersionConflict:
                return  # another agency's nomination added the same person in the meantime

    async def look_up(self, person_id: str, operator: str, purpose: str, at: datetime) -> Person | None:
        """The person behind an id; None for an unknown id. The record of the access is durable when this returns."""
        doc = await self._documents.get(person_id)
        if doc is None:
            return None
        access = {"_id": str(uuid4()), "who": operator, "person": person_id, "at": at, "purpose": purpose}
        await self._audit.append_action(operator, "read the name of a person", person_id, purpose)
        await self._accesses.insert(access)
        return _person(doc)

    async def of_paper(self, ids: Iterable[str], reader: NameReader, paper: str, at: datetime) -> list[Person]:
        """The persons behind ids, unknown ids left out. ``paper`` is what their names are to stand in.

        The record of the access is durable when this returns: who, in which role, whose names, in which paper, when.
        """
        wanted = list(dict.fromkeys(ids))
        docs = await self._documents.get_many(wanted)
        if present := [person_id for person_id in wanted if person_id in docs]:
            access = {"who": reader.name, "role": reader.role, "account": reader.id, "person": present}
            await self._audit.append_action(reader.name, READ_NAMES, paper, f"{reader.role}: {' '.join(present)}")
            await self._accesses.insert({"_id": str(uuid4()), **access, "at": at, "purpose": paper})
        return [_person(docs[person_id]) for person_id in present]


def _person(doc: Document) -> Person:
    born = date.fromisoformat(doc["born"]) if doc["born"] else None
    return Person(doc["_id"], doc["name"], born, doc["position"], doc["first_seen"])


def _movement_nominations(doc: Document) -> MovementNominations:
    return MovementNominations(doc["_id"], doc["ids"], doc)


def _nomination(doc: Document, nomination_id: str) -> Nomination:
    """A nomination in a stored document. Raises ``KeyError`` for an unknown id."""
    return Nomination.model_validate(doc["nominations"][nomination_id]["nomination"])


def _is_accepted(doc: Document, nomination_id: str, identity: NominationIdentity) -> bool:
    """Whether a stored nomination has this identity and was accepted; release 0.2.0 stored no identity."""
    key = doc["nominations"][nomination_id].get("identity")
    if key is None and nomination_id != identity.ids[0]:
        return False
    stored = _nomination(doc, nomination_id)
    same = (stored.movement, stored.award, stored.subject) == (identity.movement, identity.award, identity.subject)
    return stored.status != "refused" and (same if key is None else key == identity.key)


def _nominations(doc: Document) -> list[Nomination]:
    return [_nomination(doc, nomination_id) for nomination_id in doc["ids"]]
