"""What is recorded about one paper of a session. Its text is made again each time; its life is recorded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import AwareDatetime

from services.council.documents.province import PaperKind
from shared.contracts.model import Day, TolerantModel

Verb = Literal["make", "scan", "withdraw", "number"]
"""Lập văn bản để trình ký, tải bản ký lên, thu hồi bản ký, ghi số và ngày."""

State = Literal["draft", "made", "scanned", "issued", "replaced"]
"""Dự thảo; đã lập để trình ký; đã có bản ký, chưa có số; đã ban hành; đã được thay thế."""


class Made(TolerantModel):
    """A paper was made to be signed: from which snapshot of the session, and the hash of its own text.

    Both are SHA-256, 64 hex digits. ``at`` is UTC.
    """

    snapshot: str
    text: str
    by: str
    at: AwareDatetime


class Withdrawal(TolerantModel):
    """A scan was uploaded by mistake, and why."""

    by: str
    at: AwareDatetime
    reason: str


class Scan(TolerantModel):
    """A signed paper as it was scanned. ``id`` is that of its file; ``size`` is in bytes; ``sha256`` has 64 digits."""

    id: str
    sha256: str
    size: int
    pages: int
    by: str
    at: AwareDatetime
    withdrawn: Withdrawal | None = None


class Numbered(TolerantModel):
    """The number and the local day that the paper bears."""

    number: str
    day: Day
    by: str
    at: AwareDatetime


class PaperVersion(TolerantModel):
    """One edition of a paper. A later edition replaces it once that bears its number; ``n`` counts from 1."""

    n: int
    made: Made | None = None
    scans: tuple[Scan, ...] = ()
    numbered: Numbered | None = None

    @property
    def scan(self) -> Scan | None:
        """The scan that stands: the last one, unless it was withdrawn."""
        last = self.scans[-1] if self.scans else None
        return last if last is not None and last.withdrawn is None else None


class PaperStep(TolerantModel):
    """What was done, by whom (name and role), when, about which edition."""

    verb: Verb
    by: str
    role: str
    at: AwareDatetime
    edition: int
    reason: str | None = None
    number: str | None = None


class PaperRecord(TolerantModel):
    """Everything recorded about one paper. ``session`` is ``<province>/<plan>/<session>``, ``paper`` the paper's key.

    ``bears_number``: papers of this kind get a number and a day. A ballot does not, so its scan is enough.
    """

    session: str
    paper: str
    kind: PaperKind
    name: str
    bears_number: bool
    versions: tuple[PaperVersion, ...] = ()
    steps: tuple[PaperStep, ...] = ()

    @property
    def id(self) -> str:
        """The id of the stored record."""
        return f"{self.session}/{self.paper}"

    @property
    def current(self) -> PaperVersion | None:
        """The latest edition."""
        return self.versions[-1] if self.versions else None

    def state_of(self, version: PaperVersion) -> State:
        """Where an edition stands."""
        if any(self._holds(later) for later in self.versions[version.n :]):
            return "replaced"
        if version.scan is not None:
            return "issued" if self._holds(version) else "scanned"
        return "made" if version.made or version.numbered else "draft"

    def _holds(self, version: PaperVersion) -> bool:
        """Whether an edition is in force: it bears its number, or is scanned where no number is needed."""
        return version.numbered is not None if self.bears_number else version.scan is not None

    @property
    def state(self) -> State:
        """Where the latest edition stands."""
        return self.state_of(self.current) if self.current else "draft"

    def replaced_by(self, version: PaperVersion) -> PaperVersion | None:
        """The later edition in force that replaced this one."""
        return next((later for later in reversed(self.versions[version.n :]) if self._holds(later)), None)

    def was_issued(self, version: PaperVersion) -> bool:
        """Whether people outside the standing office may know of the scan of an edition."""
        return version.scan is not None and self._holds(version)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is stored. ``revision`` is that of the document, 0 before the first write."""

    revision: int
    record: PaperRecord


def scans_of(record: PaperRecord) -> Sequence[tuple[PaperVersion, Scan]]:
    """Every scan that stands, with its edition, the earliest first."""
    return [(version, version.scan) for version in record.versions if version.scan is not None]
