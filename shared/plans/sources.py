"""The texts of the source documents, and the sections of them that a citation can name.

``<folder>/sources/<key>.md`` is the corrected text (A30), ``<key>.raw.txt`` the copy it was corrected from. A slash in
a key is a hyphen in the file's name. A section begins on a line of its own: ``I.``, then ``1.`` or ``1.1.``, then
``a)``. After a line ``Phụ lục``, the numbered rows are sections of the annex ("Phụ lục 12").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from unicodedata import normalize

from shared.wording.citations import citations

_ROMAN = re.compile(r"^(?:#+ +)?(?:\*\*)?([IVX]+)\. ")
_ARABIC = re.compile(r"^(?:#+ +)?(?:\*\*)?(\d+(?:\.\d+)*)\.[ \t]")
_POINT = re.compile(r"^([a-zđ])\) ")
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
        elif match := _ROMAN.match(line):
            part, number = match[1], ""
            yield part
        elif match := _ARABIC.match(line):
            number = match[1]
            yield f"Phụ lục {number}" if annex else f"{part}.{number}" if part else number
        elif (match := _POINT.match(line)) and part:
            yield ".".join(filter(None, (part, number, match[1])))


def source_texts(folder: Path) -> dict[str, str]:
    """The corrected source texts of a folder of plans, by the key of the document as the file's name has it."""
    paths = sorted((folder / "sources").glob("*.md"))
    return {normalize("NFC", path.stem): path.read_text(encoding="utf-8") for path in paths}


def file_key(document: str) -> str:
    """A document's key as the names of its files have it: a slash is a hyphen."""
    return document.replace("/", "-")


def unfounded(cite: str, sections_of: Mapping[str, frozenset[str]]) -> list[str]:
    """The sections a citation names that their documents do not have; ``sections_of`` has the sections by document.

    The documents of ``sections_of`` are named as in ``source_texts``. Decisions (A..) and legal facts (L..) are always
    valid; a document without sections here is not checked.
    """
    return [
        f"{document} {section}".strip()
        for document, section in citations(cite)
        if (existing := sections_of.get(file_key(document))) is not None and section not in existing
    ]
