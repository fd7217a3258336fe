"""The dead letters of all services, for an operator: looked at, put back, given up, let through.

Works on the databases alone: what is wanted is written into the letter, and its service's outbox says it. That
somebody wants it is in the service's audit chain before it is wanted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.audit.trail import Audit
from shared.runtime.clock import SystemClock
from shared.runtime.dead_letters import state as dead_letter_state
from shared.runtime.dead_letters.limiter import allow_dead_letters
from shared.runtime.kafka.clients import Admin
from shared.runtime.mongo import Database, Document, Documents, VersionConflict
from shared.runtime.settings import ServiceSettings

_BUT_THE_BYTES = (
    *("mark", "topic", "partition", "offset", "reason", "at", "tries", "discarded", "unsent", "origin"),
    *("pending", "rev"),
)
_WAIT_SECONDS = 0.2
_LOOKS = 10


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter and whose it is."""

    service: str
    doc: Document

    @property
    def id(self) -> str:
        """What people call it: the same in no other service."""
        return f"{self.service}:{self.doc.get('mark', self.doc['_id'])}"


class DeadLetterAdmin:
    """An operator's way to the dead letters of every service."""

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

    async def all(self, services: Iterable[str], topic: str | None = None) -> list[DeadLetter]:
        """The letters, oldest first, without their bytes."""
        found: list[DeadLetter] = []
        for service in services:
            async with self._open(service) as (_, documents):
                where = {"topic": topic} if topic else {}
                found += [DeadLetter(service, doc) for doc in await documents.find(where, only=_BUT_THE_BYTES)]
        return sorted(found, key=lambda each: (each.doc["at"], each.doc["_id"]))

    async def one(self, dead_letter_id: str) -> DeadLetter | None:
        """A letter by its id, ``<service>:<mark>`` or ``<service>:<place>``, with its bytes."""
        service, _, name = dead_letter_id.partition(":")
        async with self._open(service) as (_, documents):
            for doc in await documents.find({"mark": name}, limit=1) or await documents.find({"_id": name}):
                return DeadLetter(service, doc)
        return None

    async def put_back(self, dead_letter: DeadLetter, actor: str, reason: str) -> DeadLetter:
        """Have a letter put back on its topic. Raises ``ActionNotAllowed``."""
        return await self._change(dead_letter, "replay a dead letter", dead_letter_state.with_replay, actor, reason)

    async def discard(self, dead_letter: DeadLetter, actor: str, reason: str) -> DeadLetter:
        """Give a letter up. Raises ``ActionNotAllowed``."""
        return await self._change(dead_letter, "discard a dead letter", dead_letter_state.discarded, actor, reason)

    async def _change(
        self, dead_letter: DeadLetter, verb: str, change: Callable[..., Document], actor: str, reason: str
    ) -> DeadLetter:
        async with self._open(dead_letter.service) as (database, documents):
            entered = False
            while True:
                doc = await documents.get(dead_letter.doc["_id"])
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
                return DeadLetter(dead_letter.service, changed)

    async def said(self, wanted: Sequence[DeadLetter], seconds: float) -> list[DeadLetter]:
        """Wait until the services have put these back; they are given as they now stand."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            now = [found for each in wanted if (found := await self.one(f"{each.service}:{each.doc['_id']}"))]
            late = asyncio.get_running_loop().time() > deadline
            if late or not any("replay" in each.doc["unsent"] for each in now):
                return now
            await asyncio.sleep(_WAIT_SECONDS)

    async def allow(self, kafka: str, service: str, topic: str, actor: str, reason: str) -> dict[int, int]:
        """Let all that is on a topic now become letters of a service, where it stopped at their number.

        Gives where each partition is let through to. Raises ``KafkaError``.
        """
        settings = ServiceSettings(kafka=kafka)
        admin = Admin(kafka, 1, settings.kafka_login)
        try:
            log = await admin.cluster_id()
        finally:
            await admin.stop()
        ends = await true_ends(settings, topic)
        async with self._open(service) as (database, _):
            await Audit(database, service, self._clock).append_action(actor, "let dead letters through", topic, reason)
            for partition, end in ends.items():
                where = dead_letter_state.origin(log, topic, partition)
                await allow_dead_letters(
                    database.documents("letters_allowed"), where, end, actor, reason, self._clock.now()
                )
        return ends


async def true_ends(settings: ServiceSettings, topic: str) -> dict[int, int]:
    """The offset after the last record of each partition of a topic.

    The embedded broker gives the first record of the last batch plus one as the end, so the last batch is read.
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
        await consumer.beginning_offsets([TopicPartition(topic, 0)])  # so that the client asks for its partitions
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        found = {p.partition: ends[p] for p in partitions}
        left = {p for p in partitions if begins[p] < ends[p]}
        consumer.assign(sorted(left))
        for partition in left:
            consumer.seek(partition, max(begins[partition], ends[partition] - 1))
        for _ in range(_LOOKS):
            if not left:
                break
            for partition, records in (await consumer.getmany(timeout_ms=1_000)).items():
                if records:
                    found[partition.partition] = max(ends[partition], records[-1].offset + 1)
                    left.discard(partition)
        return found
    finally:
        await consumer.stop()
