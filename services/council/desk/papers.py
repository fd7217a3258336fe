"""The papers and tables of one session for one reader, and the other sessions that have papers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote

from services.council.desk.addresses import PAPERS, with_query
from services.council.desk.needs import day_of, page_of
from services.council.desk.session_lines import sentence, status_text
from services.council.documents.blocks import Paper
from services.council.documents.exports import TABLE_NAMES
from services.council.documents.making import BUNDLE, is_long_kind
from services.council.documents.province import PaperKind
from services.council.long_files.state import Work
from services.council.paper_handlers import Listed
from services.council.paper_life.signed import final_name, number_text
from services.council.paper_life.state import PaperRecord, PaperVersion, scans_of
from services.council.paper_life.visibility import may_read_scan
from services.council.state import StoredSession
from shared.contracts.obligations import Window
from shared.contracts.people import Role
from shared.wording.formats import gio_ngay

_LONG_LIST: Final = 6
LONG_FILES: Final[Mapping[str, str]] = {
    f"{BUNDLE}.pdf": "Toàn bộ văn bản trong một tệp PDF",
    f"{BUNDLE}.zip": "Tệp nén các bản Word và bản ký",
}
"""The files with all papers of a session."""

_NOT_BEGUN: Final = ("planned", "historical", "cancelled")


@dataclass(frozen=True, slots=True)
class Download:
    """A file: the words of its link, what it is for a reader who hears the link alone, and its address."""

    words: str
    about: str
    address: str


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper: its name, where it stands, its files, and the page about its life; a working table has none."""

    name: str
    state: str
    files: Sequence[Download]
    page: str = ""


@dataclass(frozen=True, slots=True)
class KindGroup:
    """The papers of a kind; ``all_in_one`` is one file with all of them where there are several."""

    name: str
    rows: Sequence[PaperRow]
    all_in_one: Download | None
    long: bool


@dataclass(frozen=True, slots=True)
class LongFile:
    """A file that takes long to make: its name, its page, where it stands, and its address once it is made."""

    name: str
    page: str
    state: str
    file: str


@dataclass(frozen=True, slots=True)
class OtherSession:
    """Another session: its name, where it stands, and the address of its papers."""

    name: str
    status: str
    address: str


@dataclass(frozen=True, slots=True)
class PapersView:
    """The page. ``session`` is the address of the session that is shown, empty without any session.

    ``signed`` are papers whose scans the reader may read, though not their drafts.
    """

    first: str
    name: str
    status: str
    session: str
    bundle: Sequence[LongFile]
    kinds: Sequence[KindGroup]
    signed: Sequence[PaperRow]
    tables: Sequence[PaperRow]
    others: Sequence[OtherSession]


def papers_address(session: StoredSession) -> str:
    """The address of a session's papers."""
    return with_query(PAPERS, phien=session.id)


def files_folder(session: StoredSession) -> str:
    """The address below which a session's papers and tables are."""
    return f"/v1/sessions/{'/'.join(quote(part, safe='') for part in session.id.split('/'))}"


def pages_folder(session: StoredSession) -> str:
    """The address below which the pages about a session's papers are."""
    return f"{PAPERS}/{'/'.join(quote(part, safe='') for part in session.id.split('/'))}"


def newest_first(sessions: Sequence[StoredSession], windows: Mapping[str, Window]) -> list[StoredSession]:
    """The sessions by the beginning of the time that their plans set, else by their day; the latest first."""

    def place(session: StoredSession) -> tuple[date, str]:
        window = windows.get(session.id)
        return window.first if window else day_of(session) or date.max, session.id

    return sorted(sessions, key=place, reverse=True)


def session_shown(ordered: Sequence[StoredSession], wanted: str) -> StoredSession | None:
    """The wanted session, else the latest that people work on or have held; None where there is none."""
    if wanted:
        return next((session for session in ordered if session.id == wanted), None)
    begun = (session for session in ordered if session.phase not in _NOT_BEGUN)
    return next(begun, ordered[0] if ordered else None)


@dataclass(frozen=True, slots=True)
class ReaderPapers:
    """What there is for a reader of one session: the papers, and what the reader may know is recorded about them."""

    role: Role
    listed: Listed
    records: Sequence[PaperRecord]


def papers_view(
    ordered: Sequence[StoredSession], shown: StoredSession | None, papers: ReaderPapers | None, *, with_tables: bool
) -> PapersView:
    """The page for a reader, who may have the tables or not, without the files that take long."""
    if shown is None or papers is None:
        return PapersView("", "", "", "", (), (), (), (), ())
    name, files = shown.agenda.name, files_folder(shown)
    pages = pages_folder(shown)
    by_paper = {record.paper: record for record in papers.records}
    kinds = [
        _kind(kind, kind_name, of_kind, f"{files}/papers", pages, by_paper)
        for kind, kind_name, of_kind in papers.listed
    ]
    drafts = {paper.key for _, _, of_kind in papers.listed for paper in of_kind}
    count = sum(len(kind.rows) for kind in kinds)
    return PapersView(
        first=f"{name}: {count} văn bản, {len(kinds)} loại." if kinds else f"{name}: chưa có văn bản.",
        name=name,
        status=sentence(status_text(shown.agenda)),
        session=page_of(shown),
        bundle=(),
        kinds=kinds,
        signed=[
            _signed_row(record, shown, papers.role, f"{files}/papers")
            for record in papers.records
            if record.paper not in drafts
        ],
        tables=[
            PaperRow(table_name, "", _files(f"{files}/tables/{table}", table_name, ("xlsx", "Excel"), ("csv", "CSV")))
            for table, table_name in (TABLE_NAMES.items() if with_tables else ())
        ],
        others=[
            OtherSession(other.agenda.name, sentence(status_text(other.agenda)), papers_address(other))
            for other in ordered
            if other is not shown
        ],
    )


def long_files(session: StoredSession, works: Mapping[str, Work | None], seconds: float) -> list[LongFile]:
    """Where the files with all papers of a session stand, by their names as files, at an instant (Unix seconds)."""
    pages, files = pages_folder(session), files_folder(session)
    return [
        long_file(file, f"{pages}/tep/{file}", f"{files}/papers/{file}", work, seconds) for file, work in works.items()
    ]


def long_file(file: str, page: str, address: str, work: Work | None, seconds: float) -> LongFile:
    """Where a file stands that takes long to make."""
    state = work.state(seconds) if work else ""
    words = {
        "done": f"đã lập lúc {gio_ngay(work.asked_at)}" if work else "",
        "running": "đang lập",
        "failed": "chưa lập được",
        "interrupted": "lập dở, cần lập lại",
        "expired": "đã xóa sau một giờ vì có họ tên, cần lập lại",
    }
    return LongFile(LONG_FILES.get(file, file), page, words.get(state, ""), address if state == "done" else "")


def _kind(
    kind: PaperKind,
    name: str,
    papers: Sequence[Paper],
    folder: str,
    pages: str,
    records: Mapping[str, PaperRecord],
) -> KindGroup:
    rows = [
        PaperRow(
            paper.name,
            state_text(records.get(paper.key)) or ("Dự thảo" if paper.letterhead.draft else ""),
            [
                *_files(f"{folder}/{quote(paper.key)}", paper.name, ("pdf", "PDF"), ("docx", "Word")),
                *_scan_of(records.get(paper.key), folder),
            ],
            "" if paper.working else f"{pages}/{quote(paper.key)}",
        )
        for paper in papers
    ]
    address = f"{pages}/tep/{kind}.pdf" if is_long_kind(papers) else f"{folder}/{kind}.pdf"
    all_in_one = Download(f"{len(rows)} bản trong một tệp PDF", name, address) if len(rows) > 1 else None
    return KindGroup(name, rows, all_in_one, long=len(rows) > _LONG_LIST)


def state_text(record: PaperRecord | None) -> str:
    """Where a paper stands; empty before anything was done about it."""
    version = record.current if record else None
    return version_text(record, version) if record and version else ""


def version_text(record: PaperRecord, version: PaperVersion) -> str:
    """Where an edition of a paper stands."""
    state, number = record.state_of(version), number_text(version)
    if state == "replaced":
        later = record.replaced_by(version)
        by = f" bởi văn bản {number_text(later)}" if later and later.numbered else ""
        return f"{number[:1].upper()}{number[1:]}; đã được thay thế{by}" if number else f"Đã được thay thế{by}"
    if state == "issued":
        return f"Đã ban hành: {number}" if number else "Đã có bản ký"
    if state == "scanned":
        return "Đã có bản ký, chờ ghi số và ngày"
    return f"Chờ bản ký; {number}" if number else "Đã lập để trình ký" if version.made else "Dự thảo"


def scan_address(files: str, record: PaperRecord, version: PaperVersion) -> str:
    """The address of an edition's scan, below the address of a session's papers."""
    return f"{files}/{quote(record.paper)}/scan?edition={version.n}"


def _scan_of(record: PaperRecord | None, files: str) -> list[Download]:
    version = record.current if record else None
    if record is None or version is None or version.scan is None:
        return []
    return [Download("Bản ký", final_name(record.name), scan_address(files, record, version))]


def _signed_row(record: PaperRecord, session: StoredSession, role: Role, files: str) -> PaperRow:
    name = final_name(record.name)
    scans = [
        Download("Bản ký" if version.n == 1 else f"Bản ký lần {version.n}", name, scan_address(files, record, version))
        for version, _ in scans_of(record)
        if may_read_scan(role, record, version, session)
    ]
    return PaperRow(name, state_text(record), scans)


def _files(address: str, about: str, *endings: tuple[str, str]) -> list[Download]:
    return [Download(words, about, f"{address}.{ending}") for ending, words in endings]
