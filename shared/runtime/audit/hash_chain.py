"""A hash chain, pure: each entry holds the hash of the one before it, so none can be changed alone.

An entry is a flat document of integers, texts and lists of texts. ``_id`` is its number, from 1; ``prev`` the hash of
the entry before, ``GENESIS`` for the first; ``hash`` the SHA-256, in hex, of the canonical JSON of all the rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Entry = dict[str, Any]

GENESIS: Final = "0" * 64
SHORT: Final = 16
"""Hex digits of a hash that are printed on paper."""


class NotCanonical(ValueError):
    """A value that has no one canonical form: a float, an instant, a key that is no text."""


def canonical(value: object) -> bytes:
    """The one JSON text of a value: keys sorted by code point, no spaces, UTF-8.

    Only texts, integers, lists and objects of them; a float would be written otherwise by another program, so it is
    refused, as is all else. Raises ``NotCanonical``.
    """
    _look(value)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotCanonical("half a surrogate pair is no text") from None


def _look(value: object) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"a key must be a text, not {key!r}")
            _look(inner)
    elif isinstance(value, list):
        for inner in value:
            _look(inner)
    elif isinstance(value, bool) or not isinstance(value, str | int):
        raise NotCanonical(f"only texts and integers have one form, not {type(value).__name__}")


def hash_of(entry: Mapping[str, Any]) -> str:
    """The hash an entry must have. Raises ``NotCanonical``."""
    return hashlib.sha256(canonical({name: value for name, value in entry.items() if name != "hash"})).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """An entry named from outside the chain: on the topic of heads, or in the footer of a document.

    ``hash`` may be its beginning only. ``at`` is the entry's instant (ISO, UTC), empty where it was not told.
    """

    n: int
    hash: str
    at: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Head:
        """What names this entry."""
        return cls(entry["_id"], entry["hash"], entry["at"])


START: Final = Head(0, GENESIS)


def linked(what: Mapping[str, Any], head: Head) -> Entry:
    """The entry that follows a head. Raises ``NotCanonical``."""
    entry = {**what, "_id": head.n + 1, "prev": head.hash}
    return {**entry, "hash": hash_of(entry)}


class Why(StrEnum):
    """What can be wrong with an entry."""

    ALTERED = "altered"
    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    REWRITTEN = "not what the head says"
    SHORTER = "shorter than the head"


@dataclass(frozen=True, slots=True)
class Bad:
    """The first entry that is not as it was written, by its number. For a chain cut short, the first that is gone."""

    n: int
    why: Why


class Checker:
    """Is told a chain's entries in the order of their numbers and finds the first bad one.

    A chain whose end was cut off, or that was written anew from some entry on, is whole in itself; only ``heads`` kept
    elsewhere show it.
    """

    def __init__(self, heads: Iterable[Head] = ()) -> None:
        self.head = START
        self._heads: dict[int, list[Head]] = {}
        for head in heads:
            self._heads.setdefault(head.n, []).append(head)

    def take(self, entry: Mapping[str, Any]) -> Bad | None:
        """The next entry; what is wrong at it."""
        n, due = entry.get("_id"), self.head.n + 1
        if type(n) is not int or n < due:
            return Bad(due, Why.OUT_OF_ORDER)
        if n > due:
            return Bad(due, Why.MISSING)
        try:
            intact = hash_of(entry) == entry.get("hash")
        except NotCanonical:
            intact = False
        if not intact:
            return Bad(n, Why.ALTERED)
        if entry.get("prev") != self.head.hash:
            return Bad(n, Why.OUT_OF_ORDER)
        if not all(entry["hash"].startswith(head.hash) for head in self._heads.get(n, ())):
            return Bad(n, Why.REWRITTEN)
        self.head = Head(n, entry["hash"], str(entry.get("at", "")))
        return None

    def end(self) -> Bad | None:
        """There are no more entries; what is missing."""
        return Bad(self.head.n + 1, Why.SHORTER) if any(n > self.head.n for n in self._heads) else None


def first_bad(entries: Iterable[Mapping[str, Any]], heads: Iterable[Head] = ()) -> Bad | None:
    """The first bad entry of a whole chain; None where it is as it was written."""
    checker = Checker(heads)
    return next((bad for entry in entries if (bad := checker.take(entry))), None) or checker.end()
