"""`backup`: every document of every service, as files, while all of them run.

A folder with one BSON file a collection (as ``mongodump`` writes them) and a manifest; it gets its name only when it is
whole. It holds persons' names and the digests of keys, so nobody but its owner may read it.

What was derived is copied before what it was derived from, so that the source of truth is never older:

1. scoring, which derives from the council's judgements and decisions and from intake's results;
2. notify, which derives from intake's receipts. Its deliveries are copied after the accounts that name the notices
   still to be delivered, so that a notice is in one of the two. What is delivered after its delivery was copied goes
   out again after a restore; one copied without its notice waits until the notice is decided again;
3. council, whose judgements and decisions are a source of scoring, and whose ``heard`` derives from intake and scoring;
4. intake, where all figures come from.

So whatever scoring and notify knew, a restored council and intake say to them again; newer than that they may be, and
that too is said. One way is against the order: the council may have heard verdicts newer than those in scoring's copy.
scoring comes to them again from the same sources, stamped with the instant it does so, and the council keeps what stood
last. Within a service it is the same: what is derived first, what the others rest on last.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from deploy.stack.folders import empty_folder, remove_folder
from shared.contracts.topics import Service
from shared.runtime.mongo import Database, Documents
from shared.runtime.settings import ServiceSettings

FORMAT: Final = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
ORDER: Final[tuple[Service, ...]] = ("scoring", "notify", "council", "intake")

_FIRST: Final = ("state", "audit_heads", "audit")
"""Copied first: a head that was said is never beyond its chain, nor a chain beyond what it is about."""

_LAST: Final = {
    "scoring": ("boards", "registers", "plans"),
    "notify": ("accounts", "deliveries", "registers", "plans"),
    "council": ("judgements", "decisions", "registers", "plans"),
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
"""Copied last, in this order; all else of a service before it. A nomination rests on a person, a report on its plan and
units and on more time that was granted: what is named must be there."""

_LOOKS = 5

Seen = Callable[[str, int, int], None]
"""Told after each collection: its name, how many are done, how many there are."""


class NoBackup(RuntimeError):
    """The backup cannot be made, or is not one."""


async def back_up(mongo: str, folder: Path, *, prefix: str = "thidua_", seen: Seen = lambda *_: None) -> dict[str, Any]:
    """Copy everything into a new folder; its manifest. Raises ``NoBackup`` if the folder exists; ``FolderNotOurs``."""
    draft = _draft(folder)
    whole = draft / "whole"  # without the marker of the draft, so that nothing ever takes the backup for deletable
    driver = ServiceSettings().mongo_driver
    databases = {name: Database(mongo, prefix + name, driver) for name in ORDER}
    try:
        there = {name: in_order(name, await database.collections()) for name, database in databases.items()}
        places = [(service, collection) for service in ORDER for collection in there[service]]
        if not places:
            raise NoBackup(f"{mongo} holds nothing of ours")
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "thidua": version("thidua"),
            "begun": datetime.now(UTC).isoformat(),
            "files": {},
        }
        for n, (service, collection) in enumerate(places, start=1):
            name = f"{service}/{collection}.bson"
            kept = await _when_still(databases[service].documents(collection))
            manifest["files"][name] = {"documents": len(kept), **_write(whole / name, b"".join(kept))}
            seen(name, n, len(places))
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
    """A new folder beside the one that is to be; what is left of an earlier attempt, broken off, is removed."""
    if folder.exists():
        raise NoBackup(f"{folder} exists already")
    draft = folder.with_name(f".{folder.name}.unfinished")
    empty_folder(draft)
    (draft / "whole").mkdir(mode=0o700)
    return draft


def in_order(service: str, collections: Iterable[str]) -> list[str]:
    """A service's collections in the order they are copied."""
    first, last = _FIRST, _LAST[service]
    ranks = {name: n - len(first) for n, name in enumerate(first)} | {name: n + 1 for n, name in enumerate(last)}
    return sorted(collections, key=lambda name: (ranks.get(name, 0), name))


async def _when_still(documents: Documents) -> list[bytes]:
    """A collection as two readings in a row found it, so that none is missing which a later one of it rests on.

    Where it is written without pause, the last reading: what was stored before that began is in it.
    """
    found = await documents.dump()
    for _ in range(_LOOKS):
        before, found = {*found}, await documents.dump()
        if before == {*found}:
            break
    return found


def _write(path: Path, content: bytes) -> dict[str, Any]:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _sync(folder: Path) -> None:
    """Have a folder's entries survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
