"""How a delivery changes from waiting to sent or failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.delivery import ATTEMPT_SECONDS
from services.notify.delivery_rules import LEASE, LONGEST_PAUSE, concluded, leased, pause
from services.notify.state import Delivery, FailedForGood, RetryLater, Sent

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAY = datetime(2023, 12, 1, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WAITING = Delivery(notice="n", account="a", channel="folder", mailbox="so-noi-vu@x.example", next_attempt=NOW)


def started(delivery: Delivery = WAITING, now: datetime = NOW) -> Delivery:
    after = leased(delivery, "me", now)
    assert after is not None
    return after


def test_a_delivery_is_named_by_its_notice_and_its_channel() -> None:
    assert WAITING.id == "n/folder"


def test_a_leased_delivery_cannot_be_leased_until_the_lease_has_expired() -> None:
    mine = started()
    assert (mine.attempts, mine.state) == (1, "waiting")
    assert leased(mine, "another", NOW + LEASE - SECOND) is None
    assert leased(mine, "me", NOW + LEASE - SECOND) is None
    taken_over = leased(mine, "another", NOW + LEASE)
    assert taken_over is not None
    assert taken_over.lease is not None
    assert (taken_over.lease.owner, taken_over.lease.until, taken_over.attempts) == ("another", NOW + 2 * LEASE, 2)


def test_an_attempt_ends_before_its_lease() -> None:
    assert timedelta(seconds=ATTEMPT_SECONDS) < LEASE


def test_a_delivery_is_not_attempted_before_its_next_attempt_instant() -> None:
    assert leased(WAITING, "me", NOW - SECOND) is None


def test_a_sent_delivery_has_its_instant_and_is_never_attempted_again() -> None:
    retried = concluded(started(), RetryLater("no route"), NOW, DAY)
    sent = concluded(started(retried, NOW + SECOND), Sent(), NOW + SECOND, DAY)
    assert (sent.state, sent.sent_at, sent.lease, sent.last_error) == ("sent", DAY, None, None)
    assert leased(sent, "me", NOW + 100 * LEASE) is None


def test_a_permanently_failed_delivery_has_its_error_and_is_never_attempted_again() -> None:
    failed = concluded(started(), FailedForGood("no such mailbox"), NOW, DAY)
    assert (failed.state, failed.sent_at, failed.lease, failed.last_error) == ("failed", None, None, "no such mailbox")
    assert leased(failed, "me", NOW + 100 * LEASE) is None


def test_a_retried_delivery_waits_for_its_pause_and_has_its_error() -> None:
    retried = concluded(started(), RetryLater("no route"), NOW, DAY)
    assert (retried.state, retried.lease, retried.last_error) == ("waiting", None, "no route")
    assert leased(retried, "me", NOW + pause(1) - SECOND / 10) is None
    assert started(retried, NOW + pause(1)).attempts == 2


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (100_000, 300)])
def test_pauses_double_up_to_five_minutes(attempts: int, seconds: int) -> None:
    assert pause(attempts) == timedelta(seconds=seconds) <= LONGEST_PAUSE


def test_a_long_error_is_cut_so_the_document_stays_small() -> None:
    assert len(concluded(started(), RetryLater("x" * 100_000), NOW, DAY).last_error or "") == 500
