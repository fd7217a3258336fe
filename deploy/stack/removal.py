"""Deletes the stacks of a checkout with all their data, after asking. ``make distclean`` runs it.

Only the standard library is used: ``make clean`` has removed the environment before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from deploy.stack.folders import KEPT, MARKER, remove_with_data
from deploy.stack.lock import is_running

YES: Final = "delete"


def remove_stacks(root: Path) -> int:
    """Ask, then delete the stacks in ``root``. Returns the exit code: 1 if something stays."""
    folders = sorted(path for path in root.glob("*") if path.is_dir())
    ours = [folder for folder in folders if (folder / MARKER).exists()]
    for folder in ours:
        if is_running(folder):
            print(f"{folder} is in use; stop it first (thidua stop --dir {folder}). Nothing was deleted.")
            return 1
    if ours:
        print("This deletes for good:")
        for folder in ours:
            print(f"  {folder}   {_megabytes(folder):.1f} MB{_what(folder)}")
        print(f"Type “{YES}” to go on: ", end="", flush=True)
        if sys.stdin.readline().strip() != YES:
            print("Nothing was deleted.")
            return 1
        for folder in ours:
            remove_with_data(folder)
    for folder in folders:
        if folder not in ours:
            print(f"{folder} is not marked as thidua's and stays.")
    return 1 if len(ours) < len(folders) else 0


def _what(folder: Path) -> str:
    return ", the agencies' database" if (folder / KEPT).exists() else ""


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    sys.exit(remove_stacks(Path(sys.argv[1])))
