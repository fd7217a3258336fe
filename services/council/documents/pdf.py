"""Papers as PDF: one paper, or the bundle of a session numbered through. Pure, but slow: some 0.1 s a page.

The fonts are those beside this module, never the machine's, and no time is written into a file, so that the same papers
give the same bytes anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import typst

from services.council.documents.blocks import Block, Line, Paper, Table
from shared.contracts.json_values import JsonObject

_HERE = Path(__file__).parent
_MADE_AT = 0
"""The instant in every file, in seconds; typst would write the clock's."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page of a bundle: who issues it, and lines about its snapshot, what is left out, what changed since.

    ``scans`` are lines about the signed papers that there are as scans.
    """

    issuer: str
    lines: Sequence[str]
    scans: Sequence[str] = ()


def paper_pdf(paper: Paper) -> bytes:
    """One paper."""
    return papers_pdf(paper.name, [paper])


def papers_pdf(title: str, papers: Sequence[Paper]) -> bytes:
    """Papers of one kind in one file, each with page numbers of its own."""
    return _compiled({"bundle": False, "title": title, "papers": [paper_data(paper) for paper in papers]})


def bundle_pdf(title: str, papers: Sequence[Paper], cover: Cover) -> bytes:
    """All papers in one file, with a cover, a contents and bookmarks; pages are numbered through."""
    of_papers = [paper_data(paper) for paper in papers]
    return _compiled({"bundle": True, "title": title, "cover": asdict(cover), "papers": of_papers})


def _compiled(data: JsonObject) -> bytes:
    inputs = {"papers": json.dumps(data, ensure_ascii=False)}
    compiler = typst.Compiler(_HERE / "paper.typ", root=_HERE, font_paths=_fonts(), sys_inputs=inputs)
    pdf = compiler.compile(format="pdf", timestamp=_MADE_AT)
    assert isinstance(pdf, bytes)
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"])


def paper_data(paper: Paper) -> JsonObject:
    """Everything that stands in a paper, as the layout reads it."""
    data: JsonObject = asdict(paper)
    return {**data, "blocks": [*map(_block, paper.blocks)], "appendix": [*map(_block, paper.appendix)]}


def _block(block: Block) -> JsonObject:
    kind = "line" if isinstance(block, Line) else "table" if isinstance(block, Table) else "page"
    return {"type": kind, **asdict(block)}
