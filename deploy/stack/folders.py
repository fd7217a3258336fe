"""Whose folder is it? The one place that empties or removes folders; it never does so to one that is not ours."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from deploy.stack.system_errors import described

MARKER: Final = ".thidua-stack"
"""The name of the file that makes a folder ours. Unless its data are kept, everything else there may be deleted."""

KEPT: Final = ".thidua-data"
"""The name of the file in a folder whose data are to be kept: such a folder is ours, but it is never emptied."""

_NOTE: Final = "Thư mục này của thidua: mọi thứ trong đó có thể bị xóa khi chạy lại.\n"
_KEPT_NOTE: Final = "Trong thư mục này có dữ liệu cần giữ: thidua không xóa trống thư mục này.\n"
# What the release before the marker left behind. All six logs were there once the stack had come up.
_ENTRIES: Final = frozenset({"db", "logs", "outbox", "run.json"})
_LOGS: Final = frozenset(f"{name}.log" for name in ("mongo", "kafka", "intake", "scoring", "council", "notify"))


class FolderNotOurs(RuntimeError):
    """The folder holds something that we did not put there, or cannot be used. The message is for the user."""


def claim_folder(folder: Path) -> None:
    """Make the folder ours: create it where it is missing, and mark it. Raises ``FolderNotOurs``, touching nothing.

    A folder can become ours when it does not exist, is empty or bears the marker. The release before the marker left
    folders without one; such a folder is recognised when it holds all six logs of a stack and no entry that a stack
    does not make, which nobody's own folder does by chance. One that is not recognised (a stack that never came up, or
    a restore that was never started) has to be marked by hand; the message says how.
    """
    try:
        if not _may_be_ours(folder):
            raise FolderNotOurs(
                f"thư mục {folder} có dữ liệu không phải do thidua tạo ra nên không bị đụng đến; hãy chọn bằng --dir "
                f"một thư mục trống hoặc chưa có. Nếu đó đúng là thư mục cũ của thidua và được phép xóa, hãy tạo "
                f"trong đó một tệp rỗng tên {MARKER} rồi chạy lại."
            )
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # it holds names of persons, and keys
        if not (folder / MARKER).exists():
            (folder / MARKER).write_text(_NOTE, encoding="utf-8")
    except (FileExistsError, NotADirectoryError):
        raise FolderNotOurs(f"{folder} không phải là thư mục; hãy chọn một thư mục khác bằng --dir.") from None
    except OSError as error:
        raise FolderNotOurs(f"thư mục {folder} không dùng được: {described(error)}") from None


def keep_data(folder: Path) -> None:
    """Claim the folder and see to it that it is never emptied. Raises ``FolderNotOurs``."""
    claim_folder(folder)
    if not (folder / KEPT).exists():
        (folder / KEPT).write_text(_KEPT_NOTE, encoding="utf-8")


def empty_folder(folder: Path) -> None:
    """Claim the folder and remove everything in it but the marker. Raises ``FolderNotOurs``, also if data are kept."""
    claim_folder(folder)
    if (folder / KEPT).exists():
        raise FolderNotOurs(
            f"thư mục {folder} có dữ liệu của thidua up nên không bị xóa; hãy chọn bằng --dir một thư mục khác."
        )
    for entry in list(folder.iterdir()):
        if entry.name != MARKER:
            _remove(entry)


def remove_entry(folder: Path, name: str) -> None:
    """Claim the folder and remove one entry of it, where it is there. Raises ``FolderNotOurs``."""
    claim_folder(folder)
    _remove(folder / name)


def remove_folder(folder: Path) -> None:
    """Remove the folder with everything in it, where it is there. Raises ``FolderNotOurs``."""
    if folder.exists():
        empty_folder(folder)
        _remove(folder)


def remove_with_data(folder: Path) -> None:
    """Remove a folder that bears the marker, also if its data are to be kept: its user was asked.

    Raises ``FolderNotOurs``, touching nothing.
    """
    if not (folder / MARKER).exists():
        raise FolderNotOurs(f"thư mục {folder} không phải của thidua nên không bị đụng đến.")
    (folder / KEPT).unlink(missing_ok=True)
    remove_folder(folder)


def _may_be_ours(folder: Path) -> bool:
    if not folder.exists():
        return True
    names = {entry.name for entry in folder.iterdir()}
    return not names or MARKER in names or (names <= _ENTRIES and _logs_of_a_stack(folder / "logs"))


def _logs_of_a_stack(folder: Path) -> bool:
    return folder.is_dir() and {entry.name for entry in folder.iterdir()} >= _LOGS


def _remove(path: Path) -> None:
    """Remove a file, a link (not what it points to) or a folder with everything in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
