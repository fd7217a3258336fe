"""Ratios without a network: an incremental board against a full sort, repeated reports against new ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache

from services.scoring.boards import Board
from shared.contracts.model import Tier
from tests.bench.ratio import Ratio, Side, Stopwatch, Took
from tests.bench.stage import Stage
from tests.support.movement import FIELDS, Given, units

_TOP = 10_000
_CHANGES = 50


@lru_cache
def _board(n: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """Two ways to set a score and get its rank among ``n`` units: incrementally, and by sorting all scores again."""
    rng = random.Random(n)
    board, scores = Board(), {f"u{i}": rng.randint(0, _TOP) for i in range(n)}
    for unit, score in scores.items():
        board.put(unit, score)
    changes = [(f"u{rng.randrange(n)}", rng.randint(0, _TOP)) for _ in range(_CHANGES)]

    def kept() -> None:
        for unit, score in changes:
            board.put(unit, score)
            board.rank(unit)

    def sorted_again() -> None:
        for unit, score in changes:
            scores[unit] = score
            sorted(scores.values(), reverse=True).index(score)

    return kept, sorted_again


@lru_cache
def _reports() -> tuple[Callable[[], None], Callable[[], None]]:
    """Two functions: one applies a year's reports a second time, the other applies them for the first time."""
    given = Given()
    for field in FIELDS:
        for tier in (Tier.SO, Tier.HUYEN, Tier.XA):
            given.scores(field, tier, dict.fromkeys(units(tier), "50"))
    results = list(given.applied)
    warm = Given()
    warm.apply(results)

    def again() -> None:
        warm.apply(results)

    def first() -> None:
        Given().apply(results)

    return again, first


def _timed(work: Callable[[], Callable[[], None]], events: int = 1) -> Side:
    async def side(_: Stage) -> Took:
        do = work()
        watch = Stopwatch()
        with watch.running():
            do()
        return watch.took(events)

    return side


def _of_boards(n: int) -> Ratio:
    description = f"one score kept up to date and its rank read / sorted again, {n:,} units"
    return Ratio(
        f"board-{n}",
        description,
        _timed(lambda: _board(n)[0], _CHANGES),
        _timed(lambda: _board(n)[1], _CHANGES),
        reps=15,
        pure=True,
    )


RATIOS = (
    _of_boards(300),
    _of_boards(10_000),
    Ratio(
        "tally-old-news",
        "a year's reports applied again / applied first",
        _timed(lambda: _reports()[0]),
        _timed(lambda: _reports()[1]),
        reps=15,
        pure=True,
    ),
)
