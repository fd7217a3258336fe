"""What the delivery worker delivers: notices, and the messages to members of a council. Each kind is a source."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol, TypeVar

from services.notify.channels.protocol import RenderedMail
from services.notify.mailboxes.handlers import Mailboxes
from services.notify.mails.renderer import MailRenderer
from services.notify.notice_store import Notices
from services.notify.releasing import keys_of, still_open
from services.notify.sitting_store import Invitations
from services.notify.state import NotNeeded, RetryLater
from services.notify.store import Accounts
from shared.contracts.invitations import Invitation
from shared.contracts.notify import Notice

_NOT_PUBLISHED: Final = RetryLater("the notice has not been published yet")
_NOT_KNOWN: Final = RetryLater("the plan or the units are not known yet")


class Item(Protocol):
    """Something that is delivered as a mail."""

    @property
    def id(self) -> str:
        """Its id, by which its deliveries name it."""


AnyItem = TypeVar("AnyItem", bound=Item)


class MailSource(Protocol[AnyItem]):
    """Items of one kind."""

    async def take_over(self) -> None:
        """Move what a process of an earlier release left to be delivered. Raises ``VersionConflict``."""

    async def undelivered(self, after: str = "") -> Sequence[AnyItem]:
        """Published items that lack delivery documents, by id: at most ``UNDELIVERED_AT_ONCE`` after an id."""

    async def count_undelivered(self) -> int:
        """The number of items that lack delivery documents."""

    async def address(self, item: AnyItem) -> str:
        """The mailbox that an item goes to."""

    async def handed_over(self, ids: Collection[str]) -> None:
        """Note that items have their delivery documents. Raises ``VersionConflict``."""

    async def mail(self, item_id: str, mailbox: str) -> RenderedMail | RetryLater | NotNeeded | None:
        """An item as a mail, or why it is not sent now; None for an item of another kind."""


class NoticeMails:
    """The notices, which leave without the duties that were reported since they were written."""

    def __init__(self, notices: Notices, accounts: Accounts, mails: MailRenderer, mailboxes: Mailboxes) -> None:
        self._notices, self._accounts, self._mails, self._mailboxes = notices, accounts, mails, mailboxes

    async def take_over(self) -> None:
        """As the protocol says."""
        await self._notices.take_over()

    async def undelivered(self, after: str = "") -> Sequence[Notice]:
        """As the protocol says."""
        return await self._notices.undelivered(after)

    async def count_undelivered(self) -> int:
        """As the protocol says."""
        return await self._notices.count_undelivered()

    async def address(self, item: Notice) -> str:
        """As the protocol says."""
        return await self._mailboxes.address(item)

    async def handed_over(self, ids: Collection[str]) -> None:
        """As the protocol says."""
        await self._notices.handed_over(ids)

    async def mail(self, item_id: str, mailbox: str) -> RenderedMail | RetryLater | NotNeeded | None:
        """As the protocol says."""
        if (stored := await self._notices.load(item_id)) is None:
            return None
        if stored.unsent:
            return _NOT_PUBLISHED
        notice = stored.kept.notice
        still = still_open(notice, await self._accounts.stands(keys_of(notice)))
        if still is None:
            return NotNeeded()
        return await self._mails.render(still, mailbox) or _NOT_KNOWN


class InvitationMails:
    """The messages to members of a council, which leave as they were written."""

    def __init__(self, invitations: Invitations, mails: MailRenderer, mailboxes: Mailboxes) -> None:
        self._invitations, self._mails, self._mailboxes = invitations, mails, mailboxes

    async def take_over(self) -> None:
        """No earlier release had any."""

    async def undelivered(self, after: str = "") -> Sequence[Invitation]:
        """As the protocol says."""
        return await self._invitations.undelivered(after)

    async def count_undelivered(self) -> int:
        """As the protocol says."""
        return await self._invitations.count_undelivered()

    async def address(self, item: Invitation) -> str:
        """As the protocol says."""
        return await self._mailboxes.member_address(item)

    async def handed_over(self, ids: Collection[str]) -> None:
        """As the protocol says."""
        await self._invitations.handed_over(ids)

    async def mail(self, item_id: str, mailbox: str) -> RenderedMail | RetryLater | NotNeeded | None:
        """As the protocol says."""
        if (stored := await self._invitations.load(item_id)) is None:
            return None
        if stored.unsent:
            return _NOT_PUBLISHED
        return await self._mails.render_invitation(stored.invitation, mailbox) or _NOT_KNOWN
