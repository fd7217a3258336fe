"""``thidua`` as a process for tests that run many commands: it is forked from a process that has imported them all.

Each command has its own process, environment, arguments, output and exit code, but does not import the drivers and the
contracts again, which is most of what a command takes. That ``thidua`` starts from nothing is what the tests show that
use ``tests.support.command_line`` and those of ``tests/live/test_agency_examples.py``.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


class _Server:
    """The process that forks; one for each process of tests, from its first command to its end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="thidua-"))  # short: the path of a socket has 108 bytes at most
        self.socket = self.folder / "commands"
        command = [sys.executable, "-m", "tests.support.warm_server", str(self.socket)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", "the server of commands did not start"
        atexit.register(self.stop)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_servers: list[_Server] = []


async def thidua(*args: str | Path, env: Mapping[str, str] | None = None) -> Ended:
    """Run a ``thidua`` command to its end; ``env`` is added to this process's environment."""
    if not _servers:
        _servers.append(_Server())
    asked = {"args": [str(arg) for arg in args], "env": {**os.environ, **(env or {})}, "cwd": str(Path.cwd())}
    reader, writer = await asyncio.open_unix_connection(_servers[0].socket, limit=2**28)
    try:
        writer.write(json.dumps(asked).encode() + b"\n")
        await writer.drain()
        answer = await reader.readline()
    finally:
        writer.close()
    assert answer, f"the server of commands did not answer {args}"
    return Ended(**json.loads(answer))
