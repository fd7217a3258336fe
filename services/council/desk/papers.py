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
from services.council.documents.making import BUNDLE
from services.council.documents.province import PaperKind
from services.council.paper_handlers import Listed
from services.council.state import StoredSession
from shared.contracts.obligations import Window

_LONG_LIST: Final = 6
_NOT_BEGUN: Final = ("planned", "historical", "cancelled")


@dataclass(frozen=True, slots=True)
class Download:
    """A file: the words of its link, what it is for a reader who hears the link alone, and its address."""

    words: str
    about: str
    address: str


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper: its name, "Dự thảo" for an official paper, which the software never signs, and its files."""

    name: str
    state: str
    files: Sequence[Download]


@dataclass(frozen=True, slots=True)
class KindGroup:
    """The papers of a kind; ``all_in_one`` is one file with all of them where there are several."""

    name: str
    rows: Sequence[PaperRow]
    all_in_one: Download | None
    long: bool


@dataclass(frozen=True, slots=True)
class OtherSession:
    """Another session: its name, where it stands, and the address of its papers."""

    name: str
    status: str
    address: str


@dataclass(frozen=True, slots=True)
class PapersView:
    """The page. ``session`` is the address of the session that is shown, empty without any session."""

    first: str
    name: str
    status: str
    session: str
    bundle: Sequence[Download]
    kinds: Sequence[KindGroup]
    tables: Sequence[PaperRow]
    others: Sequence[OtherSession]


def papers_address(session: StoredSession) -> str:
    """The address of a session's papers."""
    return with_query(PAPERS, phien=session.id)


def files_folder(session: StoredSession) -> str:
    """The address below which a session's papers and tables are."""
    return f"/v1/sessions/{'/'.join(quote(part, safe='') for part in session.id.split('/'))}"


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


def papers_view(
    ordered: Sequence[StoredSession], shown: StoredSession | None, listed: Listed, *, with_tables: bool
) -> PapersView:
    """The page for a reader, who may have the tables or not."""
    if shown is None:
        return PapersView("", "", "", "", (), (), (), ())
    name, files = shown.agenda.name, files_folder(shown)
    kinds = [_kind(kind, kind_name, papers, f"{files}/papers") for kind, kind_name, papers in listed]
    count = sum(len(kind.rows) for kind in kinds)
    return PapersView(
        first=f"{name}: {count} văn bản, {len(kinds)} loại." if kinds else f"{name}: chưa có văn bản.",
        name=name,
        status=sentence(status_text(shown.agenda)),
        session=page_of(shown),
        bundle=[
            Download("Tải một tệp PDF", f"bộ tài liệu, {name}", f"{files}/papers/{BUNDLE}.pdf"),
            Download("Tải tệp nén các bản Word và PDF", f"bộ tài liệu, {name}", f"{files}/papers/{BUNDLE}.zip"),
        ]
        if kinds
        else [],
        kinds=kinds,
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


def _kind(kind: PaperKind, name: str, papers: Sequence[Paper], folder: str) -> KindGroup:
    rows = [
        PaperRow(
            paper.name,
            "Dự thảo" if paper.letterhead.draft else "",
            _files(f"{folder}/{quote(paper.key)}", paper.name, ("pdf", "PDF"), ("docx", "Word")),
        )
        for paper in papers
    ]
    all_in_one = Download(f"{len(rows)} bản trong một tệp PDF", name, f"{folder}/{kind}.pdf") if len(rows) > 1 else None
    return KindGroup(name, rows, all_in_one, long=len(rows) > _LONG_LIST)


def _files(address: str, about: str, *endings: tuple[str, str]) -> list[Download]:
    return [Download(words, about, f"{address}.{ending}") for ending, words in endings]
