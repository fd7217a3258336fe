"""The limit on dead letters, without I/O: how many stop a partition."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.dead_letters.limit import DeadLetterLimit
from shared.runtime.settings import ServiceSettings

LIMIT = DeadLetterLimit()


def accepted(unreadable: Collection[int], limit: DeadLetterLimit = LIMIT) -> list[int]:
    """The dead-letter offsets of a partition with these unreadable offsets, up to its stop or its end."""
    dead_letters: list[int] = []
    for offset in sorted(unreadable):
        if limit.stops(dead_letters, offset):
            break
        dead_letters.append(offset)
    return dead_letters


def accepted_by_definition(outcomes: Sequence[bool], limit: DeadLetterLimit) -> list[int]:
    """The same from every outcome, by the definition of the limit: a streak, and a sliding window."""
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


def test_fifty_in_a_row_are_accepted_and_the_next_stops_the_partition() -> None:
    """The first offset does not matter."""
    for first in (0, 7, 10**9):
        assert accepted(range(first, first + 500)) == list(range(first, first + 50))


def test_one_readable_record_resets_the_streak() -> None:
    """Two streaks of fifty have one readable record in between; a share of 100 % leaves only the streak limit."""
    limit = DeadLetterLimit(share=Decimal(1))
    assert len(accepted([*range(50), *range(51, 101)], limit)) == 100
    assert len(accepted([*range(50), *range(51, 102)], limit)) == 100


@pytest.mark.parametrize(("every", "kept"), [(20, 100), (19, 50), (2, 50)])
def test_five_percent_may_be_unreadable_for_ever_but_not_more(every: int, kept: int) -> None:
    """Of 2,000 records one in twenty may be unreadable; one in nineteen is more than fifty in a thousand."""
    assert len(accepted(range(0, 2000, every))) == kept


def test_dead_letters_before_the_window_do_not_count() -> None:
    """Fifty dead letters in a row are followed by about a thousand readable records and fifty more."""
    assert len(accepted([*range(50), *range(1049, 1099)])) == 100
    assert len(accepted([*range(50), *range(1048, 1099)])) < 101


def test_the_reason_names_the_exceeded_limit() -> None:
    """It is written to the log for the operator."""
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
def test_the_offsets_of_dead_letters_give_the_same_result_as_every_outcome(
    outcomes: list[bool], limit: DeadLetterLimit
) -> None:
    """So only the dead letters themselves have to be stored."""
    assert accepted([n for n, bad in enumerate(outcomes) if bad], limit) == accepted_by_definition(outcomes, limit)


def test_the_default_settings_are_the_default_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are 5 % or 50 in a row; an operator may set other values."""
    settings = ServiceSettings()
    assert DeadLetterLimit(settings.most_letters_in_a_row, settings.most_letters_share) == LIMIT
    monkeypatch.setenv("THIDUA_MOST_LETTERS_IN_A_ROW", "500")
    monkeypatch.setenv("THIDUA_MOST_LETTERS_SHARE", "1")
    settings = ServiceSettings()
    assert (settings.most_letters_in_a_row, settings.most_letters_share) == (500, Decimal(1))
