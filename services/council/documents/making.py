"""Make one file of a session's papers: which papers, in which format, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.council.documents.blocks import Paper
from services.council.documents.bundle import session_bundle, session_zip
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, kind_of, papers_of
from services.council.documents.pdf import papers_pdf
from services.council.documents.province import PaperKind
from services.council.documents.visibility import may_read
from services.council.documents.word import paper_docx
from shared.contracts.people import Role

Format = Literal["pdf", "docx", "zip"]

BUNDLE = "bundle"


class NoPaper(LookupError):
    """There is no such paper, not yet, or not for this reader: a Vietnamese sentence."""


class SeveralPapers(LookupError):
    """A Word file is one paper, and the kind has several: a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file: ``name`` is a kind, the key of one paper, or ``bundle``. ``role`` is the reader's."""

    name: str
    format: Format
    role: Role


def available(facts: SessionFacts, role: Role) -> list[tuple[PaperKind, str, Sequence[Paper]]]:
    """The kinds that a role may read, with their names and papers; a kind without a paper is left out."""
    kinds = [kind for kind in KINDS if may_read(role, kind, facts.session)]
    return [(kind, KINDS[kind][0], papers) for kind in kinds if (papers := papers_of(facts, kind))]


def made(facts: SessionFacts, wanted: Wanted, audit_head: str, templates: Path) -> bytes:
    """The file. Raises ``NoPaper``, ``SeveralPapers`` and ``UnusableTemplate``."""
    kinds = [kind for kind in KINDS if may_read(wanted.role, kind, facts.session)]
    if wanted.name == BUNDLE:
        if not kinds or wanted.format == "docx":
            raise NoPaper("Chưa có văn bản nào để lập bộ tài liệu.")
        if wanted.format == "pdf":
            return session_bundle(facts, audit_head, kinds)
        return session_zip(facts, templates, kinds)
    papers = [
        paper
        for kind in kinds
        if wanted.name.startswith(kind)
        for paper in papers_of(facts, kind)
        if wanted.name in (kind, paper.key)
    ]
    if not papers or wanted.format == "zip":
        raise NoPaper("Không có văn bản này, hoặc chưa đến lúc có.")
    if wanted.format == "pdf":
        return papers_pdf(papers[0].name, papers)
    if len(papers) > 1:
        names = ", ".join(f"{paper.key}.docx" for paper in papers[:10])
        raise SeveralPapers(f"Loại văn bản này có {len(papers)} bản; tải từng bản, ví dụ: {names}.")
    return paper_docx(papers[0], templates / f"{kind_of(papers[0])}.docx")
