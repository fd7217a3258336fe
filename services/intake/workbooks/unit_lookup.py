"""Finds the unit a name means: an exact name is accepted, any other name only yields suggestions. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process

from shared.contracts.units import Unit, UnitRegister
from shared.wording.unit_names import full_name, short_name
from shared.wording.unmarked import MAX_COMPARED, normalized, without_marks

_MIN_SIMILARITY = 75.0
"""The minimum similarity (of 100) of a suggested name."""

_MAX_SUGGESTIONS = 3
_ABBREVIATIONS = {
    "tp": "thanh pho",
    "tt": "thi tran",
    "ubnd": "uy ban nhan dan",
    "vp": "van phong",
    "bql": "ban quan ly",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that may have been meant."""

    code: str
    name: str


def labels(units: Iterable[Unit], register: UnitRegister) -> dict[str, str]:
    """The names of units in a form, by code: a commune with its district."""
    return {unit.code: short_name(register, unit.code) for unit in units}


def _accepted_names(unit: Unit, register: UnitRegister) -> Iterator[str]:
    """What a unit may be called in a form: as in the register, as people read it, or as in forms of release 0.2.0."""
    yield from (unit.name, short_name(register, unit.code), full_name(register, unit.code))
    if parent := register.by_code.get(unit.parent or ""):
        yield f"{unit.name} ({parent.name})"


def _expanded(name: str) -> str:
    """A name without marks, with usual abbreviations written out, and without "UBND" before a place."""
    words = " ".join(_ABBREVIATIONS.get(word.rstrip("."), word) for word in name.replace(".", ". ").split())
    return words.removeprefix(f"{_ABBREVIATIONS['ubnd']} ") or words


class UnitNames:
    """Finds units by name."""

    def __init__(self, units: Iterable[Unit], register: UnitRegister) -> None:
        units = tuple(units)
        self.labels: Mapping[str, str] = labels(units, register)
        self._unmarked = {(unit.code, name): without_marks(name) for unit in units for name in self._shown(unit)}
        self._exact: defaultdict[str, set[str]] = defaultdict(set)
        for unit in units:
            for name in _accepted_names(unit, register):
                self._exact[normalized(name)].add(unit.code)

    def _shown(self, unit: Unit) -> tuple[str, str]:
        return unit.name, self.labels[unit.code]

    def exact(self, name: str) -> frozenset[str]:
        """The codes of the units with exactly this name, ignoring case and spaces; communes may share a name."""
        return frozenset(self._exact.get(normalized(name), ()) if len(name) <= MAX_COMPARED else ())

    def suggest(self, name: str) -> list[Suggestion]:
        """Units that may have been meant, the most similar first; empty if none is similar."""
        target = _expanded(without_marks(name))
        same = sorted(code for (code, _), name in self._unmarked.items() if name == target)
        similar = process.extract(
            target,
            self._unmarked,
            scorer=fuzz.token_sort_ratio,
            limit=2 * _MAX_SUGGESTIONS,
            score_cutoff=_MIN_SIMILARITY,
        )
        codes = dict.fromkeys([*same, *(code for _, _, (code, _) in similar)])
        return [Suggestion(code, self.labels[code]) for code in list(codes)[:_MAX_SUGGESTIONS]]


class UnitFinder:
    """Finds the units of one report: by name among those that exist on its as-of day, by code among all.

    ``allowed`` may be reported. A unit's successor often keeps its name, so that a name alone means a unit only on a
    day (L10). ``day`` is local.
    """

    def __init__(self, allowed: Iterable[Unit], register: UnitRegister, day: date) -> None:
        self._allowed = UnitNames((unit for unit in allowed if unit.exists_on(day)), register)
        self._present = UnitNames((unit for unit in register.units if unit.exists_on(day)), register)
        self._all = UnitNames(register.units, register)
        self.labels: Mapping[str, str] = {**self._all.labels, **self._present.labels, **self._allowed.labels}

    def exact(self, name: str) -> frozenset[str]:
        """The codes of the units with exactly this name: those that may be reported, else those of that day, else any.

        Empty for an empty name.
        """
        if not name:
            return frozenset()
        return self._allowed.exact(name) or self._present.exact(name) or self._all.exact(name)

    def has_name(self, code: str, name: str) -> bool:
        """Whether a unit has or had this name, on whatever day."""
        return code in self._all.exact(name)

    def suggest(self, name: str) -> list[Suggestion]:
        """Units that may have been meant, the most similar first: of those that may be reported, else of that day."""
        return self._allowed.suggest(name) or self._present.suggest(name)

    def suggest_allowed(self, name: str) -> list[Suggestion]:
        """Units that may be reported and may have been meant, the most similar first."""
        return self._allowed.suggest(name)

    def named(self, *codes: str) -> list[Suggestion]:
        """These units as suggestions."""
        return [Suggestion(code, self.labels[code]) for code in sorted(codes)]


def question(suggestions: Sequence[Suggestion]) -> str:
    """The question "Có phải là …?" about suggestions; empty without any."""
    if not suggestions:
        return ""
    return " Có phải là " + " hoặc ".join(f"{unit.name} (mã {unit.code})" for unit in suggestions) + "?"
