"""Make one file of a session's papers: which papers, in which format, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Literal, get_args

from services.council.documents.blocks import Paper
from services.council.documents.bundle import (
    Report,
    SignedPaper,
    bundled,
    session_bundle,
    text_hash,
    write_session_zip,
)
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, kind_of, papers_of
from services.council.documents.naming import Persons, marked, marks
from services.council.documents.pdf import papers_pdf
from services.council.documents.province import PaperKind
from services.council.documents.visibility import may_read
from services.council.documents.word import paper_docx
from shared.contracts.names import NAME_READERS, NamingPaper, kinds_with_names
from shared.contracts.people import Role

Format = Literal["pdf", "docx", "zip"]

BUNDLE: Final = "bundle"
NOT_THERE: Final = (
    "Không có văn bản này: chưa đến lúc có, hoặc không còn trường hợp nào cần văn bản này. "
    "Xem các văn bản hiện có ở Văn bản, tài liệu của phiên họp."
)
"""A letter about a unit goes from the list once the unit's case is no longer on the agenda."""

_LONG: Final = 20
"""More papers than these in one file take longer than a reader waits for a page."""


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

    @property
    def file(self) -> str:
        """Its name as a file."""
        return f"{self.name}.{self.format}"


def wanted_file(file: str, role: Role) -> Wanted:
    """The file with a name such as ``minutes.pdf``, for a reader's role. Raises ``NoPaper``."""
    name, _, ending = file.rpartition(".")
    formats: dict[str, Format] = {form: form for form in get_args(Format)}
    if ending not in formats:
        raise NoPaper(f"Văn bản tải về ở dạng {', '.join(formats)}, ví dụ {BUNDLE}.pdf.")
    return Wanted(name, formats[ending], role)


def available(facts: SessionFacts, role: Role) -> list[tuple[PaperKind, str, Sequence[Paper]]]:
    """The kinds that a role may read, with their names and papers; a kind without a paper is left out."""
    kinds = [kind for kind in KINDS if may_read(role, kind, facts.session)]
    return [(kind, KINDS[kind][0], papers) for kind in kinds if (papers := papers_of(facts, kind))]


def takes_long(wanted: Wanted, listed: Sequence[tuple[PaperKind, str, Sequence[Paper]]]) -> bool:
    """Whether a file is made outside the request that asks for it."""
    of_kind = next((papers for kind, _, papers in listed if kind == wanted.name), ())
    return wanted.name == BUNDLE or (wanted.format == "pdf" and is_long_kind(of_kind))


def is_long_kind(papers: Sequence[Paper]) -> bool:
    """Whether all papers of a kind in one file take long."""
    return len(papers) > _LONG


def made(facts: SessionFacts, wanted: Wanted, templates: Path) -> bytes:
    """The file of one paper or of one kind. Raises ``NoPaper``, ``SeveralPapers`` and ``UnusableTemplate``."""
    papers = _chosen(facts, wanted)
    if not papers or wanted.format == "zip":
        raise NoPaper(NOT_THERE)
    if wanted.format == "pdf":
        return papers_pdf(papers[0].name, papers)
    if len(papers) > 1:
        names = ", ".join(f"{paper.key}.docx" for paper in papers[:10])
        raise SeveralPapers(f"Loại văn bản này có {len(papers)} bản; tải từng bản, ví dụ: {names}.")
    return paper_docx(papers[0], templates / f"{kind_of(papers[0])}.docx")


def write_made(
    target: BinaryIO,
    facts: SessionFacts,
    wanted: Wanted,
    audit_head: str,
    templates: Path,
    scans: Sequence[tuple[SignedPaper, Path | None]],
    report: Report,
) -> None:
    """Write a file that takes long. ``scans`` are those that the reader may read; a zip needs their paths.

    Raises ``NoPaper``, ``SeveralPapers`` and ``UnusableTemplate``.
    """
    kinds = _kinds(facts, wanted)
    if wanted.name != BUNDLE:
        report(0, 1, "dàn trang")
        target.write(made(facts, wanted, templates))
    elif not kinds or wanted.format == "docx":
        raise NoPaper("Chưa có văn bản nào để lập bộ tài liệu.")
    elif wanted.format == "pdf":
        report(0, 1, "dàn trang và đánh số trang")
        target.write(session_bundle(facts, audit_head, kinds, [signed for signed, _ in scans]))
    else:
        with_paths = [(signed, path) for signed, path in scans if path is not None]
        write_session_zip(target, facts, templates, kinds, with_paths, report)


def persons_in(facts: SessionFacts, wanted: Wanted) -> Persons:
    """Whose names stand in a file, as far as its reader sees names."""
    if not _has_private_names(facts):
        return Persons((), ())
    naming = kinds_with_names(wanted.role)
    with_marks = replace(facts, names=marks(naming))
    readable = _kinds(facts, wanted)
    ids: dict[str, None] = {}
    kinds: list[NamingPaper] = []
    for kind in NAME_READERS:
        if kind in naming and kind in readable:
            of_kind = bundled(with_marks, [kind]) if wanted.name == BUNDLE else _of_kind(with_marks, wanted, kind)
            if persons := [person for paper in of_kind for person in marked(paper)]:
                ids |= dict.fromkeys(persons)
                kinds.append(kind)
    return Persons(tuple(ids), tuple(kinds))


def listing_hash(facts: SessionFacts, role: Role, listed: Sequence[tuple[PaperKind, str, Sequence[Paper]]]) -> str:
    """The hash of everything that stands in the papers listed for a role, of persons their ids; see ``text_hash``."""
    papers = [paper for _, _, of_kind in listed for paper in of_kind]
    if _has_private_names(facts):
        with_marks = replace(facts, names=marks(kinds_with_names(role)))
        naming = [
            kind for kind in NAME_READERS if kind in kinds_with_names(role) and may_read(role, kind, facts.session)
        ]
        papers += [paper for kind in naming for paper in papers_of(with_marks, kind)]
    return text_hash(papers, facts)


def _has_private_names(facts: SessionFacts) -> bool:
    return any(nomination.kind.is_name_private for nomination in facts.nominations.values())


def _chosen(facts: SessionFacts, wanted: Wanted) -> list[Paper]:
    return [paper for kind in _kinds(facts, wanted) for paper in _of_kind(facts, wanted, kind)]


def _of_kind(facts: SessionFacts, wanted: Wanted, kind: PaperKind) -> list[Paper]:
    """The papers of a kind that stand in a file which is no bundle."""
    if not wanted.name.startswith(kind):
        return []
    return [paper for paper in papers_of(facts, kind) if wanted.name in (kind, paper.key)]


def _kinds(facts: SessionFacts, wanted: Wanted) -> list[PaperKind]:
    return [kind for kind in KINDS if may_read(wanted.role, kind, facts.session)]
