"""Which processes belong to a stack's folder, and how to end those that were left behind when their parent died.

Only the standard library is used here: the process that watches over a stack should be small.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

STACK_VARIABLE: Final = "STACK_OF_THIDUA"
"""Environment variable set to the stack's folder in each of its processes, so that others can recognise them."""

PROCESSES: Final = "processes.json"
"""The note in a stack's folder, as long as the stack runs: who started it, and which processes it consists of."""

_SERVERS: Final = ("kafka", "mongo")
_TERM_SECONDS: Final = 6.0
_KILL_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Processes:
    """The note. ``command`` and ``owner`` (a process id) started the stack; ``parts`` are process ids by name.

    ``programs`` has the program of each part, by which a part is recognised where its environment cannot be read.
    """

    command: str
    owner: int
    parts: Mapping[str, int]
    programs: Mapping[str, Sequence[str]]

    def write(self, folder: Path) -> None:
        """Replace the folder's note. Raises ``OSError``."""
        write_privately(folder / PROCESSES, json.dumps(asdict(self)))


def read_processes(folder: Path) -> Processes | None:
    """The folder's note; None if there is none that can be read."""
    try:
        return Processes(**json.loads((folder / PROCESSES).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def left_behind(folder: Path, processes: Processes) -> dict[str, int]:
    """The parts of the note that still live; never a process that has got the id of one that ended."""
    return {
        name: pid for name, pid in processes.parts.items() if _is_part(pid, folder, processes.programs.get(name, ()))
    }


def end_left_behind(folder: Path, processes: Processes) -> dict[str, int]:
    """End what still lives of the note's parts, the services before broker and database; returns them.

    Blocks until they are gone, a few seconds at most.
    """
    orphans = left_behind(folder, processes)
    for names in ([n for n in orphans if n not in _SERVERS], [n for n in orphans if n in _SERVERS]):
        for signum, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
            alive = {name: pid for name, pid in left_behind(folder, processes).items() if name in names}
            _signal(alive.values(), signum)
            deadline = time.monotonic() + seconds
            while alive and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
                alive = {name: pid for name, pid in left_behind(folder, processes).items() if name in names}
    return orphans


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, and that others see either as it was or whole. Raises ``OSError``."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _signal(pids: Iterable[int], signum: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)


def _is_part(pid: int, folder: Path, program: Sequence[str]) -> bool:
    """Whether a living process is a part of the stack in this folder."""
    if Path("/proc/self/environ").exists():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return f"{STACK_VARIABLE}={folder.resolve()}".encode() in environment
    listed = subprocess.run(  # noqa: S603 - a number is all that is filled in
        ["ps", "-ww", "-o", "args=", "-p", str(pid)],  # noqa: S607 - wherever this system has it
        capture_output=True,
        text=True,
        check=False,
    )
    return bool(program) and listed.stdout.strip() == " ".join(program)
