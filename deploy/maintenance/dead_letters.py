"""An operator's work on the dead letters of all services: list, replay, discard, and allow more of them.

It writes to the databases only: a replay is requested in the dead letter's document, and its service's outbox publishes
it. The operator's action is entered in the service's audit chain before the document is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.audit.trail import Audit
from shared.runtime.clock import SystemClock
from shared.runtime.dead_letters import state as dead_letter_state
from shared.runtime.dead_letters.limiter import allow_dead_letters
from shared.runtime.kafka.clients import Admin
from shared.runtime.mongo import Database, Document, Documents, VersionConflict
from shared.runtime.settings import ServiceSettings

_FIELDS_WITHOUT_BYTES = (
    *("mark", "topic", "partition", "offset", "reason", "at", "tries", "discarded", "unsent", "origin"),
    *("pending", "rev"),
)
_POLL_SECONDS = 0.2
_MAX_POLLS = 10


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done with a dead letter, or a failed replay (``actor`` is None), and why. ``at`` is UTC."""

    at: datetime
    reason: str
    actor: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A replay, and how it failed again; ``failed`` is None if it has not failed so far."""

    ordered: Act
    failed: Act | None


@dataclass(frozen=True, slots=True)
class Contents:
    """The record as it was read, bytes untouched."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter and the service it belongs to. ``at`` is UTC.

    ``id`` is shown to people and unique across services: ``<service>:<mark>``. ``place`` is where the record was read.
    ``contents`` is None in a list of dead letters.
    """

    service: str
    id: str
    place: str
    topic: str
    reason: str
    at: datetime
    state: dead_letter_state.State
    tries: tuple[Attempt, ...]
    discarded: Act | None
    contents: Contents | None

    @property
    def waits_for_replay(self) -> bool:
        """Whether a replay was requested that its service has not published yet."""
        return self.state == "replay wanted"


def _dead_letter(service: str, doc: Document) -> DeadLetter:
    """The dead letter in a document; one of an older release may lack ``mark``, ``tries`` and ``discarded``."""
    contents = None
    if "value" in doc:
        key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
        headers = tuple((name, None if header is None else bytes(header)) for name, header in doc["headers"])
        contents = Contents(key, value, headers)
    return DeadLetter(
        service=service,
        id=f"{service}:{doc.get('mark', doc['_id'])}",
        place=doc["_id"],
        topic=doc["topic"],
        reason=doc["reason"],
        at=doc["at"],
        state=dead_letter_state.state_of(doc),
        tries=tuple(
            Attempt(_act(attempt), _act(attempt["failed"]) if attempt["failed"] else None)
            for attempt in doc.get("tries", ())
        ),
        discarded=_act(doc["discarded"]) if doc.get("discarded") else None,
        contents=contents,
    )


def _act(stored: Document) -> Act:
    return Act(stored["at"], stored["reason"], stored.get("actor"))


class DeadLetterAdmin:
    """Lists and changes the dead letters of every service on an operator's behalf.

    ``mongo`` is a database URL; each service's database is named ``<prefix><service>``.
    """

    def __init__(self, mongo: str, prefix: str = "thidua_") -> None:
        self._mongo, self._prefix = mongo, prefix
        self._clock = SystemClock()

    @asynccontextmanager
    async def _open(self, service: str) -> AsyncIterator[tuple[Database, Documents]]:
        database = Database(self._mongo, self._prefix + service)
        try:
            yield database, database.documents("dead_letters")
        finally:
            await database.close()

    async def find_all(self, services: Iterable[str], topic: str | None = None) -> list[DeadLetter]:
        """The dead letters of services, oldest first, without key, value and headers."""
        dead_letters: list[DeadLetter] = []
        for service in services:
            async with self._open(service) as (_, documents):
                where = {"topic": topic} if topic else {}
                docs = await documents.find(where, only=_FIELDS_WITHOUT_BYTES)
                dead_letters += [_dead_letter(service, doc) for doc in docs]
        return sorted(dead_letters, key=lambda dead_letter: (dead_letter.at, dead_letter.place))

    async def find(self, dead_letter_id: str) -> DeadLetter | None:
        """A complete dead letter by its id, ``<service>:<mark>`` or ``<service>:<place>``; None if there is none."""
        service, _, name = dead_letter_id.partition(":")
        async with self._open(service) as (_, documents):
            for doc in await documents.find({"mark": name}, limit=1) or await documents.find({"_id": name}):
                return _dead_letter(service, doc)
        return None

    async def replay(self, dead_letter: DeadLetter, actor: str, reason: str) -> DeadLetter:
        """Request that a dead letter is put back on its topic. Raises ``ActionNotAllowed``."""
        return await self._change(dead_letter, "replay a dead letter", dead_letter_state.with_replay, actor, reason)

    async def discard(self, dead_letter: DeadLetter, actor: str, reason: str) -> DeadLetter:
        """Discard a dead letter. Raises ``ActionNotAllowed``."""
        return await self._change(dead_letter, "discard a dead letter", dead_letter_state.discarded, actor, reason)

    async def _change(
        self, dead_letter: DeadLetter, verb: str, change: Callable[..., Document], actor: str, reason: str
    ) -> DeadLetter:
        async with self._open(dead_letter.service) as (database, documents):
            entered = False
            while True:
                doc = await documents.get(dead_letter.place)
                assert doc is not None
                changed = change(doc, actor, reason, self._clock.now())
                if not entered:
                    await Audit(database, dead_letter.service, self._clock).append_action(
                        actor, verb, doc["_id"], reason
                    )
                    entered = True
                try:
                    await documents.save(changed)
                except VersionConflict:
                    continue
                return _dead_letter(dead_letter.service, changed)

    async def wait_until_replayed(self, dead_letters: Sequence[DeadLetter], seconds: float) -> list[DeadLetter]:
        """Wait until the services have put these back, or the time is up; returns them as they are now."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            ids = [f"{dead_letter.service}:{dead_letter.place}" for dead_letter in dead_letters]
            current = [dead_letter for dead_letter_id in ids if (dead_letter := await self.find(dead_letter_id))]
            late = asyncio.get_running_loop().time() > deadline
            if late or not any(dead_letter.waits_for_replay for dead_letter in current):
                return current
            await asyncio.sleep(_POLL_SECONDS)

    async def allow(self, kafka: str, service: str, topic: str, actor: str, reason: str) -> dict[int, int]:
        """Let every record that is now on a topic become a dead letter of a service that stopped at its limit.

        Returns, by partition, the offset before which records are allowed; empty if there is no such topic. Raises
        ``KafkaError``.
        """
        settings = ServiceSettings(kafka=kafka)
        admin = Admin(kafka, 1, settings.kafka_login)
        try:
            log = await admin.cluster_id()
        finally:
            await admin.stop()
        ends = await exact_end_offsets(settings, topic)
        async with self._open(service) as (database, _):
            await Audit(database, service, self._clock).append_action(actor, "let dead letters through", topic, reason)
            for partition, end in ends.items():
                origin = dead_letter_state.origin(log, topic, partition)
                await allow_dead_letters(
                    database.documents("letters_allowed"), origin, end, actor, reason, self._clock.now()
                )
        return ends


async def exact_end_offsets(settings: ServiceSettings, topic: str) -> dict[int, int]:
    """The offset after the last record of each partition of a topic; empty if there is no such topic.

    The embedded broker reports the first offset of the last batch plus one as the end, so the last batch is read.
    Raises ``KafkaError``.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        **settings.kafka_login.client(),
    )
    await consumer.start()
    try:
        if topic not in await consumer.topics():
            return {}
        await consumer.beginning_offsets([TopicPartition(topic, 0)])  # makes the client fetch the topic's metadata
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        exact = {p.partition: ends[p] for p in partitions}
        unread = {p for p in partitions if begins[p] < ends[p]}
        consumer.assign(sorted(unread))
        for partition in unread:
            consumer.seek(partition, max(begins[partition], ends[partition] - 1))
        for _ in range(_MAX_POLLS):
            if not unread:
                break
            for partition, records in (await consumer.getmany(timeout_ms=1_000)).items():
                if records:
                    exact[partition.partition] = max(ends[partition], records[-1].offset + 1)
                    unread.discard(partition)
        return exact
    finally:
        await consumer.stop()
