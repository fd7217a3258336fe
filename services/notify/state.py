"""What notify remembers of one recipient under one plan, and of each notice on its way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.contracts.extensions import Extension
from shared.contracts.model import TolerantModel
from shared.contracts.notify import Notice


class ExtensionState(TolerantModel):
    """An extension as last heard: its version, and until when it was granted at what instant, if it was."""

    version: int
    until: date | None = None
    at: AwareDatetime | None = None


class Stand(TolerantModel):
    """How a duty stands: since when its report is complete, and what became of each reminder stage.

    ``version`` is the version of the receipt last heard. An outcome is ``sent``, ``received`` (suppressed: the
    report was in) or ``overtaken`` (suppressed: a later reminder was due as well).
    """

    version: int = 0
    complete_at: AwareDatetime | None = None
    outcomes: dict[str, str] = Field(default_factory=dict)
    extensions: dict[str, ExtensionState] = Field(default_factory=dict)

    @property
    def extended(self) -> tuple[date, datetime] | None:
        """The last local day more time was granted until, and at what instant; or None."""
        return max(
            (
                (extension.until, extension.at)
                for extension in self.extensions.values()
                if extension.until and extension.at
            ),
            default=None,
        )

    def with_receipt(self, version: int, complete_at: datetime | None) -> Stand:
        """With a receipt heard; an older one changes nothing."""
        if version <= self.version:
            return self
        return self.model_copy(update={"version": version, "complete_at": complete_at})

    def with_extension(self, extension: Extension) -> Stand:
        """With an extension heard; an older one changes nothing."""
        current = self.extensions.get(extension.id)
        if current is not None and current.version >= extension.version:
            return self
        fresh = ExtensionState(version=extension.version, until=extension.until, at=extension.answered_at)
        return self.model_copy(update={"extensions": {**self.extensions, extension.id: fresh}})


class Account(TolerantModel):
    """A recipient's duties and the notices it was sent."""

    duties: dict[str, Stand] = Field(default_factory=dict)
    notices: dict[str, Notice] = Field(default_factory=dict)

    def stand(self, duty: str) -> Stand:
        """How a duty stands."""
        return self.duties.get(duty, Stand())

    def with_stand(self, duty: str, stand: Stand) -> Account:
        """With a duty standing so."""
        return self.model_copy(update={"duties": {**self.duties, duty: stand}})

    def with_notice(self, notice: Notice) -> Account:
        """With a notice to be sent; one there already stays as it is."""
        if notice.id in self.notices:
            return self
        return self.model_copy(update={"notices": {**self.notices, notice.id: notice}})

    @property
    def extended(self) -> dict[str, tuple[date, datetime]]:
        """Per extended duty: the last day granted, and the instant it was granted."""
        return {duty: granted for duty, stand in self.duties.items() if (granted := stand.extended)}


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as it was read, with its id ``<province>/<plan>/<account>``; ``revision`` 0 is before the first write.

    ``unsent`` names what is still to be published, ``undelivered`` the notices without delivery documents.
    """

    id: str
    revision: int
    account: Account
    unsent: Sequence[str] = ()
    undelivered: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A channel has taken the mail over."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A channel could not take the mail now; the same mail may go through later."""

    reason: str


@dataclass(frozen=True, slots=True)
class FailedForGood:
    """A channel will never take this mail to this address."""

    reason: str


Outcome = Sent | RetryLater | FailedForGood
"""What came of one attempt to deliver."""


class Lease(TolerantModel):
    """Which worker is delivering, and until which instant of the machine's clock nobody else may."""

    owner: str
    until: AwareDatetime


class Delivery(TolerantModel):
    """One notice on its way through one channel.

    ``account`` is the account that holds the notice, ``mailbox`` the address. ``attempts`` counts those begun.
    ``next_attempt`` and the lease are instants of the machine's clock, since they are about real time; ``sent_at`` is
    an instant of the service's clock, as the notice's own ``sent_at`` is. ``rev`` is the revision it was read at.
    """

    notice: str
    account: str
    channel: str
    mailbox: str
    next_attempt: AwareDatetime
    state: Literal["waiting", "sent", "failed"] = "waiting"
    attempts: int = 0
    lease: Lease | None = None
    last_error: str | None = None
    sent_at: AwareDatetime | None = None
    rev: int = 0

    @property
    def id(self) -> str:
        """One delivery for each notice and channel."""
        return f"{self.notice}/{self.channel}"
