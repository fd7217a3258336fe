"""What must not stand in a text that people read: codes, ISO dates, ambiguous names, English words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from shared.contracts.model import Tier
from shared.contracts.units import UnitRegister
from shared.wording.unit_names import short_name

_ISO: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_ADDRESS: Final = re.compile(r"\S+@\S+|https?://\S+")
_KEY: Final = re.compile(r"(?<![\w./-])(?=[a-z0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w-])|\b[a-z]+(?:_[a-z0-9]+)+\b")
_CODE: Final = re.compile(r"(?<![\w/.-])(?:OB\d{2}|S\d|P\d|[BC]\d)(?![\w/-])")
_WORD: Final = re.compile(r"(?<![\w./@-])[A-Za-z][a-z]+(?![\w@-]|[./]\w)")
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?"
    r"(?:uye|uya|uyu|ieu|yeu|oai|oay|oeo|uoi|uou|uay|ia|ie|iu|ua|ue|ui|uo|uu|uy|oa|oe|oi|oo|ai|ao|au|ay|eo|eu|ye|[aeiouy])"
    r"(?:nh|ng|m|n)?"
)
"""A syllable without marks: one that ends in c, ch, p or t always has one, so "not" and "list" are none."""
_ENGLISH: Final = frozenset(("the", "no", "none", "true", "on", "him", "her", "you", "we", "null"))
_PLAIN: Final = frozenset(
    ("excel", "word", "pdf", "xlsx", "email", "website", "internet", "online", "logo", "alt", "shift")
)


class Passage(NamedTuple):
    """A paragraph, a row of a table, an entry of a list; ``group`` is the heading of its rows, or empty."""

    text: str
    group: str = ""


@dataclass(frozen=True)
class TextRules:
    """The names that occur twice in a register, each with its districts, and the words that names may contain.

    ``names`` are ASCII words that occur in names of the year's data, such as those of companies.
    """

    ambiguous: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, register: UnitRegister, *names: str) -> TextRules:
        """The rules for a province; ``names`` are texts whose words are names."""
        districts: defaultdict[str, set[str]] = defaultdict(set)
        for unit in register.units:
            if unit.tier is Tier.XA and unit.parent:
                place = short_name(register, unit.code, under=unit.parent)
                districts[place].add(short_name(register, unit.parent))
        words = " ".join([*names, *(unit.name for unit in register.units)])
        shared = {place: frozenset(among) for place, among in districts.items() if len(among) > 1}
        return cls(shared, frozenset(word.lower() for word in _WORD.findall(words)))

    def faults(self, passage: Passage) -> Iterator[str]:
        """What is wrong with a passage, each with the words at fault."""
        text = unicodedata.normalize("NFC", " ".join(passage.text.split()))
        plain = _ADDRESS.sub(" ", text)
        for pattern, fault in ((_ISO, "an ISO date"), (_KEY, "a raw key"), (_CODE, "a code")):
            yield from (f"{fault}: {match[0]!r} in {_around(plain, match)}" for match in pattern.finditer(plain))
        for match in _WORD.finditer(plain):
            if self._is_foreign(match[0].lower()):
                yield f"not Vietnamese: {match[0]!r} in {_around(plain, match)}"
        yield from self._ambiguous_names(text, unicodedata.normalize("NFC", passage.group))

    def _is_foreign(self, word: str) -> bool:
        if word in self.names or word in _PLAIN:
            return False
        return word in _ENGLISH or _SYLLABLE.fullmatch(word) is None

    def _ambiguous_names(self, text: str, group: str) -> Iterator[str]:
        for place, districts in self.ambiguous.items():
            for match in _occurrences(place).finditer(text):
                after, before = text[match.end() :], text[: match.start()]
                named = any(
                    after.startswith((f", {district}", f" ({district}"))
                    or f"{district}:" in before
                    or district in group
                    for district in districts
                )
                if not named:
                    yield f"which one of {len(districts)}: {match[0]!r} in {_around(text, match)}"


@cache
def _occurrences(place: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(place)}(?!\w)", re.IGNORECASE)


def _around(text: str, match: re.Match[str]) -> str:
    return f"“{text[max(0, match.start() - 30) : match.end() + 30]}”"
