"""Which running stack a command talks to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from deploy.cli.faults import MISUSED, UNABLE, CommandFailed
from deploy.stack.lock import RUN, addresses_in, is_running
from deploy.stack.processes import read_processes

STACKS: Final = Path(".thidua")
"""Stacks of this checkout are in folders in here; running ones leave their addresses there."""

StackFolder = Annotated[
    Path | None,
    typer.Option(
        "--dir", help="Thư mục của hệ thống; không nêu thì là hệ thống duy nhất đang chạy ở đây.", envvar="THIDUA_DIR"
    ),
]


@dataclass(frozen=True)
class RunningStack:
    """A stack that has come up: its folder, who started it, its addresses."""

    folder: Path
    addresses: dict[str, str]

    def __str__(self) -> str:
        processes = read_processes(self.folder)
        return f"{self.folder} ({processes.command}, tiến trình {processes.owner})" if processes else str(self.folder)


def running_stacks(folder: Path | None = None) -> list[RunningStack]:
    """The running stacks of this checkout, or the one in the folder that is named."""
    folders = [folder] if folder else sorted(path.parent for path in STACKS.glob(f"*/{RUN}"))
    return [RunningStack(f, addresses) for f in folders if (addresses := addresses_in(f)) and is_running(f)]


def choose_stack(folder: Path | None) -> RunningStack | None:
    """The one running stack, None if none runs. Raises ``CommandFailed`` where there are several to choose from."""
    stacks = running_stacks(folder)
    if len(stacks) > 1:
        names = "; ".join(map(str, stacks))
        raise CommandFailed(f"ở đây có {len(stacks)} hệ thống đang chạy: {names}. Hãy chọn bằng --dir.", MISUSED)
    return stacks[0] if stacks else None


def stack_addresses(
    folder: Path | None, needed: Iterable[str], options: str, given: dict[str, str | None] | None = None
) -> dict[str, str]:
    """What a command needs to know (``kafka``, ``mongo``, …): as ``given``, else as the running stack has it.

    Says on standard error which stack it is. ``options`` is what the command's user can name instead. Raises
    ``CommandFailed``.
    """
    named = {name: value for name, value in (given or {}).items() if value}
    missing = [name for name in needed if name not in named]
    if not missing:
        return named
    stack = choose_stack(folder)
    if stack is None or any(name not in stack.addresses for name in missing):
        where = f"trong {folder}" if folder else "ở đây"
        raise CommandFailed(f"không có hệ thống nào đang chạy {where}; hãy chạy thidua up hoặc nêu {options}.", UNABLE)
    typer.echo(f"Hệ thống: {stack}", err=True)
    return {**stack.addresses, **named}
