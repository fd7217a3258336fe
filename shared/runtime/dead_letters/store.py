"""Dead letters: stored first with their original bytes, unique by where they were read, then published.

What an operator wants done with one is written into its document (see ``dead_letters.state``). The outbox publishes a
replay like everything else, so a crash in between loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import structlog

from shared.contracts.topics import DLQ, MAX_MESSAGE_BYTES
from shared.runtime.dead_letters import state as dead_letter_state
from shared.runtime.dead_letters.state import DEAD_LETTER, REPLAY
from shared.runtime.kafka.records import Record, Refused, event_id_of
from shared.runtime.metrics import Metrics, topic_label
from shared.runtime.mongo import Document, Documents, VersionConflict
from shared.runtime.outbox import Outgoing, Rendering

log = structlog.get_logger(__name__)


class DeadLetters:
    """The records that a service could not read or must not apply."""

    def __init__(self, documents: Documents, metrics: Metrics) -> None:
        self.documents = documents
        self._metrics = metrics

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.documents.prepare(indexed=["mark", "origin", "digest"])

    @property
    def rendering(self) -> Rendering:
        """Publishes each dead letter to the dead-letter twin of its topic, and replays to the topic itself."""
        return Rendering(self.documents, self._render, lambda doc: ("record",), once=True)

    async def store(self, refused: Sequence[Refused], now: datetime, *, exempt: Collection[Record] = ()) -> None:
        """Store records, bytes untouched; one that is stored already is not stored again.

        A replay that fails is noted in its dead letter instead of becoming a new one. Records in ``exempt`` do not
        count towards the limit.
        """
        for refusal in refused:
            record = refusal.record
            if await self._note_failed_replay(refusal, now):
                continue
            counts = record not in exempt
            try:
                await self.documents.insert(
                    dead_letter_state.new_dead_letter(record, refusal.reason, now, counts=counts)
                )
            except VersionConflict:
                continue
            self._metrics.dead_letters.labels(topic_label(record.topic)).inc()
            log.warning(
                "record becomes a dead letter", place=record.place, id=event_id_of(record.value), reason=refusal.reason
            )

    async def count_open(self) -> int:
        """How many are neither replayed with success nor discarded. Raises the database's errors."""
        docs = await self.documents.find({"discarded": None}, only=["tries", "unsent", "discarded"])
        return sum(dead_letter_state.state_of(doc) != "replayed" for doc in docs)

    async def dead_letter_of(self, record: Record) -> tuple[Document, int] | None:
        """The dead letter that a record is a replay of, and the number of the replay; None for any other record."""
        if (header := dead_letter_state.replay_header(record)) is None:
            return None
        doc_id, number = header
        doc = await self.documents.get(doc_id)
        return (doc, number) if doc is not None and dead_letter_state.is_replay(record, number, doc) else None

    async def _note_failed_replay(self, refused: Refused, now: datetime) -> bool:
        """Note a replay that failed in its dead letter. False when the record is not a replay."""
        while (replay := await self.dead_letter_of(refused.record)) is not None:
            doc, number = replay
            changed = dead_letter_state.failed_again(doc, number, refused.record, refused.reason, now)
            if changed is None:
                return True
            try:
                await self.documents.save(changed)
            except VersionConflict:
                continue
            self._metrics.failures.labels("replay").inc()
            log.warning(
                "a replayed dead letter failed again", dead_letter=doc["_id"], tries=number, reason=refused.reason
            )
            return True
        return False

    async def _render(self, doc: Document) -> Iterable[Outgoing]:
        messages: list[Outgoing] = []
        headers = [(name, None if value is None else bytes(value)) for name, value in doc["headers"]]
        key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
        if "replay" in doc["unsent"]:
            replay = (REPLAY, f"{doc['_id']}#{len(doc['tries'])}".encode())
            original = [(name, content) for name, content in headers if name != REPLAY]
            messages.append(Outgoing(doc["topic"], key, value, (*original, replay)))
        if "record" in doc["unsent"]:
            about = [
                ("thidua-reason", str(doc["reason"]).encode()),
                ("thidua-origin", f"{doc['topic']}/{doc['partition']}/{doc['offset']}".encode()),
                (DEAD_LETTER, doc["_id"].encode()),
            ]
            if len(key or b"") + len(value or b"") > MAX_MESSAGE_BYTES:
                # None of our topics accepts the message. The bytes stay in the database; the header names the document.
                key, value, about = None, None, [*about, ("thidua-kept", doc["_id"].encode())]
            messages.append(Outgoing(doc["topic"] + DLQ, key, value, (*headers, *about)))
        return messages
