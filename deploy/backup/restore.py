"""`restore`: a backup into the folder of an embedded stack that does not run.

The embedded database is filled in a folder of its own and takes its place only when it is complete, so an interrupted
restore leaves the old data as it was. The services create their indexes when they start.

What the services noted about their broker is left out: they must treat any broker as a new one, publish everything they
own to it, and read it from the start.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from deploy.backup.back_up import FORMAT, MANIFEST, SEAL, BackupError, Manifest, OnProgress
from deploy.stack.embedded import Stack
from deploy.stack.folders import keep_data, remove_entry
from deploy.stack.lock import FolderLock, take_over
from shared.runtime.mongo import Database

_BATCH_SIZE = 200


class FolderOccupied(RuntimeError):
    """The folder holds data and ``force`` is not set."""


def check_backup(backup: Path) -> Manifest:
    """The manifest of an intact backup. Raises ``BackupError``, which names the first missing or changed file."""
    try:
        sealed = (backup / MANIFEST).read_bytes()
        seal = (backup / SEAL).read_text()
    except (OSError, UnicodeDecodeError):
        raise BackupError(f"{backup} không phải là bản sao lưu đầy đủ: không đọc được {MANIFEST} và {SEAL}.") from None
    if hashlib.sha256(sealed).hexdigest() != seal:
        raise BackupError(f"{backup / MANIFEST} không còn như khi được ghi.")
    manifest: Manifest = json.loads(sealed)
    if manifest["format"] != FORMAT:
        raise BackupError(f"{backup} theo mẫu {manifest['format']}; bản này đọc mẫu {FORMAT}.")
    for name, file in manifest["files"].items():
        try:
            with (backup / name).open("rb") as content:
                digest = hashlib.file_digest(content, "sha256")
        except OSError:
            raise BackupError(f"thiếu tệp {backup / name}.") from None
        if digest.hexdigest() != file["sha256"]:
            raise BackupError(f"{backup / name} không còn như khi được ghi.")
    return manifest


async def restore(
    backup: Path,
    folder: Path,
    *,
    force: bool = False,
    on_replace: Callable[[str], None] = lambda _: None,
    on_progress: OnProgress = lambda *_: None,
) -> Manifest:
    """Fill a stack's folder from a backup; returns the manifest.

    ``on_replace`` is called with the instant of the backup (ISO 8601) before data are replaced.
    ``force`` replaces the data that is in the folder, but never that of a running stack: the folder is locked as a
    stack locks it. Raises ``BackupError``, ``FolderOccupied``, ``FolderInUse``, ``FolderNotOurs``, ``OSError``.
    """
    manifest = check_backup(backup)
    lock = FolderLock(folder)
    await asyncio.to_thread(take_over, lock)
    try:
        if _has_data(folder):
            if not force:
                raise FolderOccupied(f"{folder / 'db'} có dữ liệu rồi; muốn thay bằng bản sao lưu thì thêm --force.")
            on_replace(manifest.get("begun", ""))
        await _restore(backup, folder, manifest, on_progress)
    finally:
        lock.release()
    return manifest


async def _restore(backup: Path, folder: Path, manifest: Manifest, on_progress: OnProgress) -> None:
    database_folder = folder / "db"
    staging = folder / "restoring"
    remove_entry(folder, staging.name)
    stack = Stack(staging, keep=True, command="thidua restore")
    try:
        await stack.start_database()
        await _fill_database(stack.mongo, backup, manifest, on_progress)
        await stack.stop()
        keep_data(folder)
        remove_entry(folder, database_folder.name)
        (staging / "db").rename(database_folder)
    finally:
        await stack.stop()
        remove_entry(folder, staging.name)


def _has_data(folder: Path) -> bool:
    database_folder = folder / "db"
    return database_folder.is_dir() and any(database_folder.iterdir())


async def _fill_database(mongo: str, backup: Path, manifest: Manifest, on_progress: OnProgress) -> None:
    for n, (name, file) in enumerate(manifest["files"].items(), start=1):
        service, _, collection = name.removesuffix(".bson").partition("/")
        database = Database(mongo, f"thidua_{service}")
        documents = database.documents(collection)
        try:
            with (backup / name).open("rb") as content:
                docs = _split_bson(content)
                while batch := list(islice(docs, _BATCH_SIZE)):
                    await documents.restore(batch)
            if (count := await documents.count()) != file["documents"]:
                raise BackupError(f"{backup / name}: cần {file['documents']} tài liệu, phục hồi được {count}.")
            if collection == "state" and (broker := await documents.get("broker")):
                await documents.remove(broker)
        finally:
            await database.close()
        on_progress(name, n, len(manifest["files"]))


def _split_bson(content: BinaryIO) -> Iterator[bytes]:
    """The BSON documents of a file; each begins with its own length, a little-endian 32-bit integer."""
    while length := content.read(4):
        yield length + content.read(int.from_bytes(length, "little") - len(length))
