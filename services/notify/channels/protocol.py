"""The protocol of a channel: it sends a rendered mail to an address and returns the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from services.notify.state import Outcome


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A notice as a mail. ``id`` is the notice's id, equal at every attempt, so a channel can recognise a repeat."""

    id: str
    message: EmailMessage


class Channel(Protocol):
    """A way to send mails out of the system."""

    @property
    def name(self) -> str:
        """A short lower-case name; it is part of a delivery's id and must never change."""

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        """Send a mail to an address.

        May raise ``OSError`` on an external fault, which counts as ``RetryLater``. A process may die after the mail was
        sent and before the outcome is stored, so a channel may get the same mail again.
        """
