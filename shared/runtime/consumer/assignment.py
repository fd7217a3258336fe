"""What a consumer does when partitions are assigned to it anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from aiokafka import ConsumerRebalanceListener, TopicPartition


class Assigned(Protocol):
    """A consumer that remembers where its partitions stand."""

    def forget(self) -> None:
        """Forget where they stood."""

    def seek_on_assignment(self, assigned: Iterable[TopicPartition]) -> None:
        """Seek, where the committed offsets do not count."""


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """After a rebalance only the committed offsets count; what was remembered of a partition is forgotten."""

    def __init__(self, consumer: Assigned) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to do: a batch in hand may end after the move; the compare-and-set decides who wrote."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Forget."""
        self._consumer.forget()
        self._consumer.seek_on_assignment(assigned)
