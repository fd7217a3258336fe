"""How many API keys an agency may have, until when they open the door, and which are remembered."""

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


def test_a_key_is_good_for_its_days_and_not_for_an_instant_longer() -> None:
    """The end does not belong to it."""
    one = key("a", days=30)
    assert one.expires_at == NOW.replace(microsecond=0) + 30 * DAY
    assert one.is_live(NOW)
    assert one.is_live(one.expires_at - timedelta(microseconds=1))
    assert not one.is_live(one.expires_at)


def test_what_a_key_is_called_is_the_beginning_of_its_digest() -> None:
    """Long enough that no two of an agency's are alike, and no way to the key."""
    assert key("a").id == key("a").digest[:12]


def test_two_may_be_live_and_a_third_is_refused_with_both_named() -> None:
    """Else nobody would know which one to withdraw."""
    first, second = key("a"), key("b", at=NOW + DAY)
    both = with_another(with_another([], first, NOW), second, NOW + DAY)
    assert both == [first, second]
    with pytest.raises(TooManyKeys) as refused:
        with_another(both, key("c"), NOW + 2 * DAY)
    assert refused.value.live == (first, second)


def test_a_withdrawn_key_makes_room_and_an_unknown_id_changes_nothing() -> None:
    """A rotation: old and new, then the new alone, then the next."""
    old, new, following = key("a"), key("b", at=NOW + DAY), key("c", at=NOW + 2 * DAY)
    assert without([old, new], "no such id") is None
    left = without([old, new], old.id)
    assert left == [new]
    assert with_another(left, following, NOW + 2 * DAY) == [new, following]


def test_an_expired_key_does_not_count_and_is_remembered() -> None:
    """At the instant it ends there is room for another; who comes in with it is told that it has expired."""
    short, long = key("a", days=1), key("b")
    with pytest.raises(TooManyKeys):
        with_another([short, long], key("c"), short.expires_at - timedelta(microseconds=1))
    new = key("c", at=short.expires_at)
    assert with_another([short, long], new, short.expires_at) == [short, long, new]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.booleans()), max_size=40))
def test_whatever_is_issued_and_withdrawn_no_more_than_two_are_ever_live(
    steps: list[tuple[int, int, bool]],
) -> None:
    """Nor does the list grow for ever; a live key is never lost but by withdrawing it."""
    keys: list[Key] = []
    now = NOW
    for n, (hours, days, withdraw) in enumerate(steps):
        now += timedelta(hours=hours)
        live = [item for item in keys if item.is_live(now)]
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
            assert {item.id for item in keys} >= {item.id for item in [*live, new]}
        assert sum(item.is_live(now) for item in keys) <= MAX_LIVE
        assert len(keys) <= MAX_LIVE + MAX_EXPIRED
