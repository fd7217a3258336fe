"""Which unit a name means: an exact name is taken, anything else is only suggested. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from shared.contracts.units import Unit, UnitRegister

_ALIKE = 75.0
"""How alike, of 100, a name must be to be suggested."""

_SUGGESTED = 3
_SHORT = {"tp": "thanh pho", "tt": "thi tran", "ubnd": "uy ban nhan dan", "vp": "van phong", "bql": "ban quan ly"}

_LONGEST = 300
"""Letters looked at: putting many marks in order takes longer than the text is worth."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that may have been meant."""

    code: str
    name: str


def normal(name: str) -> str:
    """A name without what typing changes: composition, case, spaces. Nothing that could be another name is lost."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def plain(name: str) -> str:
    """A name without marks, as typed on a keyboard that has none: for suggestions, never for taking."""
    bare = unicodedata.normalize("NFD", normal(name[:_LONGEST])).replace("đ", "d")
    return "".join(character for character in bare if not unicodedata.combining(character))


def labels(units: Iterable[Unit], register: UnitRegister) -> dict[str, str]:
    """What units are called in a form, by code: the name, with its parent's where several share it."""
    named: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        named[normal(unit.name)].append(unit)
    return {
        unit.code: f"{unit.name} ({register.name_of(unit.parent)})" if len(same) > 1 and unit.parent else unit.name
        for same in named.values()
        for unit in same
    }


def _in_full(name: str) -> str:
    """A plain name with what offices abbreviate written out, and without "UBND" before a place."""
    words = " ".join(_SHORT.get(word.rstrip("."), word) for word in name.replace(".", ". ").split())
    return words.removeprefix(f"{_SHORT['ubnd']} ") or words


class Names:
    """The units a report may be about, found by name."""

    def __init__(self, units: Iterable[Unit], register: UnitRegister) -> None:
        units = tuple(units)
        self.labels: Mapping[str, str] = labels(units, register)
        self._plain = {code: plain(label) for code, label in self.labels.items()}
        self._exact: defaultdict[str, set[str]] = defaultdict(set)
        for unit in units:
            self._exact[normal(unit.name)].add(unit.code)
            self._exact[normal(self.labels[unit.code])].add(unit.code)
            if unit.parent:
                self._exact[normal(f"{unit.name} ({register.name_of(unit.parent)})")].add(unit.code)

    def called(self, name: str) -> frozenset[str]:
        """The units of exactly this name, whatever its case and spaces; several where communes share it."""
        return frozenset(self._exact.get(normal(name), ()) if len(name) <= _LONGEST else ())

    def suggest(self, name: str) -> list[Suggestion]:
        """Units that may have been meant, the likeliest first; none where nothing is alike."""
        asked = _in_full(plain(name))
        same = sorted(code for code, label in self._plain.items() if label == asked or label.startswith(f"{asked} ("))
        alike = process.extract(asked, self._plain, scorer=fuzz.token_sort_ratio, limit=_SUGGESTED, score_cutoff=_ALIKE)
        codes = dict.fromkeys([*same, *(code for _, _, code in alike)])
        return [Suggestion(code, self.labels[code]) for code in list(codes)[:_SUGGESTED]]
