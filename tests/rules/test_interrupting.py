"""A command that was interrupted says so by its exit code, and never prints a result it has not got."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The command of a check whose libraries lose the cancellation, as aiokafka's did: it comes back as if it had finished.
_A_CHECK = """
import asyncio
import typer
from deploy.cli.faults import CommandGroup
from deploy.cli.support import run

app = typer.Typer(cls=CommandGroup)
app.callback()(lambda: None)

async def work():
    print("ready", flush=True)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        pass
    return "equal"

@app.command()
def check():
    print(run(work()))

app()
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=lambda signum: signum.name)
def test_an_interrupted_check_prints_no_result_and_exits_with_130(signum: signal.Signals) -> None:
    """The check itself may have swallowed the interruption."""
    process = subprocess.Popen(
        [sys.executable, "-c", _A_CHECK, "check"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signum)
    assert process.stderr is not None
    err = process.stderr.readline()
    process.send_signal(signum)  # a second Ctrl-C, after everything is cleaned up
    out, rest = process.communicate(timeout=60)
    err += rest
    assert (process.returncode, out, err) == (130, "", "thidua: đã ngắt.\n")
