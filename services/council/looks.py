"""When a reader last looked at a board, and how it stood then: so that the page can say which ranks have moved.

A visit lasts until the reader has been away for ``APART``. What is compared with is how the board stood when the visit
before this one ended, so that reading a page again does not hide what had moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

APART: Final = timedelta(minutes=30)
_NOTED_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Look:
    """How a board stood at an aware instant, as the text of ``pack_scores``."""

    scores: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Looks:
    """A reader's last look at a board, and the last one of the visit before; None before the second visit."""

    last: Look
    visit_before: Look | None = None


def looked(before: Looks | None, scores: str, now: datetime) -> Looks:
    """The looks after one more, which shows these scores."""
    this = Look(scores, now)
    if before is None:
        return Looks(this)
    return Looks(this, before.visit_before if now - before.last.at < APART else before.last)


def is_worth_noting(before: Looks | None, after: Looks) -> bool:
    """Whether a look has to be written: it begins a visit, shows other scores, or is the first for some minutes."""
    if before is None or before.visit_before != after.visit_before or before.last.scores != after.last.scores:
        return True
    return after.last.at - before.last.at >= _NOTED_EVERY
