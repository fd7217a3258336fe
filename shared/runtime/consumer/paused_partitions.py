"""Partitions that must not be read further for now: sought back to a record and paused, while the others go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import TopicPartition

from shared.contracts.topics import SERVICES, topic_named
from shared.runtime.kafka.records import Record
from shared.runtime.metrics import PAUSE_REASONS, Metrics

log = structlog.get_logger(__name__)

PartitionKey = tuple[str, int]
"""Topic and partition number."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a partition is paused, and the record ``at`` which reading is to resume.

    A partition that waits for reference data is retried. One paused by a ``bug`` needs a new release. One paused at the
    ``limit`` of dead letters goes on when an operator allows it.
    """

    reason: str
    bug: bool
    limit: bool = False
    at: Record | None = None

    @property
    def kind(self) -> str:
        """One of ``PAUSE_REASONS``."""
        return "bug" if self.bug else "dead_letters" if self.limit else "no_plan"

    @property
    def needs_operator(self) -> bool:
        """Whether the partition does not resume by itself."""
        return self.bug or self.limit


@dataclass
class PausedPartitions:
    """The paused partitions of one consumer. ``consumer`` gives the ``AIOKafkaConsumer``, None before it runs."""

    consumer: Callable[[], Any]
    metrics: Metrics
    paused: dict[PartitionKey, Pause] = field(default_factory=dict)
    _logged: set[tuple[PartitionKey, str]] = field(default_factory=set)

    def pause(self, record: Record, reason: str, *, bug: bool = False, limit: bool = False) -> None:
        """Seek back to a record and pause its partition. A partition paused at an earlier record stays as it is."""
        key = (record.topic, record.partition)
        if not self.is_before_pause(record):
            return
        self.paused[key] = Pause(reason, bug, limit, record)
        self._measure()
        if (key, reason) not in self._logged:
            self._logged.add((key, reason))
            log.error("partition paused", place=record.place, reason=reason)
        if (consumer := self.consumer()) is not None:
            partition = TopicPartition(*key)
            if partition in consumer.assignment():
                consumer.seek(partition, record.offset)
                consumer.pause(partition)

    def is_before_pause(self, record: Record) -> bool:
        """Whether a record's partition is not paused, or only at a later record."""
        pause = self.paused.get((record.topic, record.partition))
        return pause is None or pause.at is None or record.offset < pause.at.offset

    def resume(self, *keys: PartitionKey) -> None:
        """Read these partitions on from the record they were paused at."""
        if keys and (consumer := self.consumer()) is not None:
            consumer.resume(*(p for p in consumer.assignment() if (p.topic, p.partition) in keys))
            for key in keys:
                del self.paused[key]
            self._measure()

    def _measure(self) -> None:
        reasons = Counter(pause.kind for pause in self.paused.values())
        for kind in PAUSE_REASONS:
            self.metrics.paused.labels(kind).set(reasons[kind])

    def blocking(self) -> list[str]:
        """The paused partitions that make the service unready until somebody acts, with the reason.

        An inbox with too many dead letters is left out: an agency that fills its own inbox with unreadable records must
        not make intake unready for all other agencies.
        """
        bugs = [f"paused by a bug: {t}/{p}" for (t, p), pause in self.paused.items() if pause.bug]
        limits = [
            (t, p) for (t, p), pause in self.paused.items() if pause.limit and topic_named(t).producer in SERVICES
        ]
        return bugs + [f"paused by too many dead letters: {t}/{p}" for t, p in limits]

    def forget(self) -> None:
        """Forget all pauses."""
        self.paused.clear()
        self._logged.clear()
        self._measure()
