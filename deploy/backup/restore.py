"""`restore`: a backup into the folder of an embedded stack that does not run.

The embedded database is filled in a folder of its own and takes its place only when it is complete, so an interrupted
restore leaves the old data as it was. The services create their indexes when they start.

What the services noted about their broker is left out: they must treat any broker as a new one, publish everything they
own to it, and read it from the start.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from deploy.backup.back_up import FORMAT, MANIFEST, SEAL, BackupError, Manifest, OnProgress
from deploy.stack.embedded import Stack
from deploy.stack.folders import claim_folder, remove_entry
from shared.runtime.mongo import Database

_BATCH_SIZE = 200


class FolderOccupied(RuntimeError):
    """The folder is in use, or holds data and ``force`` is not set."""


def check_backup(backup: Path) -> Manifest:
    """The manifest of an intact backup. Raises ``BackupError``, which names the first missing or changed file."""
    try:
        sealed = (backup / MANIFEST).read_bytes()
        seal = (backup / SEAL).read_text()
    except (OSError, UnicodeDecodeError):
        raise BackupError(f"{backup} is not a whole backup: no readable {MANIFEST} and {SEAL}") from None
    if hashlib.sha256(sealed).hexdigest() != seal:
        raise BackupError(f"{backup / MANIFEST} is not as it was written")
    manifest: Manifest = json.loads(sealed)
    if manifest["format"] != FORMAT:
        raise BackupError(f"{backup} is of format {manifest['format']}; this release reads {FORMAT}")
    for name, file in manifest["files"].items():
        try:
            content = (backup / name).read_bytes()
        except OSError:
            raise BackupError(f"{backup / name} is missing") from None
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise BackupError(f"{backup / name} is not as it was written")
    return manifest


async def restore(
    backup: Path, folder: Path, *, force: bool = False, on_progress: OnProgress = lambda *_: None
) -> Manifest:
    """Fill a stack's folder from a backup; returns the manifest.

    Raises ``BackupError``, ``FolderOccupied``, ``FolderNotOurs``.

    ``force`` replaces the data that is in the folder, but never that of a running stack.
    """
    manifest = check_backup(backup)
    if _is_running(folder):
        raise FolderOccupied(f"a stack runs in {folder}; stop it first")
    claim_folder(folder)
    database_folder = folder / "db"
    if database_folder.is_dir() and any(database_folder.iterdir()) and not force:
        raise FolderOccupied(f"{database_folder} holds data already; --force replaces it")
    staging = folder / "restoring"
    remove_entry(folder, staging.name)
    stack = Stack(staging, keep=True)
    try:
        await stack.start_database()
        await _fill_database(stack.mongo, backup, manifest, on_progress)
        await stack.stop()
        remove_entry(folder, database_folder.name)
        (staging / "db").rename(database_folder)
    finally:
        await stack.stop()
        remove_entry(folder, staging.name)
    return manifest


async def _fill_database(mongo: str, backup: Path, manifest: Manifest, on_progress: OnProgress) -> None:
    for n, (name, file) in enumerate(manifest["files"].items(), start=1):
        service, _, collection = name.removesuffix(".bson").partition("/")
        database = Database(mongo, f"thidua_{service}")
        documents = database.documents(collection)
        try:
            docs = list(_split_bson((backup / name).read_bytes()))
            for at in range(0, len(docs), _BATCH_SIZE):
                await documents.restore(docs[at : at + _BATCH_SIZE])
            if (count := await documents.count()) != file["documents"]:
                raise BackupError(f"{backup / name}: {file['documents']} documents were copied, {count} restored")
            if collection == "state" and (broker := await documents.get("broker")):
                await documents.remove(broker)
        finally:
            await database.close()
        on_progress(name, n, len(manifest["files"]))


def _split_bson(content: bytes) -> Iterator[bytes]:
    """The BSON documents of a file; each begins with its own length, a little-endian 32-bit integer."""
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "little")
        yield content[at : at + size]
        at += size


def _is_running(folder: Path) -> bool:
    """Whether a stack runs in a folder: it has left its addresses there, and its database accepts connections."""
    try:
        database = urlsplit(json.loads((folder / "run.json").read_text())["mongo"])
    except (OSError, ValueError, KeyError):
        return False
    with suppress(OSError), socket.create_connection((database.hostname or "", database.port or 0), timeout=1):
        return True
    return False
