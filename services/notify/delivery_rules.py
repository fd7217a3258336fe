"""The transitions of a delivery from waiting to sent or failed. Pure; ``now`` is always the machine's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, assert_never

from services.notify.state import Delivery, FailedForGood, Lease, NotNeeded, Outcome, RetryLater, Sent

LEASE: Final = timedelta(seconds=30)
"""The time a worker has to deliver and to store the outcome; the attempt itself must end well before that."""
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)
_LONGEST_ERROR: Final = 500


def leased(delivery: Delivery, owner: str, now: datetime) -> Delivery | None:
    """The delivery leased by ``owner`` for its next attempt; None if it is done, paused, or already leased."""
    if delivery.state != "waiting" or delivery.next_attempt > now:
        return None
    if delivery.lease is not None and delivery.lease.until > now:
        return None
    lease = Lease(owner=owner, until=now + LEASE)
    return delivery.model_copy(update={"lease": lease, "attempts": delivery.attempts + 1})


def concluded(delivery: Delivery, outcome: Outcome, now: datetime, sent_at: datetime) -> Delivery:
    """The delivery after an attempt with this outcome. ``sent_at`` is an instant of the service's clock."""
    match outcome:
        case Sent():
            changes = {"state": "sent", "sent_at": sent_at, "last_error": None}
        case NotNeeded():
            changes = {"state": "not_needed", "last_error": None}
        case RetryLater(reason):
            changes = {"next_attempt": now + pause(delivery.attempts), "last_error": reason[:_LONGEST_ERROR]}
        case FailedForGood(reason):
            changes = {"state": "failed", "last_error": reason[:_LONGEST_ERROR]}
        case _:
            assert_never(outcome)
    return delivery.model_copy(update={**changes, "lease": None})


def pause(attempts: int) -> timedelta:
    """The pause after this many attempts (at least 1): one second, doubled with each attempt, at most five minutes."""
    doublings = min(attempts - 1, 16)  # beyond that the pause is the longest anyway
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
