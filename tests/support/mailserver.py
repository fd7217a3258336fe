"""A mail server in a process of its own, and what it has taken."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deploy.stack.part import Part
from tests.support.waiting import until


class Mailserver:
    """A running mail server of ``tests.support.smtp_server``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def port(self) -> int:
        return int((self._folder / "port").read_text())

    def received(self) -> list[dict[str, Any]]:
        path = self._folder / "received.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@asynccontextmanager
async def mailserver(folder: Path, *certificate: Path) -> AsyncIterator[Mailserver]:
    command = [sys.executable, "-m", "tests.support.smtp_server", str(folder), *map(str, certificate)]
    part = Part("smtp", command, folder / "smtp.log")
    await part.start()
    try:
        await until((folder / "port").exists, "the mail server listening")
        yield Mailserver(folder)
    finally:
        await part.stop()
