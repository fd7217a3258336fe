"""`restore`: a backup into the folder of an embedded stack that does not run.

The embedded database is filled in a folder beside and takes its place only when all is in it, so a restore that was
broken off leaves what was there. The services make their indexes when they start.

What the services noted of their broker is left out: they must take whichever they meet for one they do not know, say
everything again that they own, and read it from its start.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.backup.back_up import FORMAT, MANIFEST, SEAL, NoBackup, Seen
from deploy.stack.embedded import Stack
from deploy.stack.folders import claim_folder, remove_entry
from shared.runtime.mongo import Database

_AT_ONCE = 200


class Occupied(RuntimeError):
    """The folder is in use, or holds data that nobody said may go."""


def check(backup: Path) -> dict[str, Any]:
    """A backup's manifest. Raises ``NoBackup``, which names the first file that is not as it was written."""
    try:
        sealed = (backup / MANIFEST).read_bytes()
        seal = (backup / SEAL).read_text()
    except (OSError, UnicodeDecodeError):
        raise NoBackup(f"{backup} is not a whole backup: no readable {MANIFEST} and {SEAL}") from None
    if hashlib.sha256(sealed).hexdigest() != seal:
        raise NoBackup(f"{backup / MANIFEST} is not as it was written")
    manifest: dict[str, Any] = json.loads(sealed)
    if manifest["format"] != FORMAT:
        raise NoBackup(f"{backup} is of format {manifest['format']}; this release reads {FORMAT}")
    for name, about in manifest["files"].items():
        try:
            content = (backup / name).read_bytes()
        except OSError:
            raise NoBackup(f"{backup / name} is missing") from None
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            raise NoBackup(f"{backup / name} is not as it was written")
    return manifest


async def restore(backup: Path, folder: Path, *, force: bool = False, seen: Seen = lambda *_: None) -> dict[str, Any]:
    """Fill a stack's folder from a backup; the manifest. Raises ``NoBackup``, ``Occupied``, ``FolderNotOurs``.

    ``force`` lets data go that is in the folder, but never from under a stack that runs.
    """
    manifest = check(backup)
    if _runs(folder):
        raise Occupied(f"a stack runs in {folder}; stop it first")
    claim_folder(folder)
    there = folder / "db"
    if there.is_dir() and any(there.iterdir()) and not force:
        raise Occupied(f"{there} holds data already; --force lets it go")
    beside = folder / "restoring"
    remove_entry(folder, beside.name)
    stack = Stack(beside, keep=True)
    try:
        await stack.start_database()
        await _fill(stack.mongo, backup, manifest, seen)
        await stack.stop()
        remove_entry(folder, there.name)
        (beside / "db").rename(there)
    finally:
        await stack.stop()
        remove_entry(folder, beside.name)
    return manifest


async def _fill(mongo: str, backup: Path, manifest: dict[str, Any], seen: Seen) -> None:
    for n, (name, about) in enumerate(manifest["files"].items(), start=1):
        service, _, collection = name.removesuffix(".bson").partition("/")
        database = Database(mongo, f"thidua_{service}")
        documents = database.documents(collection)
        try:
            kept = list(_documents((backup / name).read_bytes()))
            for at in range(0, len(kept), _AT_ONCE):
                await documents.restore(kept[at : at + _AT_ONCE])
            if (count := await documents.count()) != about["documents"]:
                raise NoBackup(f"{backup / name}: {about['documents']} documents were copied, {count} are there")
            if collection == "state" and (broker := await documents.get("broker")):
                await documents.remove(broker)
        finally:
            await database.close()
        seen(name, n, len(manifest["files"]))


def _documents(content: bytes) -> Iterator[bytes]:
    """BSON documents one after the other: each begins with its own length, little-endian."""
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "little")
        yield content[at : at + size]
        at += size


def _runs(folder: Path) -> bool:
    """Whether a stack runs in a folder: its addresses are there, and its database answers at its."""
    try:
        where = urlsplit(json.loads((folder / "run.json").read_text())["mongo"])
    except (OSError, ValueError, KeyError):
        return False
    with suppress(OSError), socket.create_connection((where.hostname or "", where.port or 0), timeout=1):
        return True
    return False
