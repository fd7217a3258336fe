"""What notify stores about an account of a plan, and about the delivery of each notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.contracts.extensions import Extension
from shared.contracts.model import TolerantModel
from shared.contracts.notify import Contact, Notice, Role


class ExtensionState(TolerantModel):
    """The latest state of an extension.

    If it was granted, ``until`` is the last permitted local day and ``at`` the instant of the grant.
    """

    version: int
    until: date | None = None
    at: AwareDatetime | None = None


class Reminded(TolerantModel):
    """A reminder of a duty that is in a notice: ``Rung.key``, stage, who gets it, and the notice's local day."""

    key: str
    notice: str
    stage: str
    unit: str
    role: Role
    day: date


class Stand(TolerantModel):
    """The state of a duty: when its report became complete, and the outcome of each reminder.

    ``version`` is the version of the latest receipt, ``returned`` how often the standing office returned a report.
    ``outcomes`` are by ``Rung.key``: ``sent``, ``received``
    (suppressed because the report was complete) or ``overtaken`` (suppressed because a later stage was due too, or
    because the reminder was no longer true). ``reminded`` are the sent ones in order. ``extensions`` are by the
    extension's id.
    """

    version: int = 0
    returned: int = 0
    complete_at: AwareDatetime | None = None
    outcomes: dict[str, str] = Field(default_factory=dict)
    reminded: tuple[Reminded, ...] = ()
    extensions: dict[str, ExtensionState] = Field(default_factory=dict)

    @property
    def extended(self) -> tuple[date, datetime] | None:
        """The latest local day granted by an extension, and the instant of the grant; None without a grant."""
        return max(
            (
                (extension.until, extension.at)
                for extension in self.extensions.values()
                if extension.until and extension.at
            ),
            default=None,
        )

    def with_receipt(self, version: int, complete_at: datetime | None, *, returned: bool = False) -> Stand:
        """The state after a receipt, which may say that a report was ``returned``; an older one changes nothing."""
        if version <= self.version:
            return self
        changes = {"version": version, "complete_at": complete_at, "returned": self.returned + returned}
        return self.model_copy(update=changes)

    def with_extension(self, extension: Extension) -> Stand:
        """The state after an event about an extension; an older event changes nothing."""
        current = self.extensions.get(extension.id)
        if current is not None and current.version >= extension.version:
            return self
        fresh = ExtensionState(version=extension.version, until=extension.until, at=extension.answered_at)
        return self.model_copy(update={"extensions": {**self.extensions, extension.id: fresh}})


class Account(TolerantModel):
    """The duties of an account by id. ``notices`` are those of a release before 0.3.0, until they are taken over."""

    duties: dict[str, Stand] = Field(default_factory=dict)
    notices: dict[str, Notice] = Field(default_factory=dict)

    def stand(self, duty: str) -> Stand:
        """The state of a duty; the initial state if nothing is known about it."""
        return self.duties.get(duty, Stand())

    def with_stand(self, duty: str, stand: Stand) -> Account:
        """The account with this state of a duty."""
        return self.model_copy(update={"duties": {**self.duties, duty: stand}})

    @property
    def extended(self) -> dict[str, tuple[date, datetime]]:
        """For each extended duty, the last local day granted and the instant of the grant."""
        return {duty: granted for duty, stand in self.duties.items() if (granted := stand.extended)}


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as it was read; ``id`` is ``<province>/<plan>/<account>``, ``revision`` 0 before the first write."""

    id: str
    revision: int
    account: Account


NoticeState = Literal["released", "drafted", "withheld"]
"""``released`` notices are published and delivered. A ``drafted`` one waits for a person, who releases or withholds it,
unless a later draft to the same recipient replaces it (``releasing.replaced_drafts``)."""


class KeptNotice(TolerantModel):
    """A notice with its state. ``by``, ``at`` and ``reason`` say who released or withheld a draft, when and why."""

    notice: Notice
    state: NoticeState = "released"
    by: str | None = None
    at: AwareDatetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice as it was read; ``unsent`` names the events about it that are still to be published."""

    id: str
    revision: int
    kept: KeptNotice
    unsent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact as it was read; ``unsent`` names the event about it while that is still to be published."""

    contact: Contact
    unsent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A channel has accepted the mail."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A channel could not accept the mail now; the same mail may be accepted later."""

    reason: str


@dataclass(frozen=True, slots=True)
class FailedForGood:
    """A channel will never be able to send this mail to this address."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """Everything the notice is about has been reported since it was written."""


Outcome = Sent | RetryLater | FailedForGood | NotNeeded
"""The outcome of one attempt to deliver."""


class Lease(TolerantModel):
    """The worker that is delivering, and the instant (machine's clock) until which no other worker may."""

    owner: str
    until: AwareDatetime


class Delivery(TolerantModel):
    """The delivery of one notice through one channel.

    ``mailbox`` is the address. ``attempts`` counts the attempts begun. ``next_attempt`` and the lease are instants of
    the machine's clock, because they concern real time; ``sent_at`` is an instant of the service's clock, like the
    notice's own ``sent_at``. ``rev`` is the revision that was read.
    """

    notice: str
    channel: str
    mailbox: str
    next_attempt: AwareDatetime
    state: Literal["waiting", "sent", "failed", "not_needed"] = "waiting"
    attempts: int = 0
    lease: Lease | None = None
    last_error: str | None = None
    sent_at: AwareDatetime | None = None
    rev: int = 0

    @property
    def id(self) -> str:
        """The document's id, ``<notice>/<channel>``: a notice has one delivery per channel."""
        return f"{self.notice}/{self.channel}"
