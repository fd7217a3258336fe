"""A hash chain: each entry holds the hash of the one before it, so none can be changed alone; pure.

An entry is a flat document of integers, texts and lists of texts. ``_id`` is its number, from 1. ``prev`` is the hash
of the entry before, ``GENESIS`` for the first. ``hash`` is the SHA-256, in hex, of the canonical JSON of all other
fields.
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
SHORT_HASH_DIGITS: Final = 16
"""Hex digits of a hash that are printed on paper."""


class NotCanonical(ValueError):
    """A value that has no single canonical form: a float, an instant, a key that is not text."""


def canonical(value: object) -> bytes:
    """The canonical JSON of a value: keys sorted by code point, no spaces, UTF-8.

    Raises ``NotCanonical`` for anything but texts, integers, and lists and objects of these: another program would
    write a float differently.
    """
    _require_canonical(value)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotCanonical("half a surrogate pair is not text") from None


def _require_canonical(value: object) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"a key must be a text, not {key!r}")
            _require_canonical(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_canonical(inner)
    elif isinstance(value, bool) or not isinstance(value, str | int):
        raise NotCanonical(f"only texts and integers have one canonical form, not {type(value).__name__}")


def hash_of(entry: Mapping[str, Any]) -> str:
    """The hash an entry must have, in hex. Raises ``NotCanonical``."""
    return hashlib.sha256(canonical({name: value for name, value in entry.items() if name != "hash"})).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """A reference to an entry from outside the chain: on the topic of heads, or in the footer of a document.

    ``n`` is the entry's number. ``hash`` may be only the beginning of its hash. ``at`` is the entry's instant (ISO,
    UTC), or empty when it is not known.
    """

    n: int
    hash: str
    at: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Head:
        """The reference to an entry."""
        return cls(entry["_id"], entry["hash"], entry["at"])


START: Final = Head(0, GENESIS)


def next_entry(content: Mapping[str, Any], head: Head) -> Entry:
    """The entry with this content that follows a head. Raises ``NotCanonical``."""
    entry = {**content, "_id": head.n + 1, "prev": head.hash}
    return {**entry, "hash": hash_of(entry)}


class FaultKind(StrEnum):
    """What can be wrong with an entry."""

    ALTERED = "altered"
    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    REWRITTEN = "not what the head says"
    SHORTER = "shorter than the head"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The number ``n`` of the first entry that is not as it was written, or that is gone, and ``why``."""

    n: int
    why: FaultKind


class Checker:
    """Checks a chain, entry by entry in the order of their numbers, and finds the first fault.

    A chain whose end was cut off, or that was rewritten from some entry on, is consistent in itself; only ``heads``
    stored elsewhere reveal it.
    """

    def __init__(self, heads: Iterable[Head] = ()) -> None:
        self.head = START
        self._heads: dict[int, list[Head]] = {}
        for head in heads:
            self._heads.setdefault(head.n, []).append(head)

    def check(self, entry: Mapping[str, Any]) -> ChainFault | None:
        """Check the next entry; returns what is wrong with it."""
        n, expected = entry.get("_id"), self.head.n + 1
        if type(n) is not int or n < expected:
            return ChainFault(expected, FaultKind.OUT_OF_ORDER)
        if n > expected:
            return ChainFault(expected, FaultKind.MISSING)
        try:
            intact = hash_of(entry) == entry.get("hash")
        except NotCanonical:
            intact = False
        if not intact:
            return ChainFault(n, FaultKind.ALTERED)
        if entry.get("prev") != self.head.hash:
            return ChainFault(n, FaultKind.OUT_OF_ORDER)
        if not all(entry["hash"].startswith(head.hash) for head in self._heads.get(n, ())):
            return ChainFault(n, FaultKind.REWRITTEN)
        self.head = Head(n, entry["hash"], str(entry.get("at", "")))
        return None

    def end(self) -> ChainFault | None:
        """Check that no entry is missing after the last one."""
        return ChainFault(self.head.n + 1, FaultKind.SHORTER) if any(n > self.head.n for n in self._heads) else None


def first_fault(entries: Iterable[Mapping[str, Any]], heads: Iterable[Head] = ()) -> ChainFault | None:
    """The first fault of a whole chain; None when the chain is as it was written."""
    checker = Checker(heads)
    return next((fault for entry in entries if (fault := checker.check(entry))), None) or checker.end()
