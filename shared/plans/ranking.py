"""Ranks by score (A6), for scores of any kind that can be compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

Comparable = TypeVar("Comparable", int, Decimal)


def ranks_of(scores: Mapping[str, Comparable], *, dense: bool = False) -> dict[str, int]:
    """The rank of each unit: one more than the number of units (``dense``: of distinct scores) with a higher score."""
    descending = sorted(set(scores.values()) if dense else scores.values(), reverse=True)
    rank_of: dict[Comparable, int] = {}
    for rank, score in enumerate(descending, start=1):
        rank_of.setdefault(score, rank)
    return {unit: rank_of[score] for unit, score in scores.items()}
