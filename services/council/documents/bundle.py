"""All papers of a session in one file: a PDF that is numbered through, or a zip of the Word files and the signed scans.

Pure, but slow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from services.council.documents.blocks import Paper
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, papers_of
from services.council.documents.minutes_papers import change_text
from services.council.documents.pdf import Cover, bundle_pdf, paper_data
from services.council.documents.province import PaperKind
from services.council.documents.review_lists import fixed_note
from services.council.documents.word import paper_docx, write_zip

_NOT_BUNDLED = {"explanation", "run_sheet"}
"""The chair's own sheet, and one sheet for every unit: they are made one by one."""

SCANS_FOLDER: Final = "ban-ky"
"""The folder of the signed scans in the zip."""

Report = Callable[[int, int, str], None]
"""Called with how many papers are done, how many there are, and what is being done (Vietnamese)."""


@dataclass(frozen=True, slots=True)
class SignedPaper:
    """The scan of a signed paper: the paper's key and name, what is said of it in the list, the file's SHA-256."""

    paper: str
    name: str
    about: str
    sha256: str

    @property
    def file(self) -> str:
        """Its place in the zip."""
        return f"{SCANS_FOLDER}/{self.paper}-{self.sha256[:8]}.pdf"


def bundled(facts: SessionFacts, kinds: Collection[PaperKind] = tuple(KINDS)) -> list[Paper]:
    """The papers of some kinds, in the order of a bundle."""
    return [paper for kind in KINDS if kind in kinds and kind not in _NOT_BUNDLED for paper in papers_of(facts, kind)]


def session_bundle(
    facts: SessionFacts,
    audit_head: str,
    kinds: Collection[PaperKind] = tuple(KINDS),
    signed: Sequence[SignedPaper] = (),
) -> bytes:
    """One PDF. The hash of what was fixed, its instant and the audit trail's head stand on the cover alone.

    The cover lists the scans, which are in the zip.
    """
    title = f"{facts.name} của {facts.papers.council.name}"
    cover = Cover(
        facts.papers.council.head.upper(),
        [*snapshot_lines(facts, audit_head), *_changes(facts)],
        [f"{paper.name}: {paper.about}; tệp {paper.file} trong tệp nén." for paper in signed],
    )
    return bundle_pdf(title, bundled(facts, kinds), cover)


def write_session_zip(
    packed: BinaryIO,
    facts: SessionFacts,
    templates: Path,
    kinds: Collection[PaperKind] = tuple(KINDS),
    scans: Sequence[tuple[SignedPaper, Path]] = (),
    report: Report = lambda *_: None,
) -> None:
    """Write a zip of the Word files, in the order of the bundle, and of the scans. Raises ``UnusableTemplate``."""
    papers = _with_kinds(facts, kinds)
    whole = len(papers) + len(scans)

    def files() -> Iterator[tuple[str, bytes | Path]]:
        for n, (kind, paper) in enumerate(papers, 1):
            yield f"{n:02}-{paper.key.replace('/', '-')}.docx", paper_docx(paper, templates / f"{kind}.docx")
            report(n, whole, "lập bản Word")
        for n, (signed, path) in enumerate(scans, len(papers) + 1):
            yield signed.file, path
            report(n, whole, "thêm bản ký")

    write_zip(packed, files())


def text_hash(papers: Sequence[Paper], facts: SessionFacts) -> str:
    """The hash of everything that stands in papers and on the cover of their bundle but the audit trail's head.

    SHA-256, 64 digits. While it is the same, so are the files.
    """
    text = json.dumps([*map(paper_data, papers), *snapshot_lines(facts, ""), *_changes(facts)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def paper_hash(paper: Paper) -> str:
    """The hash of everything that stands in a paper: SHA-256, 64 digits."""
    return hashlib.sha256(json.dumps(paper_data(paper), ensure_ascii=False).encode()).hexdigest()


def snapshot_lines(facts: SessionFacts, audit_head: str) -> Sequence[str]:
    """What the papers were made from."""
    lines = [f"Căn cứ {fixed_note(facts)}.", f"Mã kiểm tra của bản chốt: {snapshot_hash(facts)}."]
    return [*lines, f"Đầu nhật ký: {audit_head}."] if audit_head else lines


def snapshot_hash(facts: SessionFacts) -> str:
    """The hash of everything that was fixed or recorded: SHA-256, 64 digits."""
    stored = facts.session
    text = f"{stored.id}\n{stored.agenda.model_dump_json()}\n{stored.fixed_findings}{stored.fixed_arrivals}"
    return hashlib.sha256(text.encode()).hexdigest()


def _changes(facts: SessionFacts) -> list[str]:
    changed = [item for item in facts.items if item.change is not None]
    if not changed:
        return ["Số liệu không thay đổi từ khi chốt."] if facts.fixed_at else []
    return [f"Nội dung {item.number}: {change_text(facts, item)}." for item in changed]


def _with_kinds(facts: SessionFacts, kinds: Collection[PaperKind]) -> list[tuple[PaperKind, Paper]]:
    chosen = [kind for kind in KINDS if kind in kinds and kind not in _NOT_BUNDLED]
    return [(kind, paper) for kind in chosen for paper in papers_of(facts, kind)]
