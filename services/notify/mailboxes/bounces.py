"""Which addresses bounce: two deliveries failed for good since the last one that was sent. Pure.

Each channel is counted by itself, because the folder takes every mail, whatever the mail server says. Deliveries are
ordered by the instant from which their last attempt was allowed, of the machine's clock: no other instant is stored of
a delivery that failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from shared.contracts.model import Code, TolerantModel

BOUNCES: Final = 2
"""How many deliveries in a row have to fail before an address is flagged: one may be the mail's own fault."""


class Failure(NamedTuple):
    """A delivery that failed for good: the instant its last attempt was allowed, and the mail server's answer."""

    at: datetime
    error: str


class Bounced(TolerantModel):
    """An address that bounces through a channel: how many deliveries failed, and the last answer."""

    address: str
    channel: str
    failures: int
    last_error: str


class Holder(TolerantModel):
    """A unit and role whose mail goes to an address."""

    unit: Code
    name: str
    role: str


class Flagged(TolerantModel):
    """An address of the book, or an assumed one, that bounces; and whose it is."""

    province: Code
    bounced: Bounced
    holders: tuple[Holder, ...]


def bounced(address: str, channel: str, failures: Sequence[Failure], last_sent: datetime | None) -> Bounced | None:
    """The address if it bounces through the channel; None if it does not, or a later delivery was sent."""
    since = sorted(failure for failure in failures if last_sent is None or failure.at > last_sent)
    if len(since) < BOUNCES:
        return None
    return Bounced(address=address, channel=channel, failures=len(since), last_error=since[-1].error)
