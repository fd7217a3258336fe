"""Dead letters: kept first with their original bytes, unique by where they were read, then published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from shared.contracts.topics import DLQ, MAX_MESSAGE_BYTES
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Document, Documents, Stale
from shared.runtime.outbox import Outgoing, Speaker
from shared.runtime.records import Refused

log = structlog.get_logger(__name__)


class DeadLetters:
    """The records a service could not read or must not apply."""

    def __init__(self, documents: Documents, metrics: Metrics) -> None:
        self.documents = documents
        self._metrics = metrics

    @property
    def speaker(self) -> Speaker:
        """Publishes each letter to its topic's dead-letter twin."""
        return Speaker(self.documents, self._say, lambda doc: ("record",))

    async def keep(self, refused: Sequence[Refused], now: datetime) -> None:
        """Store the records, bytes untouched. A record that is kept already is not kept again."""
        for each in refused:
            record = each.record
            try:
                await self.documents.insert(
                    {
                        "_id": record.place,
                        "topic": record.topic,
                        "partition": record.partition,
                        "offset": record.offset,
                        "key": record.key,
                        "value": record.value,
                        "headers": [[name, value] for name, value in record.headers],
                        "reason": each.reason,
                        "at": now,
                        "unsent": ["record"],
                    }
                )
            except Stale:
                continue
            self._metrics.dead_letters.labels(record.topic).inc()
            log.warning("record goes to the dead letters", place=record.place, reason=each.reason)

    async def _say(self, doc: Document) -> Iterable[Outgoing]:
        headers = [(name, None if value is None else bytes(value)) for name, value in doc["headers"]]
        origin = [
            ("thidua-reason", str(doc["reason"]).encode()),
            ("thidua-origin", f"{doc['topic']}/{doc['partition']}/{doc['offset']}".encode()),
        ]
        key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
        if len(key or b"") + len(value or b"") > MAX_MESSAGE_BYTES:
            # No topic of ours takes it; the bytes stay in the database, and the letter says so.
            key, value, origin = None, None, [*origin, ("thidua-kept", doc["_id"].encode())]
        return [Outgoing(doc["topic"] + DLQ, key, value, (*headers, *origin))]
