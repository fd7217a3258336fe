"""The outbox relay: renders what documents still have to publish from their current state, and publishes it.

A document holds the names of what it must publish, not payloads, so a late relay can never publish something older than
what was published before. A document that changes while it is being published is rendered and published again.
Documents that were written in one batch are published as one batch, and only the first of them is marked as published.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from opentelemetry.trace import SpanKind

from shared.contracts.topics import MAX_MESSAGE_BYTES
from shared.runtime.ages import WaitingAges
from shared.runtime.handover import BATCH_SIZE, DocumentBatch, Handover
from shared.runtime.looks import COUNTED_SECONDS
from shared.runtime.metrics import Metrics, topic_label
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, WRITING_SECONDS, Document, Documents
from shared.runtime.publishing import PublishedDocuments, State
from shared.runtime.retrying import Backoff
from shared.runtime.tracing import Tracing, with_trace

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.02
_IDLE_SECONDS = 1.0
_BUSY_SECONDS = 0.5
"""While many records wait to be consumed, changes are published this often: most documents change again soon."""
_REST_FACTOR = 2.0
"""While records are being consumed, the relay rests this many times as long as its last query and publishing took."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for a topic. Only dead letters have a ``value`` of None: they keep the original, and its headers.

    Other messages have no ``headers`` but the ``traceparent`` of the document that publishes them, while traces are on.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Undeliverable(Exception):
    """The broker answers but refuses a message: the topic does not exist, is not allowed, or the message is too large.

    Also raised when a document cannot be rendered because of a bug, which must not stop the other documents.
    """


class Publish(Protocol):
    """Puts messages on their topics, in order per key; returns when the broker has acknowledged all of them.

    Raises ``Undeliverable`` when the broker refuses a message.
    """

    async def __call__(self, messages: Sequence[Outgoing]) -> None:
        """Publish all of them."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A collection whose documents publish messages.

    ``render`` makes the messages for what is in ``unsent``; it has no side effects. ``everything`` names all that a
    document can publish, for a broker that has lost its topics. ``once`` is for a dead letter that is put back on its
    topic: publishing it advances the revision, so a writer that read the document before gets a ``VersionConflict``
    and does not have it put back a second time.
    """

    documents: Documents
    render: Callable[[Document], Awaitable[Iterable[Outgoing]]]
    everything: Callable[[Document], Iterable[str]]
    once: bool = False


def rendering(
    published: PublishedDocuments[State],
    render: Callable[[State, Sequence[str]], Awaitable[Iterable[Outgoing]]],
    everything: Callable[[State], Iterable[str]],
) -> Rendering:
    """The rendering of a store's documents, each read as state; so a publisher never sees a raw document.

    ``render`` takes a document's state and the names of what it still has to publish; ``everything`` its state.
    """

    async def render_document(doc: Document) -> Iterable[Outgoing]:
        return await render(published.read(doc), doc["unsent"])

    return Rendering(published.documents, render_document, lambda doc: everything(published.read(doc)))


async def _append_nothing(messages: Sequence[Outgoing]) -> None:
    """Do nothing; used by a relay without an audit chain."""


class Outbox:
    """Publishes what the service's documents have to publish, in the background and when woken through ``handover``.

    ``append_events`` enters the messages in the audit chain before they are published. ``busy`` says whether records
    are being consumed, ``catching_up`` whether so many are that more must be waiting. ``on_published`` is called after
    documents were published and are no longer pending.
    """

    def __init__(
        self,
        renderings: Sequence[Rendering],
        publish: Publish,
        metrics: Metrics,
        transient: tuple[type[Exception], ...],
        append_events: Callable[[Sequence[Outgoing]], Awaitable[None]] = _append_nothing,
        busy: Callable[[], bool] = lambda: False,
        catching_up: Callable[[], bool] = lambda: False,
        on_published: Callable[[], None] = lambda: None,
        handover: Handover | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._renderings = renderings
        self._publish, self._append_events, self._on_published = publish, append_events, on_published
        self._metrics = metrics
        self._transient = (*transient, *TRANSIENT_DATABASE_ERRORS)
        self._busy, self._catching_up = busy, catching_up
        self.handover, self._tracing = handover or Handover(), tracing or Tracing()
        self._incomplete_since: dict[str, float] = {}
        self.published = self._published_before = 0
        self._ages = WaitingAges()

    async def unsent(self) -> int:
        """How many documents still have something to publish. Raises the database's transient errors.

        Where this process has written nothing since its relay last looked, what other processes wrote may be counted
        up to two seconds late.
        """
        collections = [rendering.documents for rendering in self._renderings]
        pending = [
            [] if one.looks.pending.nothing_since(COUNTED_SECONDS) else await one.pending(0, only=["lot", "rev"])
            for one in collections
        ]
        total = sum(1 + len(doc.get("lot", ())) for docs in pending for doc in docs)
        self._metrics.unsent.set(total)
        waiting = {(n, doc["_id"]): int(doc["rev"]) for n, docs in enumerate(pending) for doc in docs}
        progressed, self._published_before = self.published != self._published_before, self.published
        self._metrics.unsent_age.set(self._ages.oldest(waiting, time.monotonic(), progressed=progressed))
        return total

    async def relay(self, *, known_seconds: float = 0.0) -> int:
        """Publish everything that is unsent now. Returns the number of messages published.

        Collections in which this process knows of nothing unsent, from a look of the last ``known_seconds``, are left
        out.
        """
        published = 0
        for rendering in self._renderings:
            if rendering.documents.looks.pending.nothing_since(known_seconds):
                continue
            blocked: list[str] = []
            while docs := await rendering.documents.pending(BATCH_SIZE, without=blocked):
                if batches := await self._complete_batches(rendering, docs, blocked):
                    published += await self._publish_or_split(rendering, batches, blocked)
        return published

    async def _complete_batches(
        self, rendering: Rendering, docs: Sequence[Document], blocked: list[str]
    ) -> list[DocumentBatch]:
        """Each document with the documents its ``lot`` names, about ``BATCH_SIZE`` in all.

        An incomplete batch is blocked, because its writer may still be at work. When it is still incomplete after
        ``WRITING_SECONDS``, the writer died, and the documents that exist become batches of their own.
        """
        first_docs: list[Document] = []
        size = 0
        for doc in docs:
            size += 1 + len(doc.get("lot", ()))
            if first_docs and size > BATCH_SIZE:
                break
            first_docs.append(doc)
        others = await rendering.documents.get_many(name for doc in first_docs for name in doc.get("lot", ()))
        complete: list[DocumentBatch] = []
        for doc in first_docs:
            other_ids = doc.get("lot", ())
            if all(doc_id in others for doc_id in other_ids):
                self._incomplete_since.pop(doc["_id"], None)
                complete.append([doc, *(others[doc_id] for doc_id in other_ids)])
            elif time.monotonic() < self._incomplete_since.setdefault(doc["_id"], time.monotonic()) + WRITING_SECONDS:
                blocked.append(doc["_id"])
            else:
                del self._incomplete_since[doc["_id"]]
                await rendering.documents.split_batch(doc)
        return complete

    async def _relay_just_written(self) -> None:
        """Publish what this process has just written, in the order it was written."""
        waiting = self.handover.batches
        while waiting:
            documents = next(iter(waiting.values()))[0]
            batches: list[DocumentBatch] = []
            for first_id, (collection, batch) in [*waiting.items()]:
                if collection is documents and sum(map(len, batches)) < BATCH_SIZE:
                    batches.append(batch)
                    del waiting[first_id]
            of_collection = next(r for r in self._renderings if r.documents is documents)
            await self._publish_or_split(of_collection, batches, [])

    async def _publish_or_split(
        self, rendering: Rendering, batches: Sequence[DocumentBatch], blocked: list[str]
    ) -> int:
        """Publish the batches together; when a message is refused, publish them one by one.

        A document that cannot be published is blocked for this round and attempted again in the next. Returns the
        number of messages published.
        """
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
            log.error("a document cannot be published", document=first["_id"], error=str(error))
            return 0

    async def _publish_batches(self, rendering: Rendering, batches: Sequence[DocumentBatch]) -> int:
        docs = [doc for batch in batches for doc in batch]
        with self._tracing.continuing("publish", (doc.get("trace", "") for doc in docs), SpanKind.PRODUCER):
            return await self._publish_documents(rendering, docs, [batch[0] for batch in batches])

    async def _publish_documents(
        self, rendering: Rendering, docs: Sequence[Document], first_docs: Sequence[Document]
    ) -> int:
        messages = [message for doc in docs for message in await self._rendered(rendering, doc) if self._fits(message)]
        await self._append_events(messages)
        await self._publish(messages)
        for message in messages:
            self._metrics.published.labels(topic_label(message.topic)).inc()
        self.published += len(messages)
        changed = await rendering.documents.sent(first_docs, advance=rendering.once)
        for doc in first_docs:  # a query may have found the document before its writer handed it over
            self.handover.batches.pop(doc["_id"], None)
        for doc_id, doc in (await rendering.documents.get_many(changed)).items():
            if not doc["pending"]:
                # Another relay published a newer state, perhaps before our older one: the newest must be the last.
                await rendering.documents.republish(doc_id, rendering.everything(doc))
        self._on_published()
        return len(messages)

    async def _rendered(self, rendering: Rendering, doc: Document) -> Iterable[Outgoing]:
        try:
            messages = await rendering.render(doc)
        except Exception as error:
            if isinstance(error, (*self._transient, Undeliverable)):
                raise
            raise Undeliverable(f"a bug: {error!r}") from error
        if self._tracing.on and "trace" in doc:
            return [replace(message, headers=with_trace(message.headers, doc["trace"])) for message in messages]
        return messages

    def _fits(self, message: Outgoing) -> bool:
        """Whether a topic accepts the message's size. One that is too large is left out, or it would block the rest."""
        size = len(message.value or b"") + len(message.key or b"")
        if size <= MAX_MESSAGE_BYTES:
            return True
        self._metrics.failures.labels("too_large").inc()
        log.critical("a message is too large for any topic", topic=message.topic, key=message.key, bytes=size)
        return False

    async def republish_all(self) -> None:
        """Mark everything in every document as unsent, for a broker that has lost its topics."""
        for rendering in self._renderings:
            for doc in await rendering.documents.find():
                if names := list(rendering.everything(doc)):
                    await rendering.documents.republish(doc["_id"], names)
        self.handover.wake()

    async def run(self) -> None:
        """Relay until cancelled: when woken, and once a second in case another process left something unsent."""
        handover, backoff, looked_at, took = self.handover, Backoff(), 0.0, 0.0
        everywhere_at = 0.0
        while True:
            handover.woken.clear()
            try:
                if handover.must_look or time.monotonic() >= looked_at + _IDLE_SECONDS:
                    handover.must_look, looked_at = False, time.monotonic()
                    everywhere = looked_at >= everywhere_at + _IDLE_SECONDS
                    await self.relay(known_seconds=0.0 if everywhere else COUNTED_SECONDS)
                    everywhere_at = looked_at if everywhere else everywhere_at
                    took = time.monotonic() - looked_at
                await self._relay_just_written()
                backoff.reset()
            except self._transient as error:
                handover.drop_batches()
                log.warning("outbox cannot publish yet", error=repr(error), retry_in=backoff.pause)
                await backoff.wait()
                continue
            began = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):  # unlike wait_for, it never swallows a cancellation
                    await handover.woken.wait()
            rest = _BUSY_SECONDS if self._catching_up() else min(_REST_FACTOR * took, _BUSY_SECONDS)
            while self._busy() and not handover.batches and time.monotonic() < began + rest:  # noqa: ASYNC110 - no event
                await asyncio.sleep(_POLL_SECONDS)
