"""Ends a stack's processes when the process that started them is gone, however it ended; kill -9 included.

It is started with a pipe from that process as its standard input, which the system closes with its last holder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.stack.processes import end_left_behind, read_processes


def watch(folder: Path, owner: int) -> None:
    """Wait until standard input ends, then end what ``owner`` started in the folder and did not stop itself."""
    sys.stdin.buffer.read()
    processes = read_processes(folder)
    if processes is not None and processes.owner == owner:  # otherwise the next stack has already seen to it
        end_left_behind(folder, processes)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), int(sys.argv[2]))
