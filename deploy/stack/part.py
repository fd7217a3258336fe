"""One process of a stack."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.processes import STACK_VARIABLE

_STOP_SECONDS = 8.0
_SHOWN_LINES = 15
_NO_SPACE = "No space left on device"
_LITTLE_SPACE = 1024 * 1024


class PartDied(RuntimeError):
    """A process of the stack ended on its own. The message names it and shows the end of its log."""


@dataclass
class Part:
    """One process of the stack. ``wanted`` is false while it is stopped on purpose."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    wanted: bool = True

    async def start(self) -> None:
        """Start the process with its output in its log, in a new session so that Ctrl-C does not reach it."""
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.environment(),
                start_new_session=True,
            )
        self.wanted = True

    def environment(self) -> dict[str, str]:
        """What the process is started with: our own environment, ``env`` and the folder of its stack."""
        return {**os.environ, **self.env, STACK_VARIABLE: str(self.log.parent.parent.resolve())}

    async def stop(self, signum: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process and wait for its end; kill it if it does not stop in time."""
        self.wanted = False
        if self.process is None or self.process.returncode is not None:
            return
        self._signal(signum)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    def suspend(self) -> None:
        """``SIGSTOP``, if the process is running."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """``SIGCONT``, if the process is running."""
        self._signal(signal.SIGCONT)

    def _signal(self, signum: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signum)

    def check(self) -> None:
        """Raise ``PartDied`` if the process has ended although it should run."""
        if self.wanted and self.process is not None and self.process.returncode is not None:
            raise PartDied(self._last_words())

    def _last_words(self) -> str:
        assert self.process is not None
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
        except OSError:
            lines = []
        ended = f"{self.name} đã dừng ngoài ý muốn (mã {self.process.returncode})"
        if any(_NO_SPACE in line for line in lines) or shutil.disk_usage(self.log.parent).free < _LITTLE_SPACE:
            return f"{ended}: đĩa chứa {self.log.parent.parent} đã đầy; hãy giải phóng chỗ rồi chạy lại."
        return "\n".join([f"{ended}; cuối tệp {self.log}:", *lines])
