"""Tell open pages that what they show has changed: one event stream a page, and one look at the database for all.

A page names the documents that it was made from, and a mark of their revisions. Its stream says once that the mark is
no longer theirs, and ends. Nothing else goes over it, so a page that misses its stream only misses a hint.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.runtime.http.problems import Refusal
from shared.runtime.http.request_metrics import STREAM_TYPE
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database
from shared.runtime.revisions import Revisions

log = structlog.get_logger(__name__)

Watched = Mapping[str, Collection[str]]
"""The ids of the documents that a page shows, by collection."""

CHANGED: Final = b"event: thay-doi\ndata: 1\n\n"
_BEGIN: Final = b"retry: 5000\n\n"
_HEARTBEAT: Final = b":\n\n"
_HEARTBEAT_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 3.0
"""How often the database is asked for what another process of the service wrote, while a stream is open."""
_BETWEEN_LOOKS_SECONDS: Final = 0.3
_ENDED: Final = "ended_sign_ins"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches: a person, or a sign-in that may end. ``until`` is in Unix seconds by the machine's clock."""

    person: str
    sign_in: str
    until: float


@dataclass(eq=False, slots=True)
class _Stream:
    watcher: Watcher
    watched: Watched
    mark: str
    news: asyncio.Event = field(default_factory=asyncio.Event)
    has_changed: bool = False
    is_over: bool = False

    def note(self, *, changed: bool = False, over: bool = False) -> None:
        self.has_changed, self.is_over = self.has_changed or changed, self.is_over or over
        if changed or over:
            self.news.set()


class PageChanges:
    """The open streams of one service, as background work: it sleeps while nobody watches.

    It looks when the service has published, and every few seconds for what other processes wrote; each look is one
    read of the revisions that any page watches. At most ``most`` streams are open at once, and ``most_each`` of a
    person. ``now`` is the machine's clock in Unix seconds.
    """

    def __init__(
        self, database: Database, most: int = 200, most_each: int = 12, now: Callable[[], float] = time.time
    ) -> None:
        self._database, self._most, self._most_each, self._now = database, most, most_each, now
        self._streams: set[_Stream] = set()
        self._woken, self._watching = asyncio.Event(), asyncio.Event()
        self._stopped = False

    @property
    def open(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def stream(self, watcher: Watcher, watched: Watched, mark: str) -> StreamingResponse:
        """The stream of a page. Raises ``Refusal`` with 503 if too many are open, or the service stops."""
        of_person = sum(stream.watcher.person == watcher.person for stream in self._streams)
        if self._stopped or len(self._streams) >= self._most or of_person >= self._most_each:
            detail = "Đang mở quá nhiều trang cùng lúc; trang này không tự báo khi có thay đổi."
            raise Refusal(503, "too_many_streams", detail, retry_after=60)
        opened = _Stream(watcher, watched, mark)
        self._streams.add(opened)
        self._watching.set()
        self.wake()
        return _Answer(_events(opened), lambda: self._close(opened))

    def _close(self, stream: _Stream) -> None:
        self._streams.discard(stream)
        if not self._streams:
            self._watching.clear()

    def stop(self) -> None:
        """End every stream, and open no more: the service stops."""
        self._stopped = True
        for stream in self._streams:
            stream.note(over=True)

    async def run(self) -> None:
        """Look for changes while a page watches, until cancelled."""
        while True:
            await self._watching.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self.look()
            except TRANSIENT_DATABASE_ERRORS as error:
                log.info("cannot look for changes now", error=repr(error))
            await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)

    async def look(self) -> None:
        """Tell each stream whose documents have changed, or whose sign-in has ended."""
        streams = [stream for stream in self._streams if not stream.news.is_set()]
        if not streams:
            return
        wanted: dict[str, set[str]] = {_ENDED: {stream.watcher.sign_in for stream in streams}}
        for stream in streams:
            for collection, ids in stream.watched.items():
                wanted.setdefault(collection, set()).update(ids)
        revisions = await self._database.revisions({name: sorted(ids) for name, ids in wanted.items()})
        ended = {doc_id for collection, doc_id, _ in revisions if collection == _ENDED}
        now = self._now()
        for stream in streams:
            over = stream.watcher.sign_in in ended or now >= stream.watcher.until
            stream.note(changed=mark_of(revisions, stream.watched) != stream.mark, over=over)

    def wake(self) -> None:
        """Look now: something was written."""
        self._woken.set()

    async def backlog(self) -> int:
        """Nothing waits here that the service's work depends on."""
        return 0


async def _events(stream: _Stream) -> AsyncIterator[bytes]:
    yield _BEGIN
    while not stream.news.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await stream.news.wait()
                break
        yield _HEARTBEAT
    if stream.has_changed and not stream.is_over:
        yield CHANGED


class _Answer(StreamingResponse):
    """The answer that carries a stream, and gives its place back however it ends."""

    def __init__(self, events: AsyncIterator[bytes], close: Callable[[], None]) -> None:
        super().__init__(events, media_type=STREAM_TYPE, headers=_HEADERS)
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until it ends or the reader leaves."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._close()


def mark_of(revisions: Revisions, watched: Watched) -> str:
    """What stands for the revisions of these documents: it changes when one of them does, comes or goes.

    Take it from the revisions at which a page has read them, or from earlier ones, so that no change is missed.
    """
    own = sorted(
        (collection, doc_id, rev) for collection, doc_id, rev in revisions if doc_id in watched.get(collection, ())
    )
    return hashlib.sha256(repr(own).encode()).hexdigest()[:16]
