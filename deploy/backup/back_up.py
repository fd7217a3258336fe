"""`backup`: every document of every service, as files, while all of them run.

A backup is a folder with one BSON file per collection (as ``mongodump`` writes them) and a manifest; it gets its name
only when it is complete. It holds persons' names and digests of keys, so only its owner may read it.

Derived data is copied before what it was derived from, so that the source of truth is never older:

1. scoring, which derives from the council's judgements and decisions and from intake's results;
2. notify, which derives from intake's receipts. Its deliveries are copied after the accounts that name the notices
   still to be delivered, so that a notice is in one of the two. What is delivered after its delivery was copied goes
   out again after a restore; one copied without its notice waits until the notice is decided again;
3. council, whose judgements and decisions are a source of scoring, and whose ``heard`` derives from intake and scoring;
4. intake, where all figures come from.

So a restored council and intake publish again everything that scoring and notify knew. Their data may be newer, and
that is published too. One dependency runs against the order: the council may have applied verdicts newer than those in
scoring's copy. scoring derives them again from the same sources, with the instant at which it does so, and the council
keeps the latest. The same holds within a service: derived collections are copied first, those the others rest on last.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NotRequired, TypedDict

from deploy.stack.folders import empty_folder, remove_folder
from deploy.stack.lock import locked
from shared.contracts.topics import Service
from shared.runtime.metrics import release
from shared.runtime.mongo import Database, Documents
from shared.runtime.settings import ServiceSettings

FORMAT: Final = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
ORDER: Final[tuple[Service, ...]] = ("scoring", "notify", "council", "intake")

_FIRST: Final = ("state", "audit_heads", "audit")
"""Copied first: a published head is never ahead of its chain, nor a chain ahead of the events it records."""

_LAST: Final = {
    "scoring": ("boards", "registers", "plans"),
    "notify": ("accounts", "deliveries", "registers", "plans"),
    "council": ("judgements", "decisions", "papers", "scans.files", "scans.chunks", "registers", "plans"),
    "intake": (
        "nominations",
        "reports",
        "extensions",
        "persons",
        "accesses",
        "secrets",
        "api_keys",
        "registers",
        "plans",
    ),
}
"""Copied last, in this order, after all other collections of a service. A nomination refers to a person, a report to
its plan, units and granted extensions, a paper to its scan: what a document refers to must be in the backup."""

_LEFT_OUT: Final = {"council": frozenset({"makings", "made.files", "made.chunks"})}
"""Not copied: files that council makes again when somebody asks for them."""

_MAX_READINGS = 5

OnProgress = Callable[[str, int, int], None]
"""Called after each collection: its name, how many are copied, how many there are."""


class CopiedFile(TypedDict):
    """A file of a backup: how many documents it has, its size in bytes and its SHA-256 in hex."""

    documents: int
    bytes: int
    sha256: str


class Manifest(TypedDict):
    """What a backup contains: its format, the release, when copying began and ended, and the files by name."""

    format: int
    thidua: str
    begun: str
    files: dict[str, CopiedFile]
    ended: NotRequired[str]


class BackupError(RuntimeError):
    """The backup cannot be made, or the folder is not an intact backup; the message says why."""


async def back_up(
    mongo: str, folder: Path, *, prefix: str = "thidua_", on_progress: OnProgress = lambda *_: None
) -> Manifest:
    """Copy everything into a new folder; returns its manifest. Raises ``BackupError`` if the folder exists.

    Raises ``FolderNotOurs`` where an unfinished folder of that name is not ours, ``FolderInUse`` where another backup
    writes it now.
    """
    draft = _draft(folder)
    with locked(draft):
        return await _back_up(mongo, folder, draft, prefix, on_progress)


async def _back_up(mongo: str, folder: Path, draft: Path, prefix: str, on_progress: OnProgress) -> Manifest:
    empty_folder(draft)  # what is left of an earlier attempt
    whole = draft / "whole"  # without the marker of the draft, so that nothing ever takes the backup for deletable
    whole.mkdir(mode=0o700)
    driver = ServiceSettings().mongo_driver
    databases = {name: Database(mongo, prefix + name, driver) for name in ORDER}
    try:
        orders = {name: copy_order(name, await database.collections()) for name, database in databases.items()}
        sources = [(service, collection) for service in ORDER for collection in orders[service]]
        if not sources:
            raise BackupError(f"{mongo} không có dữ liệu của thidua.")
        manifest: Manifest = {
            "format": FORMAT,
            "thidua": release(),
            "begun": datetime.now(UTC).isoformat(),
            "files": {},
        }
        for n, (service, collection) in enumerate(sources, start=1):
            name = f"{service}/{collection}.bson"
            copied = await _stable_copy(databases[service].documents(collection))
            content = b"".join(copied)
            _write(whole / name, content)
            manifest["files"][name] = {
                "documents": len(copied),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            on_progress(name, n, len(sources))
        manifest["ended"] = datetime.now(UTC).isoformat()
        sealed = json.dumps(manifest, indent=1).encode()
        _write(whole / MANIFEST, sealed)
        _write(whole / SEAL, hashlib.sha256(sealed).hexdigest().encode())
        whole.rename(folder)
        _sync(folder.parent)
        return manifest
    finally:
        remove_folder(draft)
        for database in databases.values():
            await database.close()


def _draft(folder: Path) -> Path:
    """The folder beside the backup's own in which it is made. Raises ``BackupError``."""
    if folder.exists():
        raise BackupError(f"thư mục {folder} đã có; hãy nêu một thư mục chưa có.")
    return folder.with_name(f".{folder.name}.unfinished")


def copy_order(service: str, collections: Iterable[str]) -> list[str]:
    """A service's collections in the order in which they are copied."""
    first, last, left_out = _FIRST, _LAST[service], _LEFT_OUT.get(service, frozenset())
    ranks = {name: n - len(first) for n, name in enumerate(first)} | {name: n + 1 for n, name in enumerate(last)}
    kept = (name for name in collections if name not in left_out)
    return sorted(kept, key=lambda name: (ranks.get(name, 0), name))


async def _stable_copy(documents: Documents) -> list[bytes]:
    """A collection as two readings in a row found it, so that every document a later one refers to is included.

    If it is written without pause, the last reading, which has every document stored before that reading began.
    """
    docs = await documents.dump()
    for _ in range(_MAX_READINGS):
        previous, docs = {*docs}, await documents.dump()
        if previous == {*docs}:
            break
    return docs


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Flush a folder's entries to disk, so that they survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
