"""Make files outside the requests that ask for them, one at a time in this process, each only once in all processes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, Final
from uuid import uuid4

import structlog

from services.council.documents.bundle import Report
from services.council.long_files.state import BEAT_SECONDS, Work
from services.council.long_files.store import WorkStore
from shared.runtime.mongo import VersionConflict

log = structlog.get_logger(__name__)

Make = Callable[[BinaryIO, Report], Awaitable[None]]
"""Writes the file, and reports how far it is; the report may come from any thread. It raises ``CannotMake``."""

_MOST_KEPT: Final = 64
_POLL_SECONDS: Final = 0.3
_LOOK_SECONDS: Final = 60.0


class CannotMake(ValueError):
    """A file that cannot be made: a stable code and a Vietnamese sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class LongFiles:
    """The works of this process, and those of others as they are stored."""

    def __init__(self, store: WorkStore) -> None:
        self._store, self._owner = store, uuid4().hex
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        self._next_look = 0.0

    async def ask(self, wanted: Work, make: Make) -> Work:
        """Have a file made, unless it is there or being made; returns at once, with how far it is.

        A work that failed, or whose process ended, is begun again.
        """
        while True:
            stored = await self._store.find(wanted.key)
            if stored is not None and stored.state(time.time()) in ("running", "done"):
                return stored
            fresh = replace(wanted, owner=self._owner, beat=time.time(), revision=stored.revision if stored else 0)
            try:
                begun = await self._store.save(fresh)
            except VersionConflict:
                continue  # another request asked at the same time
            task = self._running[wanted.key] = asyncio.create_task(self._run(begun, make), name=f"make {wanted.file}")
            task.add_done_callback(lambda ended: self._ended(wanted.key, ended))
            return begun

    async def find(self, key: str) -> Work | None:
        """How far a work is; None if nobody has asked for it."""
        return await self._store.find(key)

    async def shown(self, keys: Iterable[str]) -> Mapping[str, Work]:
        """The works among the keys, for a page; see ``WorkStore.shown``."""
        return await self._store.shown(keys)

    async def wait(self, key: str) -> Work | None:
        """The work once it has ended, here or in another process."""
        while (work := await self._store.find(key)) is not None and work.state(time.time()) == "running":
            if (task := self._running.get(key)) is not None:
                await asyncio.wait([task])
            else:
                await asyncio.sleep(_POLL_SECONDS)
        return work

    async def usual_seconds(self, file: str) -> float | None:
        """How long the making of files of this name took lately; None if none was measured."""
        return await self._store.usual_seconds(file)

    async def remove_names(self, seconds: float) -> None:
        """Remove the files with persons' names that are older than they may be. It looks once a minute at most.

        ``seconds`` is now, by the machine's clock (Unix).
        """
        if seconds >= self._next_look:
            self._next_look = seconds + _LOOK_SECONDS
            await self._store.remove_names(seconds)

    async def file(self, key: str) -> AsyncIterator[bytes]:
        """The file that was made, part by part. Raises ``FileNotFoundError`` before the first part."""
        return await self._store.file(key)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the making of a file ended without an outcome", exc_info=error)

    async def _run(self, work: Work, make: Make) -> None:
        """Make the file; the outcome is stored whatever happens, unless the process ends."""
        now = ended = work
        has_ended = asyncio.Event()

        def report(done: int, whole: int, doing: str) -> None:
            nonlocal now
            now = replace(now, done=done, whole=whole, doing=doing)

        async def beat() -> None:
            nonlocal now
            while not has_ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await has_ended.wait()
                        return
                saved = await self._store.save(replace(now, beat=time.time()))
                now = replace(now, revision=saved.revision)

        beating = asyncio.create_task(beat())
        try:
            async with self._turn:
                now = replace(now, begun=time.time())
                with tempfile.TemporaryFile(prefix="paper-") as file:
                    await make(file, report)
                    now = replace(now, doing="lưu tệp")
                    size = file.seek(0, 2)
                    file.seek(0)
                    await self._store.add_file(work.key, work.file, file)
            ended = replace(work, finished="done", size=size)
        except CannotMake as refusal:
            ended = replace(work, finished="failed", code=refusal.code, problem=refusal.detail)
        except Exception:
            log.exception("a file could not be made", file=work.file)
            detail = "Không lập được tệp do lỗi của hệ thống; hãy lập lại, nếu vẫn lỗi hãy báo người vận hành."
            ended = replace(work, finished="failed", code="not_made", problem=detail)
        finally:
            has_ended.set()  # a beat on its way is waited for: the outcome is written over its revision
            with suppress(Exception):
                await beating
        with suppress(VersionConflict):  # it took so long that another process began again
            await self._store.save(replace(ended, begun=now.begun, beat=time.time(), revision=now.revision))
        await self._store.forget_all_but(_MOST_KEPT)
