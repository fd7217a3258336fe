"""A small file system for the database's files, which can be filled and emptied. It needs Linux and root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

_SIZE: Final = 3 * 1024**3
_PAGE: Final = 4096


@lru_cache
def can_be_full() -> bool:
    """Whether a file system can be mounted here; the check mounts one."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        _mount(Path(folder))
        can_mount = is_laid(Path(folder))
        release(Path(folder))
    return can_mount


def lay(folder: Path) -> None:
    """Mount an in-memory file system on the folder; leaves an ordinary folder if that is not possible."""
    folder.mkdir(parents=True, exist_ok=True)
    if can_be_full():
        _mount(folder)


def _mount(folder: Path) -> None:
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )


def is_laid(folder: Path) -> bool:
    """Whether the folder is a file system of its own."""
    return folder.is_mount()


def release(folder: Path) -> None:
    """Unmount it."""
    if is_laid(folder):
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def fill(folder: Path, *, left: int) -> None:
    """Shrink the file system so that about ``left`` bytes (at least a page) are free."""
    room = os.statvfs(folder)
    used = (room.f_blocks - room.f_bfree) * room.f_frsize
    _resize(folder, used + max(left, _PAGE))


def empty(folder: Path) -> None:
    """Give the file system its full size again."""
    _resize(folder, _SIZE)


def _resize(folder: Path, size: int) -> None:
    subprocess.run(
        ["mount", "-o", f"remount,size={size}", str(folder)],
        check=True,
        capture_output=True,
    )
