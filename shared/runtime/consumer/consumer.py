"""The one way to consume: a raw batch, each record parsed alone, dead letters kept, the rest applied, then the commit.

Three kinds of trouble, three answers. A record that cannot be read or applied is a dead letter and its
neighbours go on. A fault outside (database, broker) or a lost race is tried again in order. A bug, an event whose
plan is not known yet, or one dead letter too many parks its partition: seek back to the record, pause, go on with the
others. An exception never leaves the handler for these, because a nack would rewind every partition of the batch.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.runtime.clock import Clock
from shared.runtime.consumer.assignment import Assignment
from shared.runtime.consumer.fetch_batching import MANY, gather, more_waits
from shared.runtime.consumer.paused_partitions import Pause, PausedPartitions, Place
from shared.runtime.dead_letters.limiter import DeadLetterLimiter, Weighed
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.kafka.records import Batch, DecodedRecord, Handler, Record, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import VersionConflict

log = structlog.get_logger(__name__)

_TRIES_FOR_A_BUG = 3
_PATIENCE_SECONDS = 90.0
QUIET_SECONDS = 0.05  # where no batch has followed for so long, none is waiting
_REFERENCE_EVENTS = frozenset({PlanPublished, UnitsPublished})


@dataclass
class Consumer:
    """One subscriber's handler, with its place on every partition."""

    handler: Handler
    dead_letters: DeadLetters
    gate: DeadLetterLimiter
    clock: Clock
    metrics: Metrics
    transient: tuple[type[Exception], ...]
    wake: Callable[[], None]
    end_offsets: Callable[[Collection[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
    most: int = 0
    log_id: str = ""
    consumed: int = 0
    handled: dict[Place, int] = field(default_factory=dict)
    subscriber: Any = None
    from_the_start: bool = False
    _many_came: bool = False
    _taking: bool = False
    _taken_at: float = 0.0
    _news: bool = False

    def __post_init__(self) -> None:
        self.paused_partitions = PausedPartitions(lambda: self._kafka_consumer, self.metrics)

    @property
    def idle_seconds(self) -> float:
        """For how long no batch has been in hand."""
        return 0.0 if self._taking else time.monotonic() - self._taken_at

    @property
    def is_catching_up(self) -> bool:
        """Whether the last batch was so large that more is waiting."""
        return self._many_came and self.idle_seconds < QUIET_SECONDS

    @property
    def paused(self) -> Mapping[Place, Pause]:
        """The partitions that are paused, and why."""
        return self.paused_partitions.paused

    def subscribe(
        self, broker: KafkaBroker, *topics: str, max_records: int, pattern: str | None = None, **options: Any
    ) -> None:
        """Declare the service's one subscriber on a broker; ``max_records`` are the most in a batch."""
        self.most = max_records
        self.subscriber = broker.subscriber(
            *topics,
            pattern=pattern,
            batch=True,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_000,
            fetch_max_wait_ms=100,
            # The default deals partitions out in turn, so results and judgements of one movement would go to two
            # processes; ranges give the same partition number of every topic to the same one.
            partition_assignment_strategy=(RangePartitionAssignor,),
            max_partition_fetch_bytes=4 * 1024 * 1024,
            max_records=max_records,
            listener=Assignment(self),
            parser=self.wrap,
            decoder=self._decode,
            **options,
        )
        self.subscriber(self.take)

    async def wrap(self, raw: tuple[Any, ...]) -> KafkaMessage:
        """Wrap a batch. Must not raise: FastStream's own parser drops the whole batch on one bad header (#2458)."""
        return KafkaAckableMessage(
            body=b"", headers={}, raw_message=raw, message_id="", correlation_id="", consumer=self.subscriber.consumer
        )

    @staticmethod
    async def _decode(message: KafkaMessage) -> Any:
        return message.body

    async def take(self, message: KafkaMessage) -> None:
        """Handle what came, and what else is waiting: every record is applied, kept as a dead letter, or parked."""
        started = time.perf_counter()
        self._taking = True
        try:
            batch = await gather(self._kafka_consumer, message, self.log_id, self.most)
            self._many_came = len(batch.records) >= MANY
            await self._take(batch)
        finally:
            self._taking, self._taken_at = False, time.monotonic()
        self._resume_waiting(self._news)
        self.wake()
        self.metrics.batch_seconds.observe(time.perf_counter() - started)

    async def _take(self, batch: Batch) -> None:
        records, decoded, refused = batch.records, batch.decoded, batch.refused
        for record in records:
            if record.headers and (bad := record.bad_headers()):
                self.metrics.bad_headers.labels(record.topic).inc(bad)
        for record in batch.unknown_types:
            self.metrics.unknown_types.labels(record.topic).inc()
        # What too many letters stop is not applied either: who mends it must find the order as it was.
        weighed: Weighed = await self._retry_transient(lambda: self.gate.weigh(refused))
        decoded = [h for h in decoded if not weighed.stopped_before(h.record)] if weighed.stops else decoded
        refused = weighed.kept + await self._apply(decoded)
        await self._store_dead_letters([each for each in refused if self.paused_partitions.reaches(each.record)])
        self._stop_at(weighed)
        self._count([each for each in records if self.paused_partitions.reaches(each)] if self.paused else records)

    def _count(self, records: Sequence[Record]) -> None:
        """Note how far the partitions have been handled, unless the broker has become another meanwhile."""
        if records and records[0].log == self.log_id:
            for record in records:
                self.handled[record.topic, record.partition] = record.offset + 1
            for topic, n in Counter(record.topic for record in records).items():
                self.metrics.consumed.labels(topic).inc(n)
            self.consumed += len(records)

    async def _store_dead_letters(self, refused: Sequence[Refused]) -> None:
        """Keep what could not be read or applied, as far as the limit allows."""
        weighed: Weighed = await self._retry_transient(lambda: self.gate.weigh(refused))
        now = self.clock.now()
        await self._retry_transient(lambda: self.dead_letters.keep(weighed.kept, now, exempt=weighed.exempt))
        self._stop_at(weighed)

    def _stop_at(self, weighed: Weighed) -> None:
        for record, why in weighed.stops:
            self.metrics.failures.labels("letter_limit").inc()
            self._pause(record, why, limit=True)

    async def _apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """References first, then the rest; on a bug, partition by partition to find whose it is. Those refused."""
        # By exact type: asking isinstance of a pydantic class costs as much as counting a figure.
        reference = [each for each in decoded if type(each.event) in _REFERENCE_EVENTS]
        rest = [each for each in decoded if type(each.event) not in _REFERENCE_EVENTS] if reference else decoded
        refused: list[Refused] = []
        if reference:
            refused += await self._apply_or_pause(reference)
            self._news = True
        if rest and not all(self.handler.knows(each.event) for each in rest):
            await self._retry_transient(self.handler.refresh)
            rest = self._pause_unknown(rest)
        if rest:
            refused += await self._apply_or_pause(rest)
        return refused

    def _pause_unknown(self, decoded: Sequence[DecodedRecord]) -> list[DecodedRecord]:
        known: list[DecodedRecord] = []
        for each in decoded:
            if not self.paused_partitions.reaches(each.record):
                continue
            if self.handler.knows(each.event):
                known.append(each)
            else:
                self._pause(each.record, f"waits for the plan or the units that {each.event.id} names")
        return known

    async def _apply_or_pause(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        try:
            return await self._try(decoded)
        except Exception as error:
            if isinstance(error, (*self.transient, VersionConflict)):
                raise  # nack: everything is read again, in order
            log.error("a batch cannot be applied; trying each partition alone", exc_info=error)
        partitions: dict[tuple[str, int], list[DecodedRecord]] = defaultdict(list)
        for each in decoded:
            partitions[each.record.topic, each.record.partition].append(each)
        refused: list[Refused] = []
        for group in partitions.values():
            try:
                refused += await self._try(group)
            except Exception as error:
                if isinstance(error, (*self.transient, VersionConflict)):
                    raise
                log.critical("a bug stops this partition", exc_info=error, place=group[0].record.place)
                self._pause(group[0].record, f"a bug: {error!r}", bug=True)
        return refused

    async def _try(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        for left in reversed(range(_TRIES_FOR_A_BUG)):
            try:
                return list(await self._retry_transient(partial(self.handler.apply, decoded)))
            except Exception as error:
                if isinstance(error, (*self.transient, VersionConflict)):
                    raise
                self.metrics.failures.labels("bug").inc()
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def _retry_transient(self, work: Callable[[], Any]) -> Any:
        """Do it, again and again while the outside fails, well under the group's poll interval."""
        pause, deadline = 0.05, time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await work()
            except VersionConflict:
                self.metrics.failures.labels("stale").inc()
                if time.monotonic() > deadline:
                    raise
            except self.transient as error:
                self.metrics.failures.labels("transient").inc()
                log.warning("cannot go on yet", error=repr(error), retry_in=pause)
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _pause(self, record: Record, reason: str, *, bug: bool = False, limit: bool = False) -> None:
        """Seek back to a record and pause its partition; it stays uncommitted, the others go on."""
        if record.log == self.log_id:  # else the broker has changed meanwhile, and all is read again from its start
            self.paused_partitions.pause(record, reason, bug=bug, limit=limit)

    async def retry_waiting(self) -> None:
        """Read the partitions again that wait for reference data; they park again if it is still not there.

        Those that the limit of dead letters stopped go on once it lets them. Raises what the database raises.
        """
        at_the_limit = {place: why.at for place, why in self.paused.items() if why.limit and why.at}
        let_on = [place for place, record in at_the_limit.items() if await self.gate.lets(record)]
        if not self._taking:
            self._resume_waiting()
            self.paused_partitions.resume(*(place for place in let_on if place in self.paused))

    def _resume_waiting(self, news: bool = True) -> None:
        self._news = False
        if news and self.paused:
            self.paused_partitions.resume(*[place for place, why in self.paused.items() if not why.needs_somebody])

    def forget(self) -> None:
        """Forget where the partitions stood."""
        self.handled.clear()
        self.paused_partitions.forget()

    @property
    def _kafka_consumer(self) -> Any:
        return self.subscriber and self.subscriber.consumer

    @property
    def has_backlog(self) -> bool:
        """Whether the client has heard of records on the partitions it reads that were not handled yet."""
        return more_waits(self._kafka_consumer, self.handled, without=self.paused)

    def seek_on_assignment(self, assigned: Iterable[TopicPartition]) -> None:
        """While the service's database has not read this broker through once, read from the start.

        The group may have gone further with another database; what it read then, this one does not know.
        """
        if self.from_the_start and (consumer := self._kafka_consumer) is not None:
            for partition in assigned:
                consumer.seek(partition, 0)

    def reset_offsets(self, log_id: str) -> None:
        """Read every assigned partition from its start: the broker is a new one and its offsets are too."""
        self.log_id = log_id
        self.forget()
        if (consumer := self._kafka_consumer) is not None:
            for partition in consumer.assignment():
                consumer.seek(partition, 0)
                consumer.resume(partition)

    def waits_for_assignment(self) -> bool:
        """Whether it has topics to read and no partition of them yet. A pattern may match no topic at all."""
        consumer = self._kafka_consumer
        return consumer is None or bool(consumer.subscription() and not consumer.assignment())

    async def lag(self, *, paused: bool = True, topic: str | None = None) -> int | None:
        """Records on the assigned partitions not handled yet; None before it has any.

        Those of parked partitions count unless ``paused`` is false, those of one topic alone where it is named.
        """
        if self.waits_for_assignment():
            return None
        consumer = self._kafka_consumer
        asked = (p for p in consumer.assignment() if topic in (None, p.topic))
        assigned = [p for p in asked if paused or (p.topic, p.partition) not in self.paused]
        ends = await self.end_offsets(assigned) if assigned else {}
        is_catching_up = 0
        for partition in assigned:
            place = (partition.topic, partition.partition)
            if place not in self.handled and ends[partition]:
                # What the group committed with another database counts for nothing.
                committed = 0 if self.from_the_start else await consumer.committed(partition) or 0
                self.handled.setdefault(place, committed)  # a batch may have been handled while we asked
            is_catching_up += max(0, ends[partition] - self.handled.get(place, 0))
        return is_catching_up
