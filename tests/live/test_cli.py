"""The two commands a newcomer runs: a demo to its end, and the stack until it is stopped or a part of it dies."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shlex
import signal
import sys
from pathlib import Path

import httpx
import pytest

from deploy.demo.run import province
from deploy.stack.lock import is_locked
from deploy.stack.processes import STACK_VARIABLE
from shared.contracts.intake import UnitsPublished
from shared.contracts.topics import UNITS
from shared.runtime.kafka.replay import read_all
from tests.support.command_line import start, up, without_progress
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="distinguishes processes by Linux's /proc")


def processes_of(folder: Path) -> dict[str, int]:
    """Every process with the stack's environment variable: its id by command line."""
    mark, pids = f"{STACK_VARIABLE}={folder.resolve()}".encode(), dict[str, int]()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if command:
                    pids[command] = int(process.name)
        except OSError:
            continue
    return pids


_A_FEW_DAYS = """
import deploy.demo.run
from deploy.cli.main import app
from tests.support.played_year import few_days
deploy.demo.run.demo_year = lambda seed: few_days()
app()
"""


def printed_commands(document: Path) -> list[str]:
    """The commands in a document's shell blocks, in the order printed, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text(encoding="utf-8"), re.M | re.S)
    return [line.partition(" # ")[0].strip() for block in blocks for line in block.splitlines()]


def environment_for_make(folder: Path) -> str:
    """An environment as make would set it up, in a folder, with this Python and a year of a few days."""
    programs = {"python": '"$@"', "thidua": f"-c {shlex.quote(_A_FEW_DAYS)} " + '"$@"'}
    (folder / "bin").mkdir(parents=True)
    for name, arguments in programs.items():
        program = folder / "bin" / name
        program.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments}\n")
        program.chmod(0o755)
    (folder / ".installed").touch()
    return f"VENV={folder}"


async def test_the_readmes_commands_run_as_printed_and_in_that_order(tmp_path: Path) -> None:
    """``make demo``, of a few days, and ``make test``, of one file; each ends with exit code 0.

    The demo prints one JSON summary and leaves no process. ``test_year`` checks the outcome of the whole year.
    """
    environment = environment_for_make(tmp_path / "venv")
    shorter = {
        "make demo": f"--once --json --dir {tmp_path / 'demo'}",
        "make test": f"-q -p no:cacheprovider --numprocesses 0 {ROOT / 'tests' / 'rules' / 'test_backoff.py'}",
    }
    output: dict[str, list[str]] = {}
    for command in printed_commands(ROOT / "README.md"):
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command),
            *(environment, f"ARGS={shorter[command]}"),
            cwd=ROOT,
            # A make within a make prints which folder it leaves, as the last line of the demo's output.
            env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, (command, out.decode(), err.decode())
        output[command] = out.decode().splitlines()
    assert list(output) == list(shorter)
    assert " passed" in output["make test"][-1]
    summary = json.loads(output["make demo"][-1])
    assert summary["verify"] == "ok"
    assert summary["reports"]["accepted"] > 0
    assert summary["reminders"]["sent"] > 0
    assert summary["dead_letters"] == 0
    assert processes_of(tmp_path / "demo") == {}


async def ended(command: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    """A command's exit code, output and errors."""
    out, err = await command.communicate()
    return command.returncode, out.decode(), without_progress(err.decode())


@pytest.mark.apart
async def test_nobody_disturbs_a_running_stack_and_a_killed_one_comes_back_as_it_was(tmp_path: Path) -> None:
    """A second ``up``, a ``restore``, a ``demo`` are refused; after kill -9 nothing is left but data and keys.

    The broker has lost its topics then, and intake publishes its units again.
    """
    folder = tmp_path / "up"
    process = await up(folder)
    assert len(processes_of(folder)) == 6
    before = (folder / "run.json").read_text()
    addresses = json.loads(before)
    _, register = province()
    key = await operator_key(process)
    operator = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as http:
        url = f"{addresses['intake']}/v1/units"
        answer = await http.put(url, headers=operator, content=register.model_dump_json())
    assert answer.status_code == 204
    backup = empty_backup(tmp_path / "backup")
    for disturbing in (("up",), ("demo", "--once"), ("restore", str(backup), "--force")):
        code, out, err = await ended(await start(*disturbing, "--dir", str(folder)))
        assert (code, out, len(err.splitlines())) == (1, "", 1), err
        assert f"thư mục {folder} đang được dùng (thidua up, tiến trình {process.pid}" in err
        assert addresses["intake"] in err
    assert (folder / "run.json").read_text() == before
    assert all((folder / "logs" / f"{name}.log").exists() for name in ("mongo", "intake"))
    code, out, _ = await ended(await start("status", "--dir", str(folder)))
    assert (code, f"đang chạy (thidua up, tiến trình {process.pid})" in out) == (0, True), out

    process.kill()
    await process.communicate()
    await until(lambda: not processes_of(folder), "the end of what the killed command had started")
    assert (await ended(await start("status", "--dir", str(folder))))[0] == 3

    process = await up(folder)
    assert await operator_key(process) == key
    kafka = json.loads((folder / "run.json").read_text())["kafka"]

    async def published() -> list[bytes | None]:
        return [record.value async for record in read_all(kafka, [UNITS.name])]

    records = await until(published)
    assert UnitsPublished.model_validate_json(records[0] or b"").data == register
    code, out, err = await ended(await start("stop", "--dir", str(folder)))
    assert (code, out, err) == (0, f"Đã dừng thidua up trong {folder}.\n", "")
    assert (await ended(process))[0] == 130
    assert processes_of(folder) == {}
    assert not (folder / "run.json").exists()


def empty_backup(folder: Path) -> Path:
    """The smallest whole backup."""
    folder.mkdir()
    manifest = b'{"format": 1, "files": {}}'
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "manifest.sha256").write_text(hashlib.sha256(manifest).hexdigest())
    return folder


async def test_ctrl_c_while_starting_leaves_nothing_and_is_one_sentence(tmp_path: Path) -> None:
    """The first process has just been started; Ctrl-C is pressed twice."""
    folder = tmp_path / "up"
    process = await start("up", "--dir", str(folder))
    await until(lambda: processes_of(folder), "the first process", seconds=60)
    process.send_signal(signal.SIGINT)
    await asyncio.sleep(0.2)  # no condition: the second signal has to come while the first is being obeyed
    process.send_signal(signal.SIGINT)
    code, _, err = await ended(process)
    assert (code, err) == (130, "thidua: đã ngắt.\n")
    assert processes_of(folder) == {}
    assert not is_locked(folder)


async def operator_key(process: asyncio.subprocess.Process) -> str:
    """The operator key that ``thidua up`` prints after its start."""
    assert process.stdout is not None
    while True:
        line = (await process.stdout.readline()).decode()
        assert line, "thidua up ended without printing the operator's key"
        if "Khóa người vận hành" in line:
            return line.split()[-1]


async def test_a_part_that_dies_is_named_with_the_end_of_its_log_and_the_rest_is_stopped(tmp_path: Path) -> None:
    """A crash of one part."""
    folder = tmp_path / "up"
    process = await up(folder)
    (victim,) = [pid for command, pid in processes_of(folder).items() if "services.notify" in command]
    os.kill(victim, signal.SIGKILL)
    _, err = await process.communicate()
    assert process.returncode == 3
    assert "notify đã dừng ngoài ý muốn (mã -9)" in err.decode()
    assert "service started" in err.decode()
    assert processes_of(folder) == {}
