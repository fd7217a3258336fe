"""What a channel is: it takes one rendered mail to one address and reports the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from services.notify.state import Outcome


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A notice as a mail. ``id`` is the notice's id, the same at every attempt, so that a channel can spot a repeat."""

    id: str
    message: EmailMessage


class Channel(Protocol):
    """One way out of the system."""

    @property
    def name(self) -> str:
        """A short lower-case name; it is part of a delivery's id and must never change."""

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        """Take a mail to an address.

        May raise ``OSError`` where the outside fails, which counts as ``RetryLater``. A process can die after the mail
        has left and before the outcome is stored, so a channel may be given the same mail again.
        """
