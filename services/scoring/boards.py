"""Competition ranking on exact scores, kept up to date score by score.

A score is an integer: the decimal times ten to the field's decimals, so ranks never meet a float. Ranks are
derived when asked for, because one score moves the ranks of a third of the board.
"""

from __future__ import annotations

from decimal import Decimal

_BLOCK = 512


def fixed_point(score: Decimal, decimals: int) -> int:
    """A score as an integer count of its smallest step. Raises ``ValueError`` where it has finer decimals."""
    scaled = score.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{score} has more than {decimals} decimals")
    return int(scaled)


class Board:
    """Scores of units in 0..top, counted in two levels: a change costs O(1), a rank one short sum."""

    def __init__(self, top: int) -> None:
        self._scores: dict[str, int] = {}
        self._fine = [0] * (top + 1)
        self._coarse = [0] * (top // _BLOCK + 1)

    def __len__(self) -> int:
        return len(self._scores)

    def put(self, unit: str, score: int) -> None:
        """Set or replace a unit's score."""
        self._count(self._scores.get(unit), -1)
        self._scores[unit] = score
        self._count(score, +1)

    def _count(self, score: int | None, by: int) -> None:
        if score is not None:
            self._fine[score] += by
            self._coarse[score // _BLOCK] += by

    def rank(self, unit: str) -> int | None:
        """One more than the number of units with a higher score (1, 2, 2, 4; A6); None without a score."""
        score = self._scores.get(unit)
        if score is None:
            return None
        block = score // _BLOCK
        return 1 + sum(self._coarse[block + 1 :]) + sum(self._fine[score + 1 : (block + 1) * _BLOCK])

    def rank_among(self, unit: str, rivals: tuple[str, ...]) -> int | None:
        """The rank within a small group, such as the communes of one district."""
        score = self._scores.get(unit)
        if score is None:
            return None
        return 1 + sum(self._scores.get(rival, -1) > score for rival in rivals)

    def ranking(self) -> list[tuple[int, str]]:
        """Every unit with its rank, by rank and then unit."""
        ordered = sorted(self._scores, key=lambda unit: (-self._scores[unit], unit))
        ranks: list[tuple[int, str]] = []
        for position, unit in enumerate(ordered, start=1):
            tied = ranks and self._scores[ranks[-1][1]] == self._scores[unit]
            ranks.append((ranks[-1][0] if tied else position, unit))
        return ranks
