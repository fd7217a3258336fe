"""Valid input with one field spoilt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import copy
from typing import Any

DELETED = object()
"""Instead of a value: the field is left out, and one that nobody knows is added."""


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every field; of a list, of its first and its longest item. Parts of a plan are tested alone."""
    yield at
    if len(at) == 1 and len(json.dumps(value)) > 2000:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    elif isinstance(value, list) and value:
        longest = max(range(len(value)), key=lambda n: len(json.dumps(value[n])))
        for position in {0, longest}:
            yield from places(value[position], (*at, position))


def spoilt(base: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The base with another value of one field; see ``DELETED``. What is not on the way to the field is not copied."""
    if not place:
        return value
    changed = inner = copy(base)
    for step in place[:-1]:
        inner[step] = inner = copy(inner[step])
    if value is not DELETED:
        inner[place[-1]] = value
    elif isinstance(inner, dict):
        del inner[place[-1]]
        inner["zzz"] = 1
    else:
        inner.clear()
    return changed
