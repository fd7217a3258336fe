"""The one way to consume: a raw batch, each record parsed alone, dead letters stored, the rest applied, then a commit.

There are three kinds of trouble. A record that cannot be read or applied becomes a dead letter, and its neighbours go
on. After an external fault (database, broker) or a lost race, the batch is attempted again in order. A bug, an event
whose plan is not known yet, or one dead letter too many pauses the record's partition, sought back to the record, while
the other partitions go on; then no exception leaves the handler, because a nack would rewind all of them.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.contracts.topics import PLANS, UNITS
from shared.runtime.clock import Clock
from shared.runtime.consumer.assignment import AssignmentListener
from shared.runtime.consumer.attempts import Attempts
from shared.runtime.consumer.committing import CountedMessage
from shared.runtime.consumer.fetch_batching import LARGE_FETCH, fetch_batch
from shared.runtime.consumer.offsets import HandledOffsets
from shared.runtime.consumer.paused_partitions import PartitionKey, Pause, PausedPartitions
from shared.runtime.dead_letters.limiter import DeadLetterLimiter, LimitCheck
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.kafka.records import Batch, DecodedRecord, Handler, Record, Refused
from shared.runtime.metrics import Metrics, topic_label
from shared.runtime.tracing import Tracing

log = structlog.get_logger(__name__)

QUIET_SECONDS = 0.05
"""When no batch has followed for this long, no records wait."""
_HEARTBEATS_A_SESSION = 6
_REFERENCE_EVENTS = frozenset({*PLANS.events, *UNITS.events})


@dataclass
class Consumer:
    """The handler of a service's one subscriber, and how far each partition is handled.

    ``transient`` are the errors of the database and the broker. ``wake`` wakes the outbox relay after a batch.
    ``log_id`` is the id of the broker's cluster, ``consumed`` the number of records handled.
    """

    handler: Handler
    dead_letters: DeadLetters
    limiter: DeadLetterLimiter
    clock: Clock
    metrics: Metrics
    transient: tuple[type[Exception], ...]
    wake: Callable[[], None]
    end_offsets: Callable[[Collection[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
    tracing: Tracing = field(default_factory=Tracing)
    max_records: int = 0
    log_id: str = ""
    consumed: int = 0
    subscriber: Any = None
    _handling: bool = False
    _batch_was_large: bool = False
    _handled_at: float = 0.0
    _references_changed: bool = False

    def __post_init__(self) -> None:
        self.paused_partitions = PausedPartitions(lambda: self._kafka_consumer, self.metrics)
        self.offsets = HandledOffsets(lambda: self._kafka_consumer, self.end_offsets)
        self._attempts = Attempts(self.metrics, self.transient)

    @property
    def idle_seconds(self) -> float:
        """How long ago the last batch was finished; 0 while one is being handled."""
        return 0.0 if self._handling else time.monotonic() - self._handled_at

    @property
    def is_catching_up(self) -> bool:
        """Whether a batch so large that more records must be waiting is being handled or has just been."""
        return self._batch_was_large and self.idle_seconds < QUIET_SECONDS

    @property
    def has_backlog(self) -> bool:
        """Whether the client knows of unhandled records on partitions that are not paused."""
        return self.offsets.has_backlog(without=self.paused)

    @property
    def paused(self) -> Mapping[PartitionKey, Pause]:
        """The partitions that are paused, and why."""
        return self.paused_partitions.paused

    def subscribe(
        self,
        broker: KafkaBroker,
        *topics: str,
        max_records: int,
        session_seconds: float,
        pattern: str | None = None,
        **options: Any,
    ) -> None:
        """Declare the service's one subscriber on a broker; a batch holds at most ``max_records``.

        Its partitions are given away after ``session_seconds`` of silence.
        """
        self.max_records = max_records
        self.subscriber = broker.subscriber(
            *topics,
            pattern=pattern,
            batch=True,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            session_timeout_ms=int(session_seconds * 1000),
            heartbeat_interval_ms=int(session_seconds * 1000 / _HEARTBEATS_A_SESSION),
            fetch_max_wait_ms=100,  # the longer the embedded broker may wait, the later it finds new records
            # The default assignor deals partitions out in turn, so results and judgements of one movement would go to
            # two processes; the range assignor gives the same partition number of every topic to the same process.
            partition_assignment_strategy=(RangePartitionAssignor,),
            max_partition_fetch_bytes=4 * 1024 * 1024,
            max_records=max_records,
            listener=AssignmentListener(self.forget, self.offsets.seek_on_assignment, self.metrics.rebalances.inc),
            parser=self.wrap,
            decoder=self._decode,
            **options,
        )
        self.subscriber(self.handle)

    async def wrap(self, raw: tuple[Any, ...]) -> KafkaMessage:
        """Wrap a batch. Must not raise: FastStream's own parser drops the whole batch on one bad header (#2458)."""
        consumer, failures = self.subscriber.consumer, self.metrics.commit_failures
        return CountedMessage(
            failures, body=b"", headers={}, raw_message=raw, message_id="", correlation_id="", consumer=consumer
        )

    @staticmethod
    async def _decode(message: KafkaMessage) -> Any:
        return message.body

    async def handle(self, message: KafkaMessage) -> None:
        """Handle a batch and what else waits: each record is applied, stored as a dead letter, or pauses its partition.
        Raises transient errors that outlast the retries; the whole batch is then read again.
        """
        started = time.perf_counter()
        self._handling = True
        try:
            batch = await fetch_batch(self._kafka_consumer, message, self.log_id, self.max_records)
            self._batch_was_large = len(batch.records) >= LARGE_FETCH
            with self.tracing.consuming(record.headers for record in batch.records if record.headers):
                await self._handle(batch)
        finally:
            self._handling, self._handled_at = False, time.monotonic()
        if self._references_changed:
            self._resume_waiting()
        self.wake()
        self.metrics.batch_seconds.observe(time.perf_counter() - started)

    async def _handle(self, batch: Batch) -> None:
        records, decoded, refused = batch.records, batch.decoded, batch.refused
        for record in records:
            if record.headers and (bad := record.bad_headers()):
                self.metrics.bad_headers.labels(topic_label(record.topic)).inc(bad)
        for record in batch.unknown_types:
            self.metrics.unknown_types.labels(topic_label(record.topic)).inc()
        # Records behind one that reaches the limit are not applied either, so that the order is intact after a fix.
        check = await self._attempts.retry_transient(lambda: self.limiter.check(refused))
        decoded = [item for item in decoded if not check.stops_before(item.record)] if check.stops else decoded
        refused = check.accepted + await self._apply(decoded)
        is_before_pause = self.paused_partitions.is_before_pause
        await self._store_dead_letters([refusal for refusal in refused if is_before_pause(refusal.record)])
        self._pause_at_limit(check)
        self._count([record for record in records if is_before_pause(record)] if self.paused else records)

    def _count(self, records: Sequence[Record]) -> None:
        """Note how far the partitions are handled, unless the broker has been replaced meanwhile."""
        if records and records[0].log == self.log_id:
            self.offsets.note(records)
            for topic, n in Counter(record.topic for record in records).items():
                self.metrics.consumed.labels(topic_label(topic)).inc(n)
            self.consumed += len(records)

    async def _store_dead_letters(self, refused: Sequence[Refused]) -> None:
        """Store what could not be read or applied, as far as the limit allows."""
        check = await self._attempts.retry_transient(lambda: self.limiter.check(refused))
        store = partial(self.dead_letters.store, check.accepted, self.clock.now(), exempt=check.exempt)
        await self._attempts.retry_transient(store)
        self._pause_at_limit(check)

    def _pause_at_limit(self, check: LimitCheck) -> None:
        for record, reason in check.stops:
            self.metrics.failures.labels("letter_limit").inc()
            self._pause(record, reason, limit=True)

    async def _apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Apply reference data first, then the rest. Returns the records the handler refused."""
        # Compare exact types: isinstance on a pydantic class costs as much as counting a figure.
        reference = [item for item in decoded if type(item.event) in _REFERENCE_EVENTS]
        rest = [item for item in decoded if type(item.event) not in _REFERENCE_EVENTS] if reference else decoded
        refused: list[Refused] = []
        if reference:
            refused += await self._apply_or_pause(reference)
            self._references_changed = True
        if rest and not all(self.handler.knows(item.event) for item in rest):
            await self._attempts.retry_transient(self.handler.refresh)
            rest = self._pause_unknown(rest)
        if rest:
            refused += await self._apply_or_pause(rest)
        return refused

    def _pause_unknown(self, decoded: Sequence[DecodedRecord]) -> list[DecodedRecord]:
        """Pause partitions at the first event whose plan or units are missing; returns the records before those."""
        ready: list[DecodedRecord] = []
        for item in decoded:
            if not self.paused_partitions.is_before_pause(item.record):
                continue
            if self.handler.knows(item.event):
                ready.append(item)
            else:
                self._pause(item.record, f"waits for the plan or the units that {item.event.id} names")
        return ready

    async def _apply_or_pause(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Apply a batch. If a bug prevents that, apply it partition by partition and pause those that fail."""
        try:
            return [*await self._attempts.retry_bug(partial(self.handler.apply, decoded))]
        except Exception as error:
            if self._attempts.is_transient(error):
                raise  # a nack: everything is read again, in order
            log.error("a batch cannot be applied; trying each partition alone", exc_info=error)
        partitions: dict[PartitionKey, list[DecodedRecord]] = defaultdict(list)
        for item in decoded:
            partitions[item.record.topic, item.record.partition].append(item)
        refused: list[Refused] = []
        for group in partitions.values():
            try:
                refused += await self._attempts.retry_bug(partial(self.handler.apply, group))
            except Exception as error:
                if self._attempts.is_transient(error):
                    raise
                log.critical("a bug stops this partition", exc_info=error, place=group[0].record.place)
                self._pause(group[0].record, f"a bug: {error!r}", bug=True)
        return refused

    def _pause(self, record: Record, reason: str, *, bug: bool = False, limit: bool = False) -> None:
        """Seek back to a record and pause its partition; the record stays uncommitted, the other partitions go on."""
        if record.log == self.log_id:  # a replaced broker is read again from the start anyway
            self.paused_partitions.pause(record, reason, bug=bug, limit=limit)

    async def retry_paused(self) -> None:
        """Resume the partitions that wait for reference data; each pauses again if its data is still missing.

        Also resumes those at the limit of dead letters that an operator has allowed. Raises the database's errors.
        """
        at_limit = {key: pause.at for key, pause in self.paused.items() if pause.limit and pause.at}
        allowed = [key for key, record in at_limit.items() if await self.limiter.allows(record)]
        if not self._handling:
            self._resume_waiting()
            self.paused_partitions.resume(*(key for key in allowed if key in self.paused))

    def _resume_waiting(self) -> None:
        self._references_changed = False
        if self.paused:
            self.paused_partitions.resume(*[key for key, pause in self.paused.items() if not pause.needs_operator])

    def forget(self) -> None:
        """Forget how far the partitions are handled, and which are paused."""
        self.offsets.forget()
        self.paused_partitions.forget()

    @property
    def _kafka_consumer(self) -> Any:
        return self.subscriber and self.subscriber.consumer

    def reset_offsets(self, log_id: str) -> None:
        """Read every assigned partition from its start, because the broker is a new one and so are its offsets."""
        self.log_id = log_id
        self.forget()
        if (consumer := self._kafka_consumer) is not None:
            for partition in consumer.assignment():
                consumer.seek(partition, 0)
                consumer.resume(partition)

    async def lag(self, *, paused: bool = True, topic: str | None = None) -> int | None:
        """Unhandled records on the assigned partitions; None before partitions are assigned.

        Ignores paused partitions when ``paused`` is false, and other topics when ``topic`` is given.
        Raises ``KafkaError``.
        """
        return await self.offsets.lag(() if paused else self.paused, topic)

    def measure(self) -> None:
        """Set the gauges of lag and age from what the last ``lag`` saw. Topics of one row of the table add up."""
        self.offsets.measure(self.metrics, time.monotonic())
