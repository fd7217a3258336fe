"""The source texts as the project keeps them, and the sections a citation can name.

``<folder>/sources/<key>.md`` is the corrected text (A30), ``<key>.raw.txt`` the copy it was corrected from. A
section begins on a line of its own: ``I.``, then ``1.`` or ``1.1.``, then ``a)``; after a line ``Phụ lục`` the
numbered rows are sections of it ("Phụ lục 12").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ROMAN = re.compile(r"^(?:#+ +)?(?:\*\*)?([IVX]+)\. ")
_ARABIC = re.compile(r"^(?:#+ +)?(?:\*\*)?(\d+(?:\.\d+)*)\.[ \t]")
_LETTER = re.compile(r"^([a-zđ])\) ")
_ANNEX = re.compile(r"^(?:#+ +)?(?:\*\*)?Phụ lục\b")


def sections(text: str) -> frozenset[str]:
    """Every section a citation can name: "IV", "IV.3", "IV.3.a", "IV.1.1.a", "Phụ lục", "Phụ lục 12"."""
    return frozenset(_sections(text))


def _sections(text: str) -> Iterator[str]:
    part = number = ""
    annex = False
    for line in text.splitlines():
        if _ANNEX.match(line):
            annex = True
            yield "Phụ lục"
        elif found := _ROMAN.match(line):
            part, number = found[1], ""
            yield part
        elif found := _ARABIC.match(line):
            number = found[1]
            yield f"Phụ lục {number}" if annex else f"{part}.{number}" if part else number
        elif (found := _LETTER.match(line)) and part:
            yield ".".join(filter(None, (part, number, found[1])))


def citations(cite: str) -> list[tuple[str, str]]:
    """The (document or decision, section) pairs of a citation; the section is empty where none is named.

    ``"S0 V, VI; A14"`` gives ``[("S0", "V"), ("S0", "VI"), ("A14", "")]``.
    """
    pairs: list[tuple[str, str]] = []
    for one in cite.split(";"):
        document, _, named = one.strip().partition(" ")
        pairs += [(document, section.strip()) for section in named.split(",")]
    return pairs


def source_texts(folder: Path) -> dict[str, str]:
    """The corrected source texts of a folder of plans, by the documents' keys."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((folder / "sources").glob("*.md"))}


def unfounded(cite: str, known: dict[str, frozenset[str]]) -> list[str]:
    """What a citation names that its document does not have; ``known`` are the sections by document.

    Decisions (A..) and legal facts (L..) are always known; a document without a text at hand is not looked into.
    """
    return [
        f"{document} {section}".strip()
        for document, section in citations(cite)
        if document in known and section not in known[document]
    ]
