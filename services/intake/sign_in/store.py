"""Stores people and their roles, one-time links and the sign-ins that are valid."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contracts.model import Code, StrictModel, Text
from shared.contracts.people import Person, Role
from shared.contracts.sign_ins import EndedSignIn
from shared.runtime.http.sign_in.ended import EndedSignIns
from shared.runtime.http.sign_in.tokens import SignIn
from shared.runtime.mongo import Database, Document, VersionConflict


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("a name has letters, digits, signs and single spaces")
    return name


PersonName = Annotated[Text, StringConstraints(max_length=200), AfterValidator(_printable)]
"""A name that fits a cookie, and that neither ends a line nor turns the direction of the text after it."""


class Account(StrictModel):
    """What is kept of a person: name, role, an officer's agency, and ``subject``, the issuer's name of the account."""

    name: PersonName
    role: Role
    agency: Code | None = None
    subject: str | None = Field(default=None, min_length=1, max_length=255)

    @model_validator(mode="after")
    def _officers_have_an_agency(self) -> Account:
        if (self.role == "officer") != (self.agency is not None):
            raise ValueError("an officer has an agency, and nobody else has one")
        return self


class People:
    """Who may sign in. ``now`` is the machine's clock: the issuer, links and cookies do not follow a driven one."""

    def __init__(self, database: Database, ended: EndedSignIns, now: Callable[[], datetime]) -> None:
        self._people, self._links = database.documents("people"), database.documents("sign_in_links")
        self._sign_ins, self._ended, self._now = database.documents("sign_ins"), ended, now

    async def prepare(self) -> None:
        """Create the indexes and forget links and sign-ins that have expired."""
        await self._people.prepare(unique_elements=["subject"], pending=False)
        await self._links.prepare(indexed=["expires_at"], pending=False)
        await self._sign_ins.prepare(indexed=["expires_at", "person"], pending=False)
        for documents in (self._links, self._sign_ins):
            for doc in await documents.find({"expires_at": {"$lt": self._now()}}):
                with suppress(VersionConflict):
                    await documents.remove(doc)

    async def all(self) -> dict[str, Account]:
        """Everybody, by id."""
        return {doc["_id"]: _account(doc) for doc in await self._people.find(sort="_id")}

    async def person(self, person: str) -> Person | None:
        """The person with an id."""
        doc = await self._people.get(person)
        return _person(doc) if doc else None

    async def person_of_subject(self, subject: str) -> Person | None:
        """The person whose account at the issuer has this name."""
        docs = await self._people.find({"subject": subject}, limit=1)
        return _person(docs[0]) if docs else None

    async def keep(self, person: str, account: Account) -> None:
        """Add or change a person. A change ends the person's sign-ins, whose cookies say the old rights.

        They are ended before the change too: if this process dies right after it, nobody would repeat what is done.
        Without a subject the field is missing from the document, because the index lets nobody share one.
        Raises ``VersionConflict`` if the subject is another person's.
        """
        doc = await self._people.get(person)
        if doc is not None and _account(doc) == account:
            return
        rev = doc["rev"] if doc else 0
        await self.end_all(person)
        await self._people.save({"_id": person, "rev": rev, **account.model_dump(exclude_none=True), "unsent": []})
        await self.end_all(person)

    async def remove(self, person: str) -> bool:
        """Remove a person and end the person's sign-ins. False if there is none."""
        if (doc := await self._people.get(person)) is None:
            return False
        await self.end_all(person)
        await self._people.remove(doc)
        await self.end_all(person)
        return True

    async def new_link(self, person: str, valid_for: timedelta) -> tuple[str, datetime]:
        """The secret of a new one-time link, kept as a digest only, and when it expires."""
        secret, expires_at = secrets.token_urlsafe(32), self._now() + valid_for
        await self._links.insert({"_id": _digest(secret), "person": person, "expires_at": expires_at, "unsent": []})
        return secret, expires_at

    async def person_of_link(self, secret: str) -> Person | None:
        """Who a link would sign in; None as of ``use_link``. The link is not used up."""
        doc = await self._links.get(_digest(secret))
        return await self.person(doc["person"]) if doc and self._now() < doc["expires_at"] else None

    async def use_link(self, secret: str) -> Person | None:
        """Who a link signs in; None if it is unknown, was used, or has expired. Of two uses at once one counts."""
        if (doc := await self._links.get(_digest(secret))) is None:
            return None
        try:
            await self._links.remove(doc)
        except VersionConflict:
            return None
        return await self.person(doc["person"]) if self._now() < doc["expires_at"] else None

    async def began(self, sign_in: SignIn) -> None:
        """Note a new sign-in, so that it can be ended when the person's rights change."""
        expires_at = datetime.fromtimestamp(sign_in.expires_at, UTC)
        doc = {"_id": sign_in.id, "person": sign_in.person.id, "expires_at": expires_at, "unsent": []}
        await self._sign_ins.insert(doc)

    async def end(self, sign_in: SignIn) -> None:
        """End a sign-in for all services."""
        expires_at = datetime.fromtimestamp(sign_in.expires_at, UTC)
        await self._ended.end([EndedSignIn(sign_in=sign_in.id, expires_at=expires_at)], publish=True)
        if (doc := await self._sign_ins.get(sign_in.id)) is not None:
            with suppress(VersionConflict):
                await self._sign_ins.remove(doc)

    async def end_all(self, person: str) -> None:
        """End every sign-in of a person."""
        docs = await self._sign_ins.find({"person": person})
        ended = [EndedSignIn(sign_in=doc["_id"], expires_at=doc["expires_at"]) for doc in docs]
        await self._ended.end(ended, publish=True)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _account(doc: Document) -> Account:
    return Account.model_validate({name: doc[name] for name in Account.model_fields if name in doc})


def _person(doc: Document) -> Person:
    account = _account(doc)
    return Person(doc["_id"], account.name, account.role, account.agency)
