"""All papers of a session in one file: a PDF that is numbered through, or a zip of the Word files. Pure, but slow."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

from services.council.documents.blocks import Paper
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, papers_of
from services.council.documents.minutes_papers import change_text
from services.council.documents.pdf import Cover, bundle_pdf
from services.council.documents.province import PaperKind
from services.council.documents.review_lists import fixed_note
from services.council.documents.word import paper_docx, zip_of

_NOT_BUNDLED = {"explanation", "run_sheet"}
"""The chair's own sheet, and one sheet for every unit: they are made one by one."""


def bundled(facts: SessionFacts, kinds: Collection[PaperKind] = tuple(KINDS)) -> list[Paper]:
    """The papers of some kinds, in the order of a bundle."""
    return [paper for kind in KINDS if kind in kinds and kind not in _NOT_BUNDLED for paper in papers_of(facts, kind)]


def session_bundle(facts: SessionFacts, audit_head: str, kinds: Collection[PaperKind] = tuple(KINDS)) -> bytes:
    """One PDF. The hash of what was fixed, its instant and the audit trail's head stand on the cover alone."""
    title = f"{facts.name} của {facts.papers.council.name}"
    cover = Cover(facts.papers.council.head.upper(), [*snapshot_lines(facts, audit_head), *_changes(facts)])
    return bundle_pdf(title, bundled(facts, kinds), cover)


def session_zip(facts: SessionFacts, templates: Path, kinds: Collection[PaperKind] = tuple(KINDS)) -> bytes:
    """A zip of the Word files, in the order of the bundle. Raises ``UnusableTemplate``."""
    files = []
    for n, (kind, paper) in enumerate(_with_kinds(facts, kinds), 1):
        files.append((f"{n:02}-{paper.key.replace('/', '-')}.docx", paper_docx(paper, templates / f"{kind}.docx")))
    return zip_of(files)


def snapshot_lines(facts: SessionFacts, audit_head: str) -> Sequence[str]:
    """What the papers were made from."""
    lines = [f"Căn cứ {fixed_note(facts)}.", f"Mã kiểm tra của bản chốt: {snapshot_hash(facts)}."]
    return [*lines, f"Đầu nhật ký: {audit_head}."] if audit_head else lines


def snapshot_hash(facts: SessionFacts) -> str:
    """The hash of everything that was fixed or recorded: SHA-256, 64 digits."""
    stored = facts.session
    text = f"{stored.id}\n{stored.agenda.model_dump_json()}\n{stored.fixed_findings}"
    return hashlib.sha256(text.encode()).hexdigest()


def _changes(facts: SessionFacts) -> list[str]:
    changed = [item for item in facts.items if item.change is not None]
    if not changed:
        return ["Số liệu không thay đổi từ khi chốt."] if facts.fixed_at else []
    return [f"Nội dung {item.number}: {change_text(facts, item)}." for item in changed]


def _with_kinds(facts: SessionFacts, kinds: Collection[PaperKind]) -> list[tuple[PaperKind, Paper]]:
    chosen = [kind for kind in KINDS if kind in kinds and kind not in _NOT_BUNDLED]
    return [(kind, paper) for kind in chosen for paper in papers_of(facts, kind)]
