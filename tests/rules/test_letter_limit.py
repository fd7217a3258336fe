"""How many dead letters are too many; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.dead_letters.limit import DeadLetterLimit
from shared.runtime.settings import ServiceSettings

LIMIT = DeadLetterLimit()


def let_through(unreadable: Collection[int], limit: DeadLetterLimit = LIMIT) -> list[int]:
    """The letters there are when a partition with these unreadable offsets stops, or has been read."""
    dead_letters: list[int] = []
    for offset in sorted(unreadable):
        if limit.stops(dead_letters, offset):
            break
        dead_letters.append(offset)
    return dead_letters


def told(outcomes: Sequence[bool], limit: DeadLetterLimit) -> list[int]:
    """The same, told outcome by outcome, by what the rule says: a streak, and a window that slides."""
    dead_letters: list[int] = []
    streak = 0
    for offset, bad in enumerate(outcomes):
        if not bad:
            streak = 0
            continue
        streak += 1
        window = outcomes[max(0, offset + 1 - limit.window) : offset + 1]
        if streak > limit.in_a_row or sum(window) > max(Decimal(limit.min_remaining), limit.share * len(window)):
            break
        dead_letters.append(offset)
    return dead_letters


def test_fifty_in_a_row_go_through_and_the_next_stops_the_partition() -> None:
    """Wherever they begin."""
    for first in (0, 7, 10**9):
        assert let_through(range(first, first + 500)) == list(range(first, first + 50))


def test_one_readable_record_begins_the_row_anew() -> None:
    """Two rows of fifty, one read in between; a share alone would stop the second."""
    limit = DeadLetterLimit(share=Decimal(1))
    assert len(let_through([*range(50), *range(51, 101)], limit)) == 100
    assert len(let_through([*range(50), *range(51, 102)], limit)) == 100


@pytest.mark.parametrize(("every", "kept"), [(20, 100), (19, 50), (2, 50)])
def test_five_in_a_hundred_may_be_unreadable_for_ever_and_more_may_not(every: int, kept: int) -> None:
    """Of 2,000 records; every nineteenth is more than fifty in a thousand."""
    assert len(let_through(range(0, 2000, every))) == kept


def test_what_lies_further_back_than_the_window_is_forgotten() -> None:
    """Fifty at once, a thousand good ones, fifty again."""
    assert len(let_through([*range(50), *range(1049, 1099)])) == 100
    assert len(let_through([*range(50), *range(1048, 1099)])) < 101


def test_the_reason_says_what_was_too_much() -> None:
    """For the log line somebody reads at night."""
    assert LIMIT.stops(range(50), 50) == "more than 50 dead letters in a row"
    assert LIMIT.stops(range(0, 100, 2), 100) == "more than 50 dead letters in 101 records"
    assert DeadLetterLimit(share=Decimal("0.2")).stops(range(0, 400, 6), 401) is None
    assert DeadLetterLimit(in_a_row=0).stops((), 3) == "more than 0 dead letters in a row"


@given(
    st.lists(st.booleans(), max_size=80),
    st.builds(
        DeadLetterLimit,
        in_a_row=st.integers(0, 6),
        share=st.decimals("0", "1", places=2),
        window=st.integers(1, 20),
        min_remaining=st.integers(0, 8),
    ),
)
def test_offsets_tell_the_same_as_being_told_every_outcome(outcomes: list[bool], limit: DeadLetterLimit) -> None:
    """So nothing need be remembered but the letters themselves."""
    assert let_through([n for n, bad in enumerate(outcomes) if bad], limit) == told(outcomes, limit)


def test_the_settings_are_the_limit_where_nothing_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """5 % or 50 in a row; an operator may set others."""
    settings = ServiceSettings()
    assert DeadLetterLimit(settings.most_letters_in_a_row, settings.most_letters_share) == LIMIT
    monkeypatch.setenv("THIDUA_MOST_LETTERS_IN_A_ROW", "500")
    monkeypatch.setenv("THIDUA_MOST_LETTERS_SHARE", "1")
    settings = ServiceSettings()
    assert (settings.most_letters_in_a_row, settings.most_letters_share) == (500, Decimal(1))
