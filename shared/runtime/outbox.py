"""The outbox relay: what documents still have to say is rendered from their present state and published.

A document holds names of what it must say, not payloads, so a late relay can never say something older than
was said before. When a document moved on while it was being said, it is rendered and said again. Documents that were
written as a lot are said as one, and marked as said on its first alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from shared.contracts.topics import MAX_MESSAGE_BYTES
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, WRITING_SECONDS, Document, Documents

log = structlog.get_logger(__name__)

_AT_ONCE = 200
_LOOK_SECONDS = 0.02
_IDLE_SECONDS = 1.0
_BUSY_SECONDS = 0.5
"""How often what changes is said while more is being read: most of it changes again."""
_REST = 2.0
"""While records come, the relay rests so many times as long as it took to look for what changed and to say it."""
_MAX_JUST_WRITTEN = 5 * _AT_ONCE

DocumentBatch = Sequence[Document]
"""What is said together: a document and those it stands for, mostly none."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for a topic. ``headers`` and a None value are for dead letters only, which keep theirs."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Undeliverable(Exception):
    """The broker answers, but will not take one of the messages: no such topic, not allowed, too large.

    Or what a document has to say cannot be put into words: a bug, which must not silence the others.
    """


class Publish(Protocol):
    """Puts messages on their topics, in order per key; returns when the broker has taken all of them.

    Raises ``Undeliverable`` where it is the message's fault.
    """

    async def __call__(self, messages: Sequence[Outgoing]) -> None:
        """Publish all of them."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A collection whose documents have things to say.

    ``render`` renders what is in ``unsent``; ``everything`` names all a document could ever say, for a broker
    that has forgotten its topics. ``render`` has no side effects. ``once`` is for a dead letter that
    is put back on its topic: a writer that read the document before it was published is stale, so that it does not
    have it put back a second time.
    """

    documents: Documents
    render: Callable[[Document], Awaitable[Iterable[Outgoing]]]
    everything: Callable[[Document], Iterable[str]]
    once: bool = False


async def _nothing(messages: Sequence[Outgoing]) -> None:
    """No chain to enter them in."""


class Outbox:
    """Relays what the service's documents have to say, in the background and when nudged.

    ``append_events`` writes down what is about to be said, before it is. ``busy`` tells that records are coming, ``has_backlog``
    that many more are waiting. ``on_published`` is called after documents were published and are no longer pending.
    """

    def __init__(
        self,
        renderings: Sequence[Rendering],
        publish: Publish,
        metrics: Metrics,
        transient: tuple[type[Exception], ...],
        append_events: Callable[[Sequence[Outgoing]], Awaitable[None]] = _nothing,
        busy: Callable[[], bool] = lambda: False,
        has_backlog: Callable[[], bool] = lambda: False,
        on_published: Callable[[], None] = lambda: None,
    ) -> None:
        self._renderings = renderings
        self._publish, self._append_events, self._on_published = publish, append_events, on_published
        self._metrics = metrics
        self._transient = (*transient, *TRANSIENT_DATABASE_ERRORS)
        self._woken, self._busy, self._has_backlog = asyncio.Event(), busy, has_backlog
        self._look = True
        self._just_written: dict[str, tuple[Documents, DocumentBatch]] = {}
        self._unfinished: dict[str, float] = {}
        self.published = 0

    def wake(self) -> None:
        """Something was written; relay now rather than at the next look."""
        self._look = True
        self._woken.set()

    def just_written(self, documents: Documents, docs: Sequence[Document]) -> None:
        """Documents this process has just written: said as they are, without being read back.

        Where there are too many, or saying them fails, they are looked for like all others.
        """
        by_id = {doc["_id"]: doc for doc in docs}
        for doc in docs:
            if doc["pending"]:
                others = [by_id[name] for name in doc.get("lot", ()) if name in by_id]
                self._just_written[doc["_id"]] = documents, [doc, *others]
        if sum(len(batch) for _, batch in self._just_written.values()) > _MAX_JUST_WRITTEN:
            self._just_written.clear()
            self._look = True
        self._woken.set()

    async def unsent(self) -> int:
        """Documents with something still to be said."""
        found = [await rendering.documents.find({"pending": True}, only=["lot"]) for rendering in self._renderings]
        total = sum(1 + len(doc.get("lot", ())) for docs in found for doc in docs)
        self._metrics.unsent.set(total)
        return total

    async def relay(self) -> int:
        """Say all that is unsent now; the number of messages published."""
        said = 0
        for rendering in self._renderings:
            blocked: list[str] = []
            while docs := await rendering.documents.pending(_AT_ONCE, without=blocked):
                if batches := await self._batches(rendering, docs, blocked):
                    said += await self._publish_or_split(rendering, batches, blocked)
        return said

    async def _batches(self, rendering: Rendering, docs: Sequence[Document], blocked: list[str]) -> list[DocumentBatch]:
        """Each document with those it stands for, some ``_AT_ONCE`` in all; without lots that are still being written.

        Of a lot whose writer died, what there is speaks for itself after a while.
        """
        some: list[Document] = []
        together = 0
        for doc in docs:
            together += 1 + len(doc.get("lot", ()))
            if some and together > _AT_ONCE:
                break
            some.append(doc)
        others = await rendering.documents.get_many(name for doc in some for name in doc.get("lot", ()))
        whole: list[DocumentBatch] = []
        for doc in some:
            named = doc.get("lot", ())
            if all(name in others for name in named):
                self._unfinished.pop(doc["_id"], None)
                whole.append([doc, *(others[name] for name in named)])
            elif time.monotonic() < self._unfinished.setdefault(doc["_id"], time.monotonic()) + WRITING_SECONDS:
                blocked.append(doc["_id"])
            else:
                del self._unfinished[doc["_id"]]
                await rendering.documents.split_batch(doc)
        return whole

    async def _relay_just_written(self) -> None:
        """Say what was just written here, in the order it was."""
        while self._just_written:
            documents = next(iter(self._just_written.values()))[0]
            batches: list[DocumentBatch] = []
            for first, (of, batch) in [*self._just_written.items()]:
                if of is documents and sum(map(len, batches)) < _AT_ONCE:
                    batches.append(batch)
                    del self._just_written[first]
            rendering = next(each for each in self._renderings if each.documents is documents)
            await self._publish_or_split(rendering, batches, [])

    async def _publish_or_split(
        self, rendering: Rendering, batches: Sequence[DocumentBatch], blocked: list[str]
    ) -> int:
        """Say them all; where a topic will not take one, the others alone. It is tried again the next time."""
        try:
            return await self._publish_batches(rendering, batches)
        except Undeliverable as error:
            if len(batches) > 1:
                return sum([await self._publish_or_split(rendering, [batch], blocked) for batch in batches])
            first, *others = batches[0]
            if others:
                await rendering.documents.split_batch(first)
                return await self._publish_or_split(rendering, [[doc] for doc in batches[0]], blocked)
            blocked.append(first["_id"])
            self._metrics.failures.labels("undeliverable").inc()
            log.error("a document cannot be said", document=first["_id"], error=str(error))
            return 0

    async def _publish_batches(self, rendering: Rendering, batches: Sequence[DocumentBatch]) -> int:
        docs, first = [doc for batch in batches for doc in batch], [batch[0] for batch in batches]
        messages = [message for doc in docs for message in await self._rendered(rendering, doc) if self._fits(message)]
        await self._append_events(messages)
        await self._publish(messages)
        for message in messages:
            self._metrics.published.labels(message.topic).inc()
        self.published += len(messages)
        moved_on = await rendering.documents.sent(first, count=rendering.once)
        for doc in first:  # it may have been found before its writer knew that it was written
            self._just_written.pop(doc["_id"], None)
        for doc_id, doc in (await rendering.documents.get_many(moved_on)).items():
            if not doc["pending"]:
                # Another relay said a newer state, perhaps before our older one was out; the newest must be last.
                await rendering.documents.republish(doc_id, rendering.everything(doc))
        self._on_published()
        return len(messages)

    async def _rendered(self, rendering: Rendering, doc: Document) -> Iterable[Outgoing]:
        try:
            return await rendering.render(doc)
        except Exception as error:
            if isinstance(error, (*self._transient, Undeliverable)):
                raise
            raise Undeliverable(f"a bug: {error!r}") from error

    def _fits(self, message: Outgoing) -> bool:
        """Whether a topic takes it. One too large would stop all behind it for ever; it is left out, loudly."""
        size = len(message.value or b"") + len(message.key or b"")
        if size <= MAX_MESSAGE_BYTES:
            return True
        self._metrics.failures.labels("too_large").inc()
        log.critical("a message is too large for any topic", topic=message.topic, key=message.key, bytes=size)
        return False

    async def republish_all(self) -> None:
        """Mark every document to be said again; for a broker that has forgotten its topics."""
        for rendering in self._renderings:
            for doc in await rendering.documents.find():
                if what := list(rendering.everything(doc)):
                    await rendering.documents.republish(doc["_id"], what)
        self.wake()

    async def run(self) -> None:
        """Relay for ever: when nudged, and once a second in case another process left something unsaid."""
        pause, looked, took = 0.1, 0.0, 0.0
        while True:
            self._woken.clear()
            try:
                if self._look or time.monotonic() >= looked + _IDLE_SECONDS:
                    self._look, looked = False, time.monotonic()
                    await self.relay()
                    took = time.monotonic() - looked
                await self._relay_just_written()
                pause = 0.1
            except self._transient as error:
                self._just_written.clear()
                self._look = True
                log.warning("outbox cannot publish yet", error=repr(error), retry_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
                continue
            began = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):  # other than wait_for, it never swallows a cancellation
                    await self._woken.wait()
            rest = _BUSY_SECONDS if self._has_backlog() else min(_REST * took, _BUSY_SECONDS)
            while self._busy() and not self._just_written and time.monotonic() < began + rest:  # noqa: ASYNC110 - no event
                await asyncio.sleep(_LOOK_SECONDS)
