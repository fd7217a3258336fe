"""The one cache: bounded, and the value kept longest ago goes first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.caching import Cache


def test_the_value_kept_longest_ago_is_evicted_first() -> None:
    """Keeping a key again makes it the newest; reading it does not."""
    cache = Cache[str, int](2)
    assert cache.keep("a", 1) == 1
    cache.keep("b", 2)
    cache.keep("a", 3)
    assert cache["b"] == cache.get("b") == 2
    cache.keep("c", 4)
    assert dict(cache) == {"a": 3, "c": 4}


def test_a_value_can_be_forgotten() -> None:
    """What may be stale is removed as from any dictionary."""
    cache = Cache[str, int](2)
    cache.keep("a", 1)
    assert cache.pop("a", None) == 1
    assert "a" not in cache
    assert cache.pop("a", None) is None


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 5))
def test_the_cache_holds_the_keys_kept_last(kept: list[int], limit: int) -> None:
    """For any sequence of keys, and never more than the limit."""
    cache = Cache[int, str](limit)
    for key in kept:
        cache.keep(key, str(key))
    newest_first = list(dict.fromkeys(reversed(kept)))
    assert list(reversed(cache)) == newest_first[:limit]
    assert all(cache[key] == str(key) for key in cache)
