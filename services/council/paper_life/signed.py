"""The scans that a bundle lists and its zip holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.council.documents.bundle import SignedPaper
from services.council.paper_life.state import PaperRecord, PaperVersion, scans_of
from services.council.paper_life.visibility import may_read_scan
from services.council.state import StoredSession
from shared.contracts.people import Role
from shared.wording.formats import ngay


def signed_papers(
    records: Iterable[PaperRecord], role: Role, session: StoredSession
) -> Sequence[tuple[SignedPaper, str]]:
    """The scans that a role may read, by paper and edition, each with the id of its file."""
    return [
        (SignedPaper(record.paper, final_name(record.name), edition_text(record, version), scan.sha256), scan.id)
        for record in records
        for version, scan in scans_of(record)
        if may_read_scan(role, record, version, session)
    ]


def final_name(name: str) -> str:
    """The name of a paper once it is signed: of "Dự thảo Quyết định", "Quyết định"."""
    return name.removeprefix("Dự thảo ")


def edition_text(record: PaperRecord, version: PaperVersion) -> str:
    """What is said of an edition's scan: "số 12/BB-HĐTĐKT ngày 21/12/2023, 4 trang"."""
    parts = [number_text(version)] if version.numbered else []
    parts += [f"{version.scan.pages} trang"] if version.scan else []
    if record.bears_number and version.numbered is None:
        parts.append("chưa ghi số và ngày")
    later = record.replaced_by(version)
    if later is not None:
        parts.append(f"đã được thay thế bởi văn bản {number_text(later)}" if later.numbered else "đã được thay thế")
    return ", ".join(parts)


def number_text(version: PaperVersion) -> str:
    """The number and day of an edition: "số 12/BB-HĐTĐKT ngày 21/12/2023"."""
    given = version.numbered
    return f"số {given.number} ngày {ngay(given.day)}" if given else ""
