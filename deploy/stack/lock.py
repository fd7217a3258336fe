"""Who may use a stack's folder: one process at a time. The system gives the lock back when its holder ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.stack.folders import MARKER, claim_folder
from deploy.stack.processes import end_left_behind, read_processes

RUN: Final = "run.json"
"""The file in which a running stack leaves its addresses and the operator's key."""

_TRIES: Final = 10
_PAUSE_SECONDS: Final = 0.05


class FolderInUse(RuntimeError):
    """Another process uses the folder. The message names it and is for the user."""


class FolderLock:
    """The lock on a folder. The marker file is locked, because only the removal of the whole folder removes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process holds it."""
        return self._handle is not None

    def acquire(self) -> None:
        """Claim the folder and lock it. Raises ``FolderInUse``, ``FolderNotOurs``; touches nothing then."""
        claim_folder(self.folder)
        handle = os.open(self.folder / MARKER, os.O_RDWR)
        for attempt in range(_TRIES):  # somebody may be looking whether it is locked
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._handle = handle
                return
            except OSError:
                if attempt + 1 < _TRIES:
                    time.sleep(_PAUSE_SECONDS)
        os.close(handle)
        raise FolderInUse(in_use(self.folder))

    def release(self) -> None:
        """Give it back, where it is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock on a folder. Raises ``FolderInUse``, ``FolderNotOurs``."""
    lock = FolderLock(folder)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Whether a process holds the lock on a folder now."""
    try:
        handle = os.open(folder / MARKER, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def is_running(folder: Path) -> bool:
    """Whether the stack whose ``run.json`` is in the folder runs; without a lock it is of a release without locks."""
    return is_locked(folder) or _database_answers(folder)


def addresses_in(folder: Path) -> dict[str, str]:
    """What a stack left in its ``run.json``; empty if there is none that can be read."""
    try:
        addresses: Any = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return addresses if isinstance(addresses, dict) else {}


def take_over(lock: FolderLock) -> dict[str, int]:
    """Lock a folder and end the processes that a crash left there; returns those, by name. Blocks some seconds at most.

    Raises ``FolderInUse``, ``FolderNotOurs``, ``OSError``.
    """
    lock.acquire()
    try:
        processes = read_processes(lock.folder)
        ended = end_left_behind(lock.folder, processes) if processes else {}
        if _database_answers(lock.folder):
            raise FolderInUse(in_use(lock.folder))
    except BaseException:
        lock.release()
        raise
    return ended


def _database_answers(folder: Path) -> bool:
    """Whether the database of ``run.json`` accepts connections, as it does while a release without locks runs."""
    database = urlsplit(addresses_in(folder).get("mongo", ""))
    with suppress(OSError, ValueError), socket.create_connection((database.hostname or "", database.port or 0), 1):
        return True
    return False


def in_use(folder: Path) -> str:
    """The sentence that says who uses a folder."""
    processes, addresses = read_processes(folder), addresses_in(folder)
    who = f"{processes.command}, tiến trình {processes.owner}" if processes else "một lệnh thidua khác"
    where = f"; cổng tiếp nhận {addresses['intake']}" if "intake" in addresses else ""
    return (
        f"thư mục {folder} đang được dùng ({who}{where}). "
        f"Xem: thidua status --dir {folder}; dừng: thidua stop --dir {folder}."
    )
