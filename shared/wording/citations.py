"""Parses citations such as ``S0 V, VI; A14`` and writes them as official documents do (NĐ 30/2020). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from shared.contracts.plan import Source
from shared.wording.formats import ngay

Documents = Mapping[str, Source]
"""The source documents by their keys, as the citations of a plan mean them."""

_LAWS: Final[Mapping[str, str]] = {
    "L1": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L2": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L4": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L5": "Nghị định số 152/2025/NĐ-CP",
    "L7": "Thông tư số 15/2025/TT-BNV",
}

_PROVINCE = re.compile(r"\btỉnh(?P<name>( [\w-]+)+)$")
"""A province with its name, at the end of an agency's name."""

_IN_THE_PROVINCE = re.compile(r" trên địa bàn tỉnh(?: [A-ZĂÂĐÊÔƠƯ][\w-]*)+")
_QUOTED = re.compile(r'"([^"]*)"')


def citations(cite: str) -> list[tuple[str, str]]:
    """The (document or decision, section) pairs of a citation; the section is empty if none is named.

    ``"S0 V, VI; A14"`` gives ``[("S0", "V"), ("S0", "VI"), ("A14", "")]``.
    """
    pairs: list[tuple[str, str]] = []
    for part in cite.split(";"):
        document, _, sections = part.strip().partition(" ")
        pairs += [(document, section.strip()) for section in sections.split(",")]
    return pairs


def document_in_full(source: Source) -> str:
    """A document as it is named first: "Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh".

    Documents of the province's own agencies name the province without its name. A document without a number is named
    by its title.
    """
    if source.number is None:
        return source.name
    return f"{source.name} ngày {ngay(source.issued)} của {_PROVINCE.sub(_without_name, source.issuer)}"


def document_with_subject(source: Source) -> str:
    """A document as a letter names it first, with what it is about: "Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban
    nhân dân tỉnh về tổ chức thực hiện Phong trào thi đua “…” năm 2023".

    Its title leaves out "trên địa bàn tỉnh …", because sender and recipient are of the province. Quotation marks are
    typographic.
    """
    if source.number is None:
        return source.name
    title = _QUOTED.sub("“\\1”", _IN_THE_PROVINCE.sub("", source.title))
    return f"{document_in_full(source)} về {title[0].lower()}{title[1:]}"


def _without_name(match: re.Match[str]) -> str:
    """The word "tỉnh" alone if only a name in capital letters follows it; other words behind it stay."""
    words = match["name"].split()
    return "tỉnh" if all(word == "-" or word[0].isupper() for word in words) else match[0]


class Citing:
    """The citations of one text, in order: a document is named in full first, and by its number afterwards.

    ``in_full`` names a document for the first time.
    """

    def __init__(self, documents: Documents, in_full: Callable[[Source], str] | None = None) -> None:
        self._sources, self._in_full = documents, in_full or document_in_full
        self._named: set[str] = set()

    def among(self, documents: Documents) -> Citing:
        """The same text, in which the keys of documents mean these, as in the citations of another plan."""
        citing = Citing(documents, self._in_full)
        citing._named = self._named
        return citing

    def text(self, cite: str) -> str:
        """A citation in words: "khoản 5 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh".

        A citation of no known document becomes "Bổ sung, chưa có trong kế hoạch".
        """
        sections: dict[str, list[str]] = {}
        for document, section in citations(cite):
            if document in self._sources or document in _LAWS:
                sections.setdefault(document, []).extend([place(section)] if section else [])
        if not sections:
            return "Bổ sung, chưa có trong kế hoạch"
        return "; ".join(f"{', '.join(cited)} {self._name(key)}".lstrip() for key, cited in sections.items())

    def _name(self, key: str) -> str:
        source = self._sources.get(key)
        return _LAWS[key] if source is None else self.document(source)

    def document(self, source: Source) -> str:
        """A document: in full the first time, then by its number."""
        if source.name in self._named:
            return source.name
        self._named.add(source.name)
        return self._in_full(source)


def can_cu(cite: str, documents: Documents) -> str:
    """A single citation in words, as the first of its text."""
    return Citing(documents).text(cite)


def place(section: str) -> str:
    """A section as people cite it.

    ``VI.5`` is "khoản 5 Mục VI", ``IV.3.a`` "điểm a khoản 3 Mục IV", ``IV.1.1.b`` "điểm b khoản 1.1 Mục IV" and
    ``Phụ lục 27`` "số thứ tự 27 Phụ lục". A number below a point is a "tiết"; "Điều 3" stays as it is.
    """
    if section.startswith("Điều "):
        return section
    if section.startswith("Phụ lục "):
        return f"số thứ tự {section.removeprefix('Phụ lục ')} Phụ lục"
    head, *parts = section.split(".")
    points = [position for position, part in enumerate(parts) if not part.isdigit()]
    first = points[0] if points else len(parts)
    above, below = parts[:first], parts[first:]
    words = [f"{'tiết' if part.isdigit() else 'điểm'} {part}" for part in reversed(below)]
    words += [f"khoản {'.'.join(above)}"] if above else []
    return " ".join([*words, f"Mục {head}"])
