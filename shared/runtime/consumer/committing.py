"""A batch as FastStream acknowledges it; a commit that fails is counted."""

from __future__ import annotations

from typing import Any

from faststream.kafka.message import KafkaAckableMessage
from prometheus_client import Counter


class CountedMessage(KafkaAckableMessage):
    """A message whose ``ack`` counts its failure before it raises it. The batch is then read again."""

    def __init__(self, failures: Counter, **options: Any) -> None:
        super().__init__(**options)
        self._failures = failures

    async def ack(self) -> None:
        """Commit the offsets. Raises what the client raises."""
        try:
            await super().ack()
        except Exception:
            self._failures.inc()
            raise
