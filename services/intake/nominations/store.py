"""The door's roll of nominations: one document a top movement, so that a place is taken or not, whoever asks at once.

All nominations of a movement and of those within it are in one document, which is written by compare-and-set: of two
that want the last place, the second is ``VersionConflict`` and is decided again on the roll with the first. Names of persons are
kept apart and are never said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from secrets import token_hex
from uuid import uuid4

from services.intake.context import SOURCE
from shared.contracts.ids import derived
from shared.contracts.model import movement_key
from shared.contracts.nominations import Nomination, NominationRecorded
from shared.contracts.topics import NOMINATIONS
from shared.runtime.audit.trail import Audit
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.outbox import Outgoing, Rendering

MOST_REFUSALS = 200
"""Refused nominations kept of one nominator, so that who asks for ever does not fill the roll."""

Decide = Callable[[Sequence[Nomination]], Nomination]
"""Decides on the nominations so far; called again where somebody wrote in between."""


class IdempotencyConflict(Exception):
    """The nomination's id was used for another content."""


class NominationStore:
    """Every nomination ever made: accepted, refused or withdrawn."""

    def __init__(self, database: Database, province: str) -> None:
        self._documents = database.documents("nominations")
        self._province = province
        self._turn = asyncio.Lock()  # spares those who ask at once their retries; the compare-and-set keeps order

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["ids"])

    @property
    def rendering(self) -> Rendering:
        """Says every nomination as it now stands."""
        return Rendering(self._documents, self._render, _everything)

    async def keep(
        self, movement: str, nomination_id: str, digest: str, note: str | None, decide: Decide
    ) -> Nomination:
        """Decide on the roll of a top movement and write what came of it; asked again, give what it now is.

        Refusals of one nominator beyond ``MOST_REFUSALS`` are answered and not written. Raises ``IdempotencyConflict`` where the id
        came with another content.
        """
        key = movement_key(self._province, movement)
        async with self._turn:
            elsewhere = await self._documents.find({"ids": nomination_id, "_id": {"$ne": key}}, limit=1)
            while True:
                doc = await self._documents.get(key) or {"_id": key, "ids": [], "nominations": {}, "unsent": []}
                known = doc["nominations"].get(nomination_id)
                if elsewhere or (known and known["digest"] != digest):
                    raise IdempotencyConflict(nomination_id)
                if known:
                    return Nomination.model_validate(known["nomination"])
                so_far = _nominations(doc)
                decided = decide(so_far)
                refused = sum(n.status == "refused" and n.nominator == decided.nominator for n in so_far)
                if decided.status == "refused" and refused >= MOST_REFUSALS:
                    return decided
                doc["ids"].append(nomination_id)
                doc["nominations"][nomination_id] = {"digest": digest, "note": note}
                if await self._put(doc, decided):
                    return decided

    async def change(
        self, nomination_id: str, nominator: str, change: Callable[[Nomination, Sequence[Nomination]], Nomination]
    ) -> Nomination | None:
        """Put a nominator's nomination anew, from what it and the roll now are; None where it has none of that id."""
        async with self._turn:
            while True:
                for doc in await self._documents.find({"ids": nomination_id}):
                    present = Nomination.model_validate(doc["nominations"][nomination_id]["nomination"])
                    if present.nominator == nominator:
                        break
                else:
                    return None
                changed = change(present, _nominations(doc))
                if changed == present or await self._put(doc, changed):
                    return changed

    async def of_movement(self, movement: str) -> list[Nomination]:
        """The roll of a top movement, in the order of asking."""
        doc = await self._documents.get(movement_key(self._province, movement))
        return _nominations(doc) if doc else []

    async def of_nominator(self, nominator: str) -> list[Nomination]:
        """An agency's nominations in all movements, oldest first."""
        docs = await self._documents.find()
        own = [each for doc in docs for each in _nominations(doc) if each.nominator == nominator]
        return sorted(own, key=lambda each: each.at)

    async def _put(self, doc: Document, nomination: Nomination) -> bool:
        doc["nominations"][nomination.id]["nomination"] = nomination.model_dump(mode="json")
        doc["unsent"] = [*(each for each in doc["unsent"] if each != nomination.id), nomination.id]
        try:
            await self._documents.save(doc)
        except VersionConflict:
            return False
        return True

    async def _render(self, doc: Document) -> list[Outgoing]:
        key: str = doc["_id"]
        said: list[Outgoing] = []
        for nomination_id in doc["unsent"]:
            nomination = Nomination.model_validate(doc["nominations"][nomination_id]["nomination"])
            event = NominationRecorded(
                id=derived("nomination recorded", nomination.id, nomination.version),
                source=SOURCE,
                time=nomination.withdrawn_at or nomination.at,
                subject=key,
                data=nomination,
            )
            said.append(Outgoing(NOMINATIONS.name, key.encode(), event.encode()))
        return said


class Persons:
    """Names by the ids that are said, for the operator's eyes; who looked one up is written down first.

    ``secret`` goes into the ids. It is made once, with the database, and is there after ``prepare``.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._audit = audit
        self._documents = database.documents("persons")
        self._accesses = database.documents("accesses")
        self._secrets = database.documents("secrets")
        self.secret = ""

    async def prepare(self) -> None:
        """Create the indexes, and the secret where there is none yet."""
        await self._documents.prepare()
        await self._accesses.prepare(indexed=["person"])
        with suppress(VersionConflict):
            await self._secrets.insert({"_id": "person ids", "secret": token_hex(32)})
        kept = await self._secrets.get("person ids")
        assert kept is not None
        self.secret = kept["secret"]

    async def meet(self, person_id: str, name: str, born: date | None, position: str | None, at: datetime) -> None:
        """Keep who stands behind an id; one kept already stays as it is."""
        if await self._documents.get(person_id) is None:
            person = {"name": name, "born": born.isoformat() if born else None, "position": position, "first_seen": at}
            try:
                await self._documents.insert({"_id": person_id, **person})
            except VersionConflict:
                return  # another agency's nomination brought the same person meanwhile

    async def look_up(self, person_id: str, who: str, purpose: str, at: datetime) -> Document | None:
        """Who stands behind an id; None for an id nobody has. That it was looked up is durable when this returns."""
        found = await self._documents.get(person_id)
        if found is not None:
            access = {"_id": str(uuid4()), "who": who, "person": person_id, "at": at, "purpose": purpose}
            await self._audit.append_action(who, "read the name of a person", person_id, purpose)
            await self._accesses.insert(access)
        return found


def _nominations(doc: Document) -> list[Nomination]:
    return [Nomination.model_validate(doc["nominations"][each]["nomination"]) for each in doc["ids"]]


def _everything(doc: Document) -> Iterable[str]:
    ids: list[str] = doc["ids"]
    return ids
