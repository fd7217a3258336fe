"""``thidua`` started as a process, as from a shell."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tests.support.waiting import until


async def start(*args: str) -> asyncio.subprocess.Process:
    """Start a ``thidua`` command with its output piped."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", *args, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


def without_progress(err: str) -> str:
    """What a command wrote to standard error, without the lines that say what it is working on (``… 12 giây``)."""
    return "".join(line for line in err.splitlines(keepends=True) if not re.search(r" … \d+ giây$", line))


async def up(folder: Path) -> asyncio.subprocess.Process:
    """Start ``thidua up`` and wait until it has written its addresses."""
    process = await start("up", "--dir", str(folder))

    async def written() -> bool:
        assert process.returncode is None, (await process.communicate())[1].decode()
        return (folder / "run.json").exists()

    await until(written, "thidua up having written its addresses", seconds=60)
    return process
