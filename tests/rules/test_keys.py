"""How many API keys an agency may have, how long they are valid, and which expired ones are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.access.key_policy import MAX_EXPIRED, MAX_LIVE, Key, TooManyKeys, new_key, with_another, without

NOW = datetime(2023, 12, 1, 2, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


def key(name: str, *, days: int = 365, at: datetime = NOW) -> Key:
    return new_key(name.encode().hex().ljust(64, "0"), "operator", days, at)


def test_a_key_is_valid_for_its_days_and_not_an_instant_longer() -> None:
    """The instant of expiry is exclusive."""
    one = key("a", days=30)
    assert one.expires_at == NOW.replace(microsecond=0) + 30 * DAY
    assert one.is_live(NOW)
    assert one.is_live(one.expires_at - timedelta(microseconds=1))
    assert not one.is_live(one.expires_at)


def test_the_id_of_a_key_is_the_beginning_of_its_digest() -> None:
    """It is long enough to differ between an agency's keys, and does not reveal the key."""
    assert key("a").id == key("a").digest[:12]


def test_two_keys_may_be_live_and_a_third_is_refused_with_both_named() -> None:
    """Otherwise nobody would know which key to withdraw."""
    first, second = key("a"), key("b", at=NOW + DAY)
    both = with_another(with_another([], first, NOW), second, NOW + DAY)
    assert both == [first, second]
    with pytest.raises(TooManyKeys) as refused:
        with_another(both, key("c"), NOW + 2 * DAY)
    assert refused.value.live == (first, second)


def test_a_withdrawn_key_makes_room_and_an_unknown_id_changes_nothing() -> None:
    """In a rotation there are the old and the new key, then only the new one, then the next one too."""
    old, new, following = key("a"), key("b", at=NOW + DAY), key("c", at=NOW + 2 * DAY)
    assert without([old, new], "no such id") is None
    left = without([old, new], old.id)
    assert left == [new]
    assert with_another(left, following, NOW + 2 * DAY) == [new, following]


def test_an_expired_key_does_not_count_and_is_kept() -> None:
    """From the instant of expiry another key is possible; a request with the old key learns that it has expired."""
    short, long = key("a", days=1), key("b")
    with pytest.raises(TooManyKeys):
        with_another([short, long], key("c"), short.expires_at - timedelta(microseconds=1))
    new = key("c", at=short.expires_at)
    assert with_another([short, long], new, short.expires_at) == [short, long, new]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.booleans()), max_size=40))
def test_no_sequence_of_issues_and_withdrawals_gives_more_than_two_live_keys(
    steps: list[tuple[int, int, bool]],
) -> None:
    """The list does not grow for ever, and only a withdrawal removes a live key."""
    keys: list[Key] = []
    now = NOW
    for n, (hours, days, withdraw) in enumerate(steps):
        now += timedelta(hours=hours)
        live = [issued for issued in keys if issued.is_live(now)]
        if withdraw and keys:
            keys = without(keys, keys[0].id) or []
            continue
        new = key(f"k{n}", days=days, at=now)
        try:
            keys = with_another(keys, new, now)
        except TooManyKeys:
            assert len(live) == MAX_LIVE
        else:
            assert len(live) < MAX_LIVE
            assert {issued.id for issued in keys} >= {issued.id for issued in [*live, new]}
        assert sum(issued.is_live(now) for issued in keys) <= MAX_LIVE
        assert len(keys) <= MAX_LIVE + MAX_EXPIRED
