"""A service in its own process, observed from outside: through its ``/progress`` and the stamps that it writes."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from shared.runtime.http.operations import Progress

_LOOK_SECONDS = 0.01
_ASK_SECONDS = 0.05
_START_SECONDS = 90.0


@dataclass(frozen=True)
class Stamp:
    """A moment of a service's process.

    ``what`` is ``read`` (the first records of figures, at the start or after a hold), ``written`` (boards were written
    to the database), ``committed`` or ``asked`` (the progress was requested). ``at`` is the machine's monotonic clock
    and ``cpu`` the CPU time of the process, both in seconds. ``seen`` counts records of figures read so far, or those
    committed; ``documents`` and ``commands`` count what was written so far; ``memory`` is the bytes in use, if traced.
    """

    what: str
    at: float
    cpu: float
    seen: int
    documents: int
    commands: int
    memory: int = 0


class Watched:
    """A running service. ``url`` is its address."""

    def __init__(self, part: Part, url: str, stamps: Path) -> None:
        self.part, self.url = part, url
        self._stamps = stamps
        self._known: list[Stamp] = []
        self._read = 0
        self._http = httpx.AsyncClient(timeout=60)

    @staticmethod
    async def free_port() -> int:
        """An unused port."""
        return free_ports([None])[0]

    async def start(self) -> None:
        """Start the process and wait until its liveness probe answers. Raises ``PartDied``, ``TimeoutError``."""
        self._stamps.unlink(missing_ok=True)
        await self.part.start()
        await self.until(self._alive, "answering", _START_SECONDS)

    async def _alive(self) -> bool:
        with suppress(httpx.TransportError):
            return (await self._http.get(f"{self.url}/livez")).status_code == 200
        return False

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process."""
        await self.part.stop(how)
        await self._http.aclose()

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """The answer to a GET, as JSON."""
        return (await self._http.get(self.url + path, headers=headers)).raise_for_status().json()

    async def text(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        """The answer to a GET, as text."""
        return (await self._http.get(self.url + path, headers=headers)).raise_for_status().text

    async def post(self, path: str, body: Any) -> None:
        """Send a POST with a JSON body."""
        (await self._http.post(self.url + path, json=body)).raise_for_status()

    async def progress(self) -> Progress:
        """The progress of the service."""
        return Progress.model_validate(await self.get("/progress"))

    async def until(self, works: Any, what: str, seconds: float = 1_200.0, every: float = _ASK_SECONDS) -> None:
        """Wait for a condition. Raises ``PartDied``, or ``TimeoutError`` that names the condition."""
        deadline = time.monotonic() + seconds
        while not await works():
            self.part.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.part.name}: {what} took longer than {seconds:.0f} s; see {self.part.log}")
            await asyncio.sleep(every)

    async def assigned(self) -> None:
        """Wait until the service has partitions to read."""

        async def has_some() -> bool:
            return (await self.progress()).partitions > 0

        await self.until(has_some, "joining its group", _START_SECONDS)

    @property
    def began(self) -> Stamp:
        """The moment of the first record of figures, or of the first one after a hold."""
        return next(stamp for stamp in reversed(self.stamps()) if stamp.what == "read")

    async def committed(self, records: int) -> None:
        """Wait until this many records of figures are committed."""

        async def done() -> bool:
            return any(stamp.what == "committed" and stamp.seen >= records for stamp in reversed(self.stamps()))

        await self.until(done, f"committing {records} records", every=_LOOK_SECONDS)

    async def wait_until_published(self) -> None:
        """Wait until nothing is unsent."""

        async def done() -> bool:
            return (await self.progress()).unsent == 0

        await self.until(done, "publishing everything")

    async def handled(self, records: int) -> Stamp:
        """Wait until this many records of figures are committed and nothing is unsent; returns that moment.

        The stamps show the commit and are cheap to read, so the service is asked for its progress only afterwards.
        """
        await self.committed(records)
        return await self.rested()

    async def rested(self) -> Stamp:
        """Wait until nothing is left to read or publish; returns that moment.

        Raises ``RuntimeError`` if a partition is paused.
        """

        async def at_rest() -> bool:
            now = await self.progress()
            if now.parked:
                raise RuntimeError(f"a partition is paused: {now.parked}")
            return now.lag == 0 and now.unsent == 0

        await self.until(at_rest, "coming to rest")
        return next(stamp for stamp in reversed(self.stamps()) if stamp.what == "asked")

    def stamps(self) -> list[Stamp]:
        """The stamps that the service has written so far."""
        if self._stamps.exists():
            with self._stamps.open("rb") as noted:
                noted.seek(self._read)
                while (line := noted.readline()).endswith(b"\n"):
                    self._known.append(Stamp(**json.loads(line)))
                    self._read += len(line)
        return self._known
