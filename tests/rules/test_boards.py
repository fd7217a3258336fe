"""Competition ranking, score by score."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.boards import Board, fixed_point

TOP = 2_000
puts = st.lists(st.tuples(st.sampled_from([f"u{n}" for n in range(40)]), st.integers(0, TOP)), max_size=120)


@given(puts)
def test_after_every_score_the_ranks_are_those_of_a_full_sort(changes: list[tuple[str, int]]) -> None:
    """The incremental ranks equal a full recomputation after every step."""
    board, scores = Board(), dict[str, int]()
    for unit, score in changes:
        board.put(unit, score)
        scores[unit] = score
        for ranked_unit, own_score in scores.items():
            assert board.rank(ranked_unit) == 1 + sum(other_score > own_score for other_score in scores.values())
    assert {unit: rank for rank, unit in board.ranking()} == {unit: board.rank(unit) for unit in scores}


def test_ties_share_a_rank_and_the_next_one_skips() -> None:
    """The ranks are 1, 2, 2, 4 (A6)."""
    board = Board()
    for unit, score in (("a", 90), ("b", 80), ("c", 80), ("d", 70)):
        board.put(unit, score)
    assert board.ranking() == [(1, "a"), (2, "b"), (2, "c"), (4, "d")]


@given(puts)
def test_a_dense_rank_counts_the_distinct_higher_scores(changes: list[tuple[str, int]]) -> None:
    board, scores = Board(dense=True), dict[str, int]()
    for unit, score in changes:
        board.put(unit, score)
        scores[unit] = score
    for unit, own_score in scores.items():
        assert board.rank(unit) == 1 + len({score for score in scores.values() if score > own_score})


def test_a_removed_score_counts_no_longer() -> None:
    board = Board()
    for unit, score in (("a", 90), ("b", 90), ("c", 10**12)):
        board.put(unit, score)
    board.remove("c")
    board.remove("a")
    assert board.ranking() == [(1, "b")]
    assert board.rank("b") == 1


def test_a_rank_in_a_small_group_counts_only_that_group() -> None:
    """An example of such a group is the communes of one district."""
    board = Board()
    for unit, score in (("a", 90), ("b", 80), ("c", 70)):
        board.put(unit, score)
    assert board.rank_among("c", ("b", "c")) == 2
    assert board.rank_among("c", ("c", "unscored")) == 1


def test_a_unit_without_a_score_has_no_rank() -> None:
    """A missing score is not ranked last."""
    assert Board().rank("a") is None
    assert Board().rank_among("a", ("b",)) is None


def test_scores_become_integers_exactly_or_not_at_all() -> None:
    """There is no float and no rounding."""
    assert fixed_point(Decimal("87.50"), 2) == 8750
    assert fixed_point(Decimal(100), 2) == 10000
    with pytest.raises(ValueError, match="more than 2 decimals"):
        fixed_point(Decimal("87.50505"), 2)
