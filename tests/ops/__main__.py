"""``python -m tests.ops``: watch a demo with Debian's Prometheus and Alertmanager, and hold the drills.

It runs every query of every panel and rule, has the tools check the files, and prints a table. It ends with 1 if
anything was wrong. A program that is missing is named, and what needs it is skipped.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from shared.contracts.topics import SERVICES
from tests.ops.checks import check_files
from tests.ops.demo import play, watched_demo
from tests.ops.drills import DRILLS, Demo, folder_of, hold_drills
from tests.ops.outcome import Outcome
from tests.ops.programs import find
from tests.ops.queries import run_queries
from tests.ops.watching import Watching
from tests.support.compose_file import ROOT
from tests.support.mailserver import mailserver

FOLDER: Final = ROOT / ".ops"


async def watch_a_demo(outcome: Outcome, run: Path) -> None:
    """Play the year under watch, ask every query, then hold the drills."""
    _report("a demo year under watch (about two minutes)")
    async with (
        mailserver(folder_of(run, "mail")) as mails,
        watched_demo(run / "stack", mails.port) as (stack, driver, year),
        Watching(
            folder_of(run, "watching"),
            {name: stack.urls[name].removeprefix("http://") for name in SERVICES},
            f"127.0.0.1:{mails.port}",
        ) as watching,
    ):
        await play(driver, year)
        _report("every query of every panel and rule")
        await run_queries(watching, outcome)
        _report(f"{len(DRILLS)} drills (about five minutes)")
        await hold_drills(Demo(stack, driver, year, mails), watching, outcome)


def main() -> int:
    """The exit code."""
    began = time.monotonic()
    outcome = Outcome()
    FOLDER.mkdir(exist_ok=True)
    run = FOLDER / "run"
    shutil.rmtree(run, ignore_errors=True)
    missing = [name for name in ("prometheus", "alertmanager") if find(name) is None]
    if missing:
        names = ", ".join(f"Debian's package {'prometheus-' * (one != 'prometheus')}{one}" for one in missing)
        outcome.add("demo", "queries and drills", "skipped", f"not on this machine: {names}")
    else:
        asyncio.run(watch_a_demo(outcome, run))
    _report("rules, configuration and dashboards")
    check_files(outcome, FOLDER)
    print(outcome.table())
    print(f"{'all right' if outcome.is_right else 'SOMETHING IS WRONG'} after {time.monotonic() - began:.0f} s")
    return 0 if outcome.is_right else 1


def _report(text: str) -> None:
    print(f"ops: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
