"""A limit on the combining marks of one character, before a text is normalised. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_COMBINING_MARKS: Final = 30
"""Combining marks on one character at most (UAX #15, Stream-Safe Text): normalising more takes quadratic time."""


def stacked_marks_at(text: str) -> int | None:
    """The index of the first combining mark beyond ``MAX_COMBINING_MARKS`` on one character; None if there is none."""
    if len(text) <= MAX_COMBINING_MARKS or not any(map(unicodedata.combining, set(text))):
        return None
    marks = 0
    for index, character in enumerate(text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MAX_COMBINING_MARKS:
            return index
    return None


def has_stacked_marks(text: str) -> bool:
    """Whether a character has more combining marks than a text of any language; such a text is not normalised."""
    return stacked_marks_at(text) is not None
