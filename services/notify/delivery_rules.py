"""How a delivery goes from waiting to sent or failed: pure transitions. ``now`` is always the machine's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, assert_never

from services.notify.state import Delivery, FailedForGood, Lease, Outcome, RetryLater, Sent

LEASE: Final = timedelta(seconds=30)
"""How long a worker has to deliver and to note the outcome; an attempt itself must end well before."""
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)
_LONGEST_ERROR: Final = 500


def leased(delivery: Delivery, owner: str, now: datetime) -> Delivery | None:
    """The delivery with an attempt begun by ``owner``; None while it is done, paused, or leased by anybody."""
    if delivery.state != "waiting" or delivery.next_attempt > now:
        return None
    if delivery.lease is not None and delivery.lease.until > now:
        return None
    lease = Lease(owner=owner, until=now + LEASE)
    return delivery.model_copy(update={"lease": lease, "attempts": delivery.attempts + 1})


def concluded(delivery: Delivery, outcome: Outcome, now: datetime, sent_at: datetime) -> Delivery:
    """The delivery after the outcome of the attempt it was leased for. ``sent_at`` is the service's clock."""
    match outcome:
        case Sent():
            changes = {"state": "sent", "sent_at": sent_at, "last_error": None}
        case RetryLater(reason):
            changes = {"next_attempt": now + pause(delivery.attempts), "last_error": reason[:_LONGEST_ERROR]}
        case FailedForGood(reason):
            changes = {"state": "failed", "last_error": reason[:_LONGEST_ERROR]}
        case _:
            assert_never(outcome)
    return delivery.model_copy(update={**changes, "lease": None})


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: a second, twice as long each time, five minutes at most."""
    doublings = min(attempts - 1, 16)  # beyond it the cap holds anyway
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
