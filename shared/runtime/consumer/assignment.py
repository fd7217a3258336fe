"""What a consumer does when the group assigns partitions to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiokafka import ConsumerRebalanceListener, TopicPartition


class AssignmentListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Forgets what was remembered about partitions, because after a rebalance only committed offsets count.

    ``count`` is called at every assignment.
    """

    def __init__(
        self,
        forget: Callable[[], None],
        seek: Callable[[Iterable[TopicPartition]], None],
        count: Callable[[], None],
    ) -> None:
        self._forget, self._seek, self._count = forget, seek, count

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Do nothing: a batch may still finish after the partition has moved; the compare-and-set fences its writes."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Forget the old positions and seek."""
        self._count()
        self._forget()
        self._seek(assigned)
