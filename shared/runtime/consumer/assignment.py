"""What a consumer does when the group assigns partitions to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from aiokafka import ConsumerRebalanceListener, TopicPartition


class AssignedConsumer(Protocol):
    """A consumer that remembers how far its partitions are handled."""

    def forget(self) -> None:
        """Forget the positions and pauses of all partitions."""

    def seek_on_assignment(self, assigned: Iterable[TopicPartition]) -> None:
        """Seek to the start where the committed offsets do not count."""


class AssignmentListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """After a rebalance only the committed offsets count, so what was remembered of the partitions is forgotten."""

    def __init__(self, consumer: AssignedConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Do nothing: a batch may still finish after the partition has moved; the compare-and-set fences its writes."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Forget the old positions and seek."""
        self._consumer.forget()
        self._consumer.seek_on_assignment(assigned)
