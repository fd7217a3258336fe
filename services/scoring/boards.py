"""Competition ranking on exact scores, kept up to date score by score.

A score is an integer: the decimal times ten to the power of the field's decimals, so no rank depends on a float.
Ranks are computed when they are read, because one score moves the ranks of a third of the board.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from shared.plans.ranking import ranks_of


@lru_cache(maxsize=1 << 17)
def fixed_point(score: str, decimals: int) -> int:
    """A score as an integer count of its smallest step. Raises ``ValueError`` if it has more decimals.

    Scores repeat, so results are cached.
    """
    scaled = Decimal(score).scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{score} has more than {decimals} decimals")
    return int(scaled)


class Board:
    """Scores of units, kept in order: a change or a rank costs one search among the scores, however fine they are.

    A ``dense`` rank counts the distinct higher scores (1, 2, 2, 3); the usual rank counts the units that have a higher
    score (1, 2, 2, 4; A6).
    """

    def __init__(self, *, dense: bool = False) -> None:
        self._scores: dict[str, int] = {}
        self._ascending: list[int] = []
        self._dense = dense

    @classmethod
    def of(cls, scores: Mapping[str, Fraction], *, dense: bool = False) -> Board:
        """A board of scores on different scales: only their exact order counts."""
        step = {score: n for n, score in enumerate(sorted(set(scores.values())))}
        board = cls(dense=dense)
        for unit, score in scores.items():
            board.put(unit, step[score])
        return board

    def __len__(self) -> int:
        return len(self._scores)

    def put(self, unit: str, score: int) -> None:
        """Set or replace a unit's score."""
        before = self._scores.get(unit)
        if before != score:
            self._take_out(before)
            self._scores[unit] = score
            insort(self._ascending, score)

    def remove(self, unit: str) -> None:
        """Remove a unit's score, if it has one."""
        self._take_out(self._scores.pop(unit, None))

    def _take_out(self, score: int | None) -> None:
        if score is not None:
            del self._ascending[bisect_left(self._ascending, score)]

    def rank(self, unit: str) -> int | None:
        """One more than the number of units (dense: of distinct scores) above the unit; None without a score."""
        score = self._scores.get(unit)
        if score is None:
            return None
        higher = bisect_right(self._ascending, score)
        return 1 + (len(set(self._ascending[higher:])) if self._dense else len(self._ascending) - higher)

    def rank_among(self, unit: str, rivals: Iterable[str]) -> int | None:
        """The unit's rank within a small group, such as the communes of one district; None without a score."""
        score = self._scores.get(unit)
        if score is None:
            return None
        higher = [rival_score for rival in rivals if (rival_score := self._scores.get(rival, -1)) > score]
        return 1 + len(set(higher) if self._dense else higher)

    def ranks(self, groups: Iterable[Iterable[str]] | None = None) -> dict[str, int]:
        """The rank of every unit with a score: among all units, or within its own group if ``groups`` are given."""
        ranks: dict[str, int] = {}
        for group in (self._scores,) if groups is None else groups:
            scores = {unit: self._scores[unit] for unit in group if unit in self._scores}
            ranks |= ranks_of(scores, dense=self._dense)
        return ranks

    def above(self, unit: str, among: Iterable[str] | None = None) -> list[str]:
        """The units (of a group, if one is given) with a higher score, the highest first, then by code."""
        score = self._scores.get(unit)
        if score is None:
            return []
        rivals = self._scores if among is None else [rival for rival in among if rival in self._scores]
        return sorted((u for u in rivals if self._scores[u] > score), key=lambda u: (-self._scores[u], u))

    def ranking(self, among: Iterable[str] | None = None) -> list[tuple[int, str]]:
        """(rank, unit) of every unit with a score (of a group, if one is given), by rank and then unit."""
        units = self._scores if among is None else [unit for unit in among if unit in self._scores]
        ordered = sorted(units, key=lambda unit: (-self._scores[unit], unit))
        ranks: list[tuple[int, str]] = []
        for position, unit in enumerate(ordered, start=1):
            last = ranks[-1] if ranks else None
            if last and self._scores[last[1]] == self._scores[unit]:
                ranks.append((last[0], unit))
            else:
                ranks.append((last[0] + 1 if last and self._dense else position, unit))
        return ranks
