"""``python -m tests.bench [--reps N]``: one JSON line a ratio, the two sides alternating in one run."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable

from services.scoring.boards import Board
from shared.contracts.model import Tier
from tests.support.movement import FIELDS, Given, units

_TOP = 10_000


def board_against_sorting(n: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """One score and the rank it comes to, kept up to date against sorted anew, with ``n`` units."""
    rng = random.Random(n)
    board, scores = Board(_TOP), {f"u{i}": rng.randint(0, _TOP) for i in range(n)}
    for unit, score in scores.items():
        board.put(unit, score)
    changes = [(f"u{rng.randrange(n)}", rng.randint(0, _TOP)) for _ in range(50)]

    def kept() -> None:
        for unit, score in changes:
            board.put(unit, score)
            board.rank(unit)

    def sorted_anew() -> None:
        for unit, score in changes:
            scores[unit] = score
            sorted(scores.values(), reverse=True).index(score)

    return kept, sorted_anew


def old_news_against_news() -> tuple[Callable[[], None], Callable[[], None]]:
    """Hearing a year's reports a second time against the first."""
    given = Given()
    for field in FIELDS:
        for tier in (Tier.SO, Tier.HUYEN, Tier.XA):
            given.scores(field, tier, dict.fromkeys(units(tier), "50"))
    said = list(given.said)
    known = Given()
    known.hear(said)

    def again() -> None:
        known.hear(said)

    def first() -> None:
        Given().hear(said)

    return again, first


def ratio(work: Callable[[], None], base: Callable[[], None], reps: int) -> list[float]:
    """How many times faster ``work`` is than ``base``, once a repetition, alternating."""
    ratios: list[float] = []
    for _ in range(reps):
        seconds = []
        for side in (base, work):
            started = time.perf_counter()
            side()
            seconds.append(time.perf_counter() - started)
        ratios.append(seconds[0] / seconds[1])
    return ratios


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--reps", type=int, default=15)
    reps = parser.parse_args().reps
    for name, (work, base) in {
        "board: one score kept up to date / sorted anew, 300 units": board_against_sorting(300),
        "board: one score kept up to date / sorted anew, 10,000 units": board_against_sorting(10_000),
        "tally: a report heard again / heard first": old_news_against_news(),
    }.items():
        measured = ratio(work, base, reps)
        figures = {"median": statistics.median(measured), "min": min(measured), "max": max(measured)}
        print(json.dumps({"ratio": name, **{k: round(v, 2) for k, v in figures.items()}, "reps": reps}))


if __name__ == "__main__":
    main()
