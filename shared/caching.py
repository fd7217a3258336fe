"""The one cache of this repository: values by key up to a limit. For a pure function use ``functools.lru_cache``."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(OrderedDict[Key, Value]):
    """At most ``limit`` values; the one that was kept longest ago is evicted first. Reading evicts nothing.

    It is read as a dictionary, at a dictionary's speed. Write with ``keep`` only, which holds the limit.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value, in place of an earlier one of its key, and return it."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._limit:
            self.popitem(last=False)
        return value
