"""The page of one paper: where it stands, what can be done about it, its editions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from services.council.desk.addresses import PAPERS
from services.council.desk.papers import Download, scan_address, version_text
from services.council.documents.visibility import AFTER_APPROVAL, minutes_approved
from services.council.paper_life.signed import final_name
from services.council.paper_life.state import PaperRecord, PaperVersion
from services.council.paper_life.visibility import may_read_scan
from services.council.state import StoredSession
from shared.contracts.people import Role
from shared.wording.formats import gio_ngay


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One edition: what was done about it, one line each, and the scan that the reader may read."""

    name: str
    state: str
    lines: Sequence[str]
    scan: Download | None


@dataclass(frozen=True, slots=True)
class PaperView:
    """The page. ``address`` is its own; a button that cannot be pressed now is not on it.

    ``may_act``: the reader is who does these things. ``reason_needed``: a paper in force would be replaced.
    """

    address: str
    session: str
    session_name: str
    version: int
    first: str
    files: Sequence[Download]
    note: str
    may_act: bool
    may_make: bool
    reason_needed: bool
    may_upload: bool
    may_number: bool
    may_withdraw: bool
    number: str
    day: date | None
    symbol: str
    most: str
    editions: Sequence[EditionRow]


def paper_view(
    record: PaperRecord, session: StoredSession, role: Role, *, text: str, symbol: str, scan_bytes: int, may_act: bool
) -> PaperView:
    """The page for a reader. ``text`` is the hash of what the paper would say now, empty if there is no draft for the
    reader; ``symbol`` is that of its kind; a scan may have ``scan_bytes``.
    """
    current, folder = record.current, "/".join(quote(part, safe="") for part in record.session.split("/"))
    files, state = f"/v1/sessions/{folder}/papers", record.state
    numbered = current.numbered if current else None
    scanned = current is not None and current.scan is not None
    standing = version_text(record, current) if current else "Dự thảo"
    return PaperView(
        address=f"{PAPERS}/{folder}/{quote(record.paper)}",
        session=f"{PAPERS}?phien={quote(record.session, safe='')}",
        session_name=session.agenda.name,
        version=len(record.steps),
        first=f"{standing}. {_next(record, session)}" if may_act else f"{standing}.",
        files=[
            Download(words, record.name, f"{files}/{quote(record.paper)}.{ending}")
            for ending, words in (("docx", "Bản Word để sửa và trình ký"), ("pdf", "Bản PDF"))
            if text
        ],
        note=_changed_note(current, text),
        may_act=may_act,
        may_make=bool(text)
        and (state == "issued" or (not scanned and numbered is None))
        and not _is_made(current, text),
        reason_needed=state == "issued",
        may_upload=not scanned,
        may_number=scanned and record.bears_number,
        may_withdraw=scanned,
        number=numbered.number if numbered else "",
        day=numbered.day if numbered else None,
        symbol=symbol,
        most=f"{scan_bytes // 1024 // 1024} MB",
        editions=[_edition(record, version, session, role, files) for version in reversed(record.versions)],
    )


def _next(record: PaperRecord, session: StoredSession) -> str:
    """What is done next, or what has come of it."""
    state, current = record.state, record.current
    if state == "issued":
        waits = record.kind in AFTER_APPROVAL and not minutes_approved(session)
        when = " khi biên bản được thông qua" if waits else ""
        return f"Những người được đọc mở được bản ký{when}."
    if state == "scanned":
        return "Ghi số và ngày trên bản ký để những người được đọc mở được."
    if current is not None and current.numbered is not None:
        return "Tải bản ký đúng lên."
    return "Tải bản Word về sửa, trình ký, rồi tải bản ký đã quét lên đây."


def _is_made(version: PaperVersion | None, text: str) -> bool:
    made = version.made if version else None
    return made is not None and made.text == text and (version is None or version.scan is None)


def _changed_note(version: PaperVersion | None, text: str) -> str:
    made = version.made if version else None
    if made is None or not text or made.text == text:
        return ""
    return f"Nội dung đã khác bản lập để trình ký lúc {gio_ngay(made.at)}, vì số liệu phiên họp thay đổi sau đó."


def _edition(record: PaperRecord, version: PaperVersion, session: StoredSession, role: Role, files: str) -> EditionRow:
    lines: list[str] = []
    if made := version.made:
        lines.append(f"{made.by} lập để trình ký lúc {gio_ngay(made.at)}, mã kiểm tra {made.snapshot[:12]}")
    for scan in version.scans:
        lines.append(f"{scan.by} tải bản ký lên lúc {gio_ngay(scan.at)}, {scan.pages} trang")
        if gone := scan.withdrawn:
            lines.append(f"{gone.by} thu hồi bản ký đó lúc {gio_ngay(gone.at)}, lý do: {gone.reason}")
    if given := version.numbered:
        lines.append(f"{given.by} ghi số và ngày lúc {gio_ngay(given.at)}")
    reason = next((step.reason for step in record.steps if step.verb == "make" and step.edition == version.n), None)
    if reason:
        lines.append(f"Lý do thay thế văn bản trước: {reason}")
    readable = may_read_scan(role, record, version, session)
    scan_file = Download("Tải bản ký", final_name(record.name), scan_address(files, record, version))
    name = f"Lần {version.n}"
    return EditionRow(name, version_text(record, version), lines, scan_file if readable else None)
