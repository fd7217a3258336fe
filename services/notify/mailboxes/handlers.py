"""Load, decide, save: the address of a notice, the replacement of a book, and the watch over addresses that bounce."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

import structlog

from services.notify.mailboxes.book import (
    Mailbox,
    MailboxBook,
    MailboxRole,
    address_on,
    assumed_address,
    difference,
    holders,
)
from services.notify.mailboxes.bounces import Bounced, Flagged, Holder
from services.notify.mailboxes.store import Bounces, MailboxBooks
from shared.contracts.invitations import Invitation
from shared.contracts.model import local
from shared.contracts.notify import Notice
from shared.contracts.units import UnitRegister
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics
from shared.runtime.references import References
from shared.wording.unit_names import full_name

log = structlog.get_logger(__name__)


class Mailboxes:
    """Where mails go. A role without an entry has an address at ``mail_domain``; see ``assumed_address``."""

    def __init__(
        self,
        books: MailboxBooks,
        bounces: Bounces,
        references: References,
        clock: Clock,
        metrics: Metrics,
        audit: Audit,
        mail_domain: str,
    ) -> None:
        self._books, self._bounces, self._references, self._audit = books, bounces, references, audit
        self._clock, self._metrics, self._mail_domain = clock, metrics, mail_domain
        self._read: dict[str, MailboxBook] = {}
        self._flagged: frozenset[str] = frozenset()

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._books.prepare()
        await self._bounces.prepare()

    async def address(self, notice: Notice) -> str:
        """The address that a notice goes to: that of its recipient's role on the local day it is sent."""
        return await self._address(notice.plan.province, notice.recipient, notice.role, local(notice.sent_at).date())

    async def member_address(self, invitation: Invitation) -> str:
        """The address that a message to a member of the council goes to, on the local day it is sent."""
        day = local(invitation.sent_at).date()
        return await self._address(invitation.plan.province, invitation.recipient, invitation.role, day)

    async def _address(self, province: str, unit: str, role: MailboxRole, day: date) -> str:
        entered = address_on(await self._book(province), unit, role, day)
        return entered or assumed_address(unit, role, self._mail_domain)

    async def book(self, province: str) -> MailboxBook:
        """A province's book as it is stored."""
        return await self._books.load(province)

    def provinces(self) -> list[str]:
        """The provinces whose plans this process has read, sorted."""
        return sorted({plan.province for plan in self._references.newest_plans()})

    async def register(self, province: str) -> UnitRegister | None:
        """The newest register of a province; None if no service has published one."""
        if self._references.newest_register(province) is None:
            await self._references.refresh()
        return self._references.newest_register(province)

    async def replace(self, book: MailboxBook, mailboxes: Sequence[Mailbox], by: str) -> MailboxBook:
        """Replace all entries of a book as it was read, and return it at its new version.

        The audit chain gets who did it, how many entries changed, and the digest of the new book. Raises
        ``VersionConflict`` if the book was replaced in between.
        """
        new = book.model_copy(update={"mailboxes": tuple(mailboxes)})
        digest = hashlib.sha256(new.model_dump_json(include={"mailboxes"}).encode()).hexdigest()
        about = f"mailboxes/{book.province}/{book.version + 1}"
        changed = difference(book.mailboxes, new.mailboxes)
        await self._audit.append_action(by, "replace the mailbox book", about, f"{changed}, sha256:{digest}")
        stored = await self._books.replace(new)
        log.info("mailbox book replaced", province=stored.province, version=stored.version, by=by, changed=changed)
        return stored

    async def flagged(self, province: str) -> list[Flagged]:
        """The addresses of a province that bounce; one that the book no longer has is not among them."""
        return await self._flagged_among(await self._bounces.addresses(), [province])

    async def watch(self) -> None:
        """Count the addresses that bounce, and log each when it begins to."""
        flagged = await self._flagged_among(await self._bounces.addresses(), self.provinces())
        for one in flagged:
            if one.bounced.address not in self._flagged:
                log.error("mails to an address bounce", province=one.province, **one.bounced.model_dump())
        self._flagged = frozenset(one.bounced.address for one in flagged)
        self._metrics.mailboxes_flagged.set(len(self._flagged))

    async def _flagged_among(self, bounces: Sequence[Bounced], provinces: Sequence[str]) -> list[Flagged]:
        if not bounces:
            return []
        today, flagged = local(self._clock.now()).date(), list[Flagged]()
        for province in provinces:
            if (register := await self.register(province)) is None:
                continue
            book = await self._book(province)
            for one in bounces:
                if names := tuple(self._holders(one.address, book, register, today)):
                    flagged.append(Flagged(province=province, bounced=one, holders=names))
        return flagged

    def _holders(self, address: str, book: MailboxBook, register: UnitRegister, day: date) -> Iterator[Holder]:
        for unit, role in holders(address, book, register, self._mail_domain, day):
            yield Holder(unit=unit, name=full_name(register, unit), role=role)

    async def _book(self, province: str) -> MailboxBook:
        """A province's book; read again only if it was replaced, because thousands of mails may ask for it."""
        version, book = await self._books.version(province), self._read.get(province)
        if book is None or book.version != version:
            book = self._read[province] = await self._books.load(province)
        return book
