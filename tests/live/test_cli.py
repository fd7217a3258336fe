"""The two commands that a newcomer runs: `thidua demo` to its end, and `thidua up` until it stops or a process dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from deploy.demo.run import province
from deploy.stack.embedded import STACK_VARIABLE
from shared.contracts.intake import UnitsPublished
from shared.contracts.topics import UNITS
from shared.runtime.kafka.replay import read_all
from tests.support.command_line import up
from tests.support.waiting import until

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


async def test_the_demo_ends_with_one_json_summary_and_leaves_no_process(tmp_path: Path) -> None:
    """``thidua demo --once --json`` over a few days exits with 0, and every process that it started has ended.

    ``test_year`` checks the outcome of the whole year.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _A_FEW_DAYS, "demo", "--once", "--json", "--dir", str(tmp_path / "demo")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    summary = json.loads(out.decode().splitlines()[-1])
    assert summary["verify"] == "ok"
    assert summary["reports"]["accepted"] > 0
    assert summary["reminders"]["sent"] > 0
    assert summary["dead_letters"] == 0
    assert processes_of(tmp_path / "demo") == {}


async def test_a_signal_stops_everything_and_the_next_start_has_what_was_stored(tmp_path: Path) -> None:
    """The first stack gets SIGTERM, the second Ctrl-C. The new broker is empty, so intake publishes its units again."""
    folder = tmp_path / "up"
    process = await up(folder)
    assert len(processes_of(folder)) == 6
    addresses = json.loads((folder / "run.json").read_text())
    _, register = province()
    operator = {"Authorization": f"Bearer {await operator_key(process)}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as http:
        url = f"{addresses['intake']}/v1/units"
        answer = await http.put(url, headers=operator, content=register.model_dump_json())
    assert answer.status_code == 204
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert processes_of(folder) == {}
    assert not (folder / "run.json").exists()

    process = await up(folder)
    kafka = json.loads((folder / "run.json").read_text())["kafka"]

    async def published() -> list[bytes | None]:
        return [record.value async for record in read_all(kafka, [UNITS.name])]

    records = await until(published)
    assert UnitsPublished.model_validate_json(records[0] or b"").data == register
    process.send_signal(signal.SIGINT)
    await asyncio.sleep(0.2)  # a fixed pause: the second signal must come during the shutdown
    process.send_signal(signal.SIGINT)  # Ctrl-C pressed twice
    await process.communicate()
    assert processes_of(folder) == {}


async def operator_key(process: asyncio.subprocess.Process) -> str:
    """The operator key that ``thidua up`` prints after its start."""
    assert process.stdout is not None
    while True:
        line = (await process.stdout.readline()).decode()
        assert line, "thidua up ended without printing the operator's key"
        if "Khóa người vận hành" in line:
            return line.split()[-1]


async def test_a_part_that_dies_is_named_with_the_end_of_its_log_and_the_rest_is_stopped(tmp_path: Path) -> None:
    """The command exits with an error."""
    folder = tmp_path / "up"
    process = await up(folder)
    (victim,) = [pid for command, pid in processes_of(folder).items() if "services.notify" in command]
    os.kill(victim, signal.SIGKILL)
    _, err = await process.communicate()
    assert process.returncode == 1
    assert "notify ended with code -9" in err.decode()
    assert "service started" in err.decode()
    assert processes_of(folder) == {}
