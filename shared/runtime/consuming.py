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
from shared.runtime.assignment import Assignment
from shared.runtime.clock import Clock
from shared.runtime.deadletters import DeadLetters
from shared.runtime.gathering import MANY, gather, more_waits
from shared.runtime.letter_gate import LetterGate, Weighed
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Stale
from shared.runtime.parking import Parked, Parking, Place
from shared.runtime.records import Batch, Handler, Heard, Record, Refused

log = structlog.get_logger(__name__)

_TRIES_FOR_A_BUG = 3
_PATIENCE_SECONDS = 90.0
QUIET_SECONDS = 0.05  # where no batch has followed for so long, none is waiting
_REFERENCE_EVENTS = frozenset({PlanPublished, UnitsPublished})


@dataclass
class Consumer:
    """One subscriber's handler, with its place on every partition."""

    handler: Handler
    letters: DeadLetters
    gate: LetterGate
    clock: Clock
    metrics: Metrics
    transient: tuple[type[Exception], ...]
    nudge: Callable[[], None]
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
        self.parking = Parking(lambda: self._kafka_consumer, self.metrics)

    @property
    def idle_seconds(self) -> float:
        """For how long no batch has been in hand."""
        return 0.0 if self._taking else time.monotonic() - self._taken_at

    @property
    def behind(self) -> bool:
        """Whether the last batch was so large that more is waiting."""
        return self._many_came and self.idle_seconds < QUIET_SECONDS

    @property
    def parked(self) -> Mapping[Place, Parked]:
        """The partitions that are paused, and why."""
        return self.parking.parked

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
        self.nudge()
        self.metrics.batch_seconds.observe(time.perf_counter() - started)

    async def _take(self, batch: Batch) -> None:
        records, heard, refused = batch.records, batch.heard, batch.refused
        for record in records:
            if record.headers and (bad := record.bad_headers()):
                self.metrics.bad_headers.labels(record.topic).inc(bad)
        for record in batch.unheard:
            self.metrics.unheard.labels(record.topic).inc()
        # What too many letters stop is not applied either: who mends it must find the order as it was.
        weighed: Weighed = await self._patiently(lambda: self.gate.weigh(refused))
        heard = [h for h in heard if not weighed.stopped_before(h.record)] if weighed.stops else heard
        refused = weighed.kept + await self._apply(heard)
        await self._settle([each for each in refused if self.parking.reaches(each.record)])
        self._stop_at(weighed)
        self._count([each for each in records if self.parking.reaches(each)] if self.parked else records)

    def _count(self, records: Sequence[Record]) -> None:
        """Note how far the partitions have been handled, unless the broker has become another meanwhile."""
        if records and records[0].log == self.log_id:
            for record in records:
                self.handled[record.topic, record.partition] = record.offset + 1
            for topic, n in Counter(record.topic for record in records).items():
                self.metrics.consumed.labels(topic).inc(n)
            self.consumed += len(records)

    async def _settle(self, refused: Sequence[Refused]) -> None:
        """Keep what could not be read or applied, as far as the limit allows."""
        weighed: Weighed = await self._patiently(lambda: self.gate.weigh(refused))
        now = self.clock.now()
        await self._patiently(lambda: self.letters.keep(weighed.kept, now, exempt=weighed.exempt))
        self._stop_at(weighed)

    def _stop_at(self, weighed: Weighed) -> None:
        for record, why in weighed.stops:
            self.metrics.failures.labels("letter_limit").inc()
            self._park(record, why, limit=True)

    async def _apply(self, heard: Sequence[Heard]) -> list[Refused]:
        """References first, then the rest; on a bug, partition by partition to find whose it is. Those refused."""
        # By exact type: asking isinstance of a pydantic class costs as much as counting a figure.
        reference = [each for each in heard if type(each.event) in _REFERENCE_EVENTS]
        rest = [each for each in heard if type(each.event) not in _REFERENCE_EVENTS] if reference else heard
        refused: list[Refused] = []
        if reference:
            refused += await self._apply_or_park(reference)
            self._news = True
        if rest and not all(self.handler.knows(each.event) for each in rest):
            await self._patiently(self.handler.refresh)
            rest = self._park_unknown(rest)
        if rest:
            refused += await self._apply_or_park(rest)
        return refused

    def _park_unknown(self, heard: Sequence[Heard]) -> list[Heard]:
        known: list[Heard] = []
        for each in heard:
            if not self.parking.reaches(each.record):
                continue
            if self.handler.knows(each.event):
                known.append(each)
            else:
                self._park(each.record, f"waits for the plan or the units that {each.event.id} names")
        return known

    async def _apply_or_park(self, heard: Sequence[Heard]) -> list[Refused]:
        try:
            return await self._try(heard)
        except Exception as error:
            if isinstance(error, (*self.transient, Stale)):
                raise  # nack: everything is read again, in order
            log.error("a batch cannot be applied; trying each partition alone", exc_info=error)
        partitions: dict[tuple[str, int], list[Heard]] = defaultdict(list)
        for each in heard:
            partitions[each.record.topic, each.record.partition].append(each)
        refused: list[Refused] = []
        for group in partitions.values():
            try:
                refused += await self._try(group)
            except Exception as error:
                if isinstance(error, (*self.transient, Stale)):
                    raise
                log.critical("a bug stops this partition", exc_info=error, place=group[0].record.place)
                self._park(group[0].record, f"a bug: {error!r}", bug=True)
        return refused

    async def _try(self, heard: Sequence[Heard]) -> list[Refused]:
        for left in reversed(range(_TRIES_FOR_A_BUG)):
            try:
                return list(await self._patiently(partial(self.handler.apply, heard)))
            except Exception as error:
                if isinstance(error, (*self.transient, Stale)):
                    raise
                self.metrics.failures.labels("bug").inc()
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def _patiently(self, work: Callable[[], Any]) -> Any:
        """Do it, again and again while the outside fails, well under the group's poll interval."""
        pause, deadline = 0.05, time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await work()
            except Stale:
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

    def _park(self, record: Record, reason: str, *, bug: bool = False, limit: bool = False) -> None:
        """Seek back to a record and pause its partition; it stays uncommitted, the others go on."""
        if record.log == self.log_id:  # else the broker has changed meanwhile, and all is read again from its start
            self.parking.park(record, reason, bug=bug, limit=limit)

    async def retry_waiting(self) -> None:
        """Read the partitions again that wait for reference data; they park again if it is still not there.

        Those that the limit of dead letters stopped go on once it lets them. Raises what the database raises.
        """
        at_the_limit = {place: why.at for place, why in self.parked.items() if why.limit and why.at}
        let_on = [place for place, record in at_the_limit.items() if await self.gate.lets(record)]
        if not self._taking:
            self._resume_waiting()
            self.parking.resume(*(place for place in let_on if place in self.parked))

    def _resume_waiting(self, news: bool = True) -> None:
        self._news = False
        if news and self.parked:
            self.parking.resume(*[place for place, why in self.parked.items() if not why.needs_somebody])

    def forget(self) -> None:
        """Forget where the partitions stood."""
        self.handled.clear()
        self.parking.forget()

    @property
    def _kafka_consumer(self) -> Any:
        return self.subscriber and self.subscriber.consumer

    @property
    def knows_of_more(self) -> bool:
        """Whether the client has heard of records on the partitions it reads that were not handled yet."""
        return more_waits(self._kafka_consumer, self.handled, without=self.parked)

    def begin_where_it_must(self, assigned: Iterable[TopicPartition]) -> None:
        """While the service's database has not read this broker through once, read from the start.

        The group may have gone further with another database; what it read then, this one does not know.
        """
        if self.from_the_start and (consumer := self._kafka_consumer) is not None:
            for partition in assigned:
                consumer.seek(partition, 0)

    def begin_again(self, log_id: str) -> None:
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

    async def lag(self, *, parked: bool = True, topic: str | None = None) -> int | None:
        """Records on the assigned partitions not handled yet; None before it has any.

        Those of parked partitions count unless ``parked`` is false, those of one topic alone where it is named.
        """
        if self.waits_for_assignment():
            return None
        consumer = self._kafka_consumer
        asked = (p for p in consumer.assignment() if topic in (None, p.topic))
        assigned = [p for p in asked if parked or (p.topic, p.partition) not in self.parked]
        ends = await self.end_offsets(assigned) if assigned else {}
        behind = 0
        for partition in assigned:
            place = (partition.topic, partition.partition)
            if place not in self.handled and ends[partition]:
                # What the group committed with another database counts for nothing.
                committed = 0 if self.from_the_start else await consumer.committed(partition) or 0
                self.handled.setdefault(place, committed)  # a batch may have been handled while we asked
            behind += max(0, ends[partition] - self.handled.get(place, 0))
        return behind
