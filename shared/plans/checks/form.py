"""Checks of a plan's text alone: keys given twice, and letters that other programs read as other words. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from shared.plans.checks.problem import Problem
from shared.plans.positioned_yaml import Position, PositionedYaml
from shared.wording import plan_checks, plan_problems


def duplicate_keys(positioned: PositionedYaml) -> Iterator[Problem]:
    """Keys that one mapping has twice."""
    for key, position, first_line in positioned.duplicate_keys:
        yield Problem(position, "duplicate_key", (), plan_checks.duplicate_key(key, first_line))


def misread_values(positioned: PositionedYaml) -> Iterator[Problem]:
    """Values that YAML reads as another than is written: ``010`` as 8, ``1.000`` as 1.0, ``no`` as false."""
    for position, problem in positioned.misread:
        yield Problem(position, "misread", (), plan_problems.misread_value(problem))


def decomposed_characters(text: str) -> Iterator[Problem]:
    """One problem for all lines whose letters are not in Unicode's composed form (NFC); comments are not read."""
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if not line.isascii() and not unicodedata.is_normalized("NFC", line) and not line.lstrip().startswith("#")
    ]
    if lines:
        number, line = lines[0]
        # The first letter that a combining mark follows.
        composed = unicodedata.normalize("NFC", line)
        column = next((i for i, pair in enumerate(zip(line, composed, strict=False), 1) if pair[0] != pair[1]), 1)
        yield Problem(Position(number, column), "not_nfc", (), plan_checks.not_nfc(len(lines)))
