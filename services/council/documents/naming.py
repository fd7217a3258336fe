"""Persons' names in papers: whose names a paper needs, and what it says where they could not be had. Pure.

Council keeps no names. A paper is put together twice: first with marks instead of names, which say whose names intake
is to be asked for, then with the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.council.documents.blocks import Line, Paper, texts_of
from shared.contracts.names import NamingPaper, PersonName

NOT_FETCHED: Final = "chưa lấy được họ tên"
NOTICE: Final = (
    "Chưa lấy được họ tên cá nhân từ cổng tiếp nhận nên văn bản này chưa dùng được. Sau ít phút, tải lại văn bản này; "
    "nếu vẫn không có họ tên, báo người vận hành."
)
_MARK: Final = re.compile("\ue000([^\ue001]*)\ue001")


@dataclass(frozen=True)
class Names:
    """The kinds of paper in which the reader sees names, and the names by the persons' ids."""

    kinds: frozenset[NamingPaper]
    known: Mapping[str, PersonName]


class _Marks(Mapping[str, PersonName]):
    """Has a mark for every id, which no text of a paper can contain."""

    def __getitem__(self, person: str) -> PersonName:
        return PersonName(id=person, name=f"\ue000{person}\ue001")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def marks(kinds: frozenset[NamingPaper]) -> Names:
    """Marks in place of names."""
    return Names(kinds, _Marks())


@dataclass(frozen=True, slots=True)
class Persons:
    """Whose names stand in some papers: the persons' ids, in the order of the papers, and the kinds of these papers."""

    ids: Sequence[str]
    kinds: Sequence[NamingPaper]


def marked(paper: Paper) -> Sequence[str]:
    """The ids of the persons whose marks stand in a paper."""
    return list(dict.fromkeys(person for text in texts_of(paper) for person in _MARK.findall(text)))


def name_text(person: PersonName, nominator: str) -> str:
    """A person as papers name them: "Nguyễn Văn A, Chuyên viên (do Sở Y tế đề nghị)".

    The nominator need not be the person's own agency, so it is named as what it is.
    """
    position = f", {person.position}" if person.position else ""
    return f"{person.name}{position} (do {nominator} đề nghị)"


def with_notice(paper: Paper) -> Paper:
    """The paper, which begins with a notice if a name in it could not be had."""
    if not any(NOT_FETCHED in text for text in texts_of(paper)):
        return paper
    notice = Line(NOTICE, "center_bold")
    return replace(
        paper, blocks=[notice, *paper.blocks], appendix=[notice, *paper.appendix] if paper.appendix else paper.appendix
    )
