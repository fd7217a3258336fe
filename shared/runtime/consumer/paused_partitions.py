"""Partitions that must not be read on for now: sought back to a record and paused, while the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import TopicPartition

from shared.contracts.topics import SERVICES, topic_named
from shared.runtime.kafka.records import Record
from shared.runtime.metrics import Metrics

log = structlog.get_logger(__name__)

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a partition is paused.

    One that waits for reference data is tried again; a ``bug`` needs a new release; one at the ``limit`` of dead
    letters goes on when an operator lets it. ``at`` is the record it will be read on from.
    """

    reason: str
    bug: bool
    limit: bool = False
    at: Record | None = None

    @property
    def needs_somebody(self) -> bool:
        """Whether it does not go on by itself."""
        return self.bug or self.limit


@dataclass
class PausedPartitions:
    """The partitions of one consumer that are paused. ``consumer`` gives aiokafka's own, None before it runs."""

    consumer: Callable[[], Any]
    metrics: Metrics
    paused: dict[Place, Pause] = field(default_factory=dict)
    _announced: set[tuple[Place, str]] = field(default_factory=set)

    def pause(self, record: Record, reason: str, *, bug: bool = False, limit: bool = False) -> None:
        """Seek back to a record and pause its partition; one that is paused before it already stays so."""
        place = (record.topic, record.partition)
        if not self.reaches(record):
            return
        self.paused[place] = Pause(reason, bug, limit, record)
        self.metrics.paused.set(len(self.paused))
        if (place, reason) not in self._announced:
            self._announced.add((place, reason))
            log.error("partition parked", place=record.place, reason=reason)
        if (consumer := self.consumer()) is not None:
            partition = TopicPartition(*place)
            if partition in consumer.assignment():
                consumer.seek(partition, record.offset)
                consumer.pause(partition)

    def reaches(self, record: Record) -> bool:
        """Whether its partition is read as far as this record."""
        why = self.paused.get((record.topic, record.partition))
        return why is None or why.at is None or record.offset < why.at.offset

    def resume(self, *places: Place) -> None:
        """Read these partitions on from where they were parked."""
        if places and (consumer := self.consumer()) is not None:
            consumer.resume(*(p for p in consumer.assignment() if (p.topic, p.partition) in places))
            for place in places:
                del self.paused[place]
            self.metrics.paused.set(len(self.paused))

    def stopped(self) -> list[str]:
        """The partitions that keep the service from its work until somebody has done something.

        An agency that fills its own inbox with what nobody can read stops its inbox; were the service not ready for
        that, the door would be closed to all others.
        """
        bugs = [f"parked by a bug: {t}/{p}" for (t, p), why in self.paused.items() if why.bug]
        full = [(t, p) for (t, p), why in self.paused.items() if why.limit and topic_named(t).producer in SERVICES]
        return bugs + [f"parked by too many dead letters: {t}/{p}" for t, p in full]

    def forget(self) -> None:
        """Forget all of them."""
        self.paused.clear()
        self._announced.clear()
        self.metrics.paused.set(0)
