"""``thidua`` and services as processes for tests that start many: each is forked from one that has imported them all.

Each has a process, environment, arguments, output and exit code of its own, but does not import the drivers and the
contracts again, which is most of what a command takes and half of what a small stack does. That they start from nothing
is what the tests show that use ``tests.support.command_line`` and those of ``tests/live/test_agency_examples.py``: the
stacks of ``thidua demo`` and ``thidua up`` start their services as everywhere.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.stack.part import Part
from tests.live.chaos.entry import MUTANT


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
    """The process that forks; one of a kind for each process of tests, from the first use to its end."""

    def __init__(self, kind: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="thidua-"))  # short: the path of a socket has 108 bytes at most
        self.socket = self.folder / kind
        command = [sys.executable, "-m", "tests.support.warm_server", kind, str(self.socket)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", f"the server of {kind} did not start"
        atexit.register(self.stop)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_servers: dict[str, _Server] = {}
_LONGEST_LINE = 2**28


async def _request(kind: str, request: Mapping[str, Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if kind not in _servers:
        _servers[kind] = _Server(kind)
    reader, writer = await asyncio.open_unix_connection(_servers[kind].socket, limit=_LONGEST_LINE)
    writer.write(json.dumps({"cwd": str(Path.cwd()), **request}).encode() + b"\n")
    return reader, writer


async def thidua(*args: str | Path, env: Mapping[str, str] | None = None) -> Ended:
    """Run a ``thidua`` command to its end; ``env`` is added to this process's environment."""
    request = {"args": [str(arg) for arg in args], "env": {**os.environ, **(env or {})}}
    reader, writer = await _request("commands", request)
    try:
        answer = await reader.readline()
    finally:
        writer.close()
    assert answer, f"the server of commands did not answer {args}"
    return Ended(**json.loads(answer))


class _Process:
    """A service that was forked, with what a ``Part`` uses of ``asyncio.subprocess.Process``."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._writer = writer
        self._ending = asyncio.create_task(self._end(reader))

    async def _end(self, reader: asyncio.StreamReader) -> None:
        line = await reader.readline()
        self.returncode = json.loads(line)["code"] if line else -signal.SIGKILL
        self._writer.close()

    async def wait(self) -> int:
        await asyncio.shield(self._ending)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, signum: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


_start_from_nothing = Part.start


async def _start(part: Part) -> None:
    python, option, *rest = part.command
    module = rest[0] if (python, option) == (sys.executable, "-m") else ""
    if not module.startswith(("services.", "tests.live.chaos.entry")) or MUTANT in part.env:
        await _start_from_nothing(part)
        return
    request = {"module": module, "args": rest[1:], "log": str(part.log), "env": part.environment()}
    reader, writer = await _request("services", request)
    started = json.loads(await reader.readline())
    part.process = cast(asyncio.subprocess.Process, _Process(started["pid"], reader, writer))
    part.wanted = True


@contextmanager
def forked_services() -> Iterator[None]:
    """In this time, the services of the stacks that this process starts are forked; mutants and servers are not."""
    with pytest.MonkeyPatch.context() as patch:
        if hasattr(os, "pidfd_open"):  # only Linux has it
            patch.setattr(Part, "start", _start)
        yield
