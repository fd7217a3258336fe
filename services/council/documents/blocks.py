"""A paper as both renderers read it: every text is ready, in Vietnamese, and only the look is left to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Style = Literal["text", "basis", "part", "center", "center_bold", "note", "left"]
"""How a line looks: a paragraph; a legal basis (italic); the head of a part (bold, kept with what follows); centred;
centred and bold; a remark in small italics; a paragraph without indent."""

Align = Literal["left", "center", "right"]

BOX = "☐"
"""A box to tick. The PDF draws it, because its font has no such character."""

BLANK = "…………"
"""A place that is filled in by hand."""


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph."""

    text: str
    style: Style = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``width`` is its share of the page's width."""

    head: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. A row of the kind ``group`` has one text, which spans all columns; a ``total`` is bold."""

    cells: Sequence[str]
    kind: Literal["cells", "group", "total"] = "cells"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose head is repeated on every page. ``small``: in the size that wide tables have."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    small: bool = False


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows stands on a new page."""


Block = Line | Table | NewPage


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The head of a paper (NĐ 30/2020). ``superior`` and ``about`` (V/v …) may be empty, ``draft`` too.

    A paper without an official head (a ballot's list, a working table) has a letterhead without ``number``.
    """

    superior: str
    issuer: str
    number: str
    place_and_day: str
    draft: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: the authority line (TL., KT.; may be empty), the title, a note such as "(Ký tên)", the name."""

    authority: str
    title: str
    note: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. ``key`` is its kind, and for a kind with several papers also which one; ``name`` is for a contents.

    ``subtitle`` are the lines below ``title``; ``remark`` is the line in brackets below them. ``appendix`` follows the
    signatures on a new page. ``working``: a table of the desk, no official paper.
    """

    key: str
    name: str
    letterhead: Letterhead
    title: str
    subtitle: str
    blocks: Sequence[Block]
    signatures: Sequence[Signature]
    recipients: Sequence[str]
    remark: str = ""
    landscape: bool = False
    appendix: Sequence[Block] = ()
    working: bool = False


def texts_of(paper: Paper) -> list[str]:
    """Every text of a paper in the order in which it is read; empty ones are left out."""
    head = paper.letterhead
    texts = [head.superior, head.issuer, head.number, head.place_and_day, head.draft, head.about]
    texts += [paper.title, paper.subtitle, paper.remark, *_texts(paper.blocks)]
    for signature in paper.signatures:
        texts += [signature.authority, signature.title, signature.note, signature.name]
    return [text for text in (*texts, *paper.recipients, *_texts(paper.appendix)) if text]


def _texts(blocks: Iterable[Block]) -> list[str]:
    texts: list[str] = []
    for block in blocks:
        if isinstance(block, Line):
            texts.append(block.text)
        elif isinstance(block, Table):
            texts += [column.head for column in block.columns]
            texts += [cell for row in block.rows for cell in row.cells]
    return texts
