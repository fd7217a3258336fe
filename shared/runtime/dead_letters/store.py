"""Dead letters: kept first with their original bytes, unique by where they were read, then published.

What somebody wants done with one is written into it (see ``dead_letters``); one to be put back is said by the outbox like
all else, so that a crash in between loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import structlog

from shared.contracts.topics import DLQ, MAX_MESSAGE_BYTES
from shared.runtime.dead_letters import state as dead_letter_state
from shared.runtime.dead_letters.state import DEAD_LETTER, REPLAY
from shared.runtime.kafka.records import Record, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Document, Documents, VersionConflict
from shared.runtime.outbox import Outgoing, Rendering

log = structlog.get_logger(__name__)


class DeadLetters:
    """The records a service could not read or must not apply."""

    def __init__(self, documents: Documents, metrics: Metrics) -> None:
        self.documents = documents
        self._metrics = metrics

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.documents.prepare(indexed=["mark", "origin", "digest"])

    @property
    def rendering(self) -> Rendering:
        """Publishes each letter to its topic's dead-letter twin, and those that are wanted back to their topic."""
        return Rendering(self.documents, self._render, lambda doc: ("record",), once=True)

    async def keep(self, refused: Sequence[Refused], now: datetime, *, exempt: Collection[Record] = ()) -> None:
        """Store the records, bytes untouched. A record that is kept already is not kept again.

        One that was put back and fails again is no new letter: the old one says so. Those that are ``exempt`` do not
        count towards the limit.
        """
        for each in refused:
            record = each.record
            if await self._failed_again(each, now):
                continue
            try:
                await self.documents.insert(
                    dead_letter_state.kept(record, each.reason, now, counts=record not in exempt),
                )
            except VersionConflict:
                continue
            self._metrics.dead_letters.labels(record.topic).inc()
            log.warning("record goes to the dead letters", place=record.place, reason=each.reason)

    async def dead_letter_of(self, record: Record) -> tuple[Document, int] | None:
        """The letter that a record put back is, and which try; None for any other record."""
        if (named := dead_letter_state.replay_in(record)) is None:
            return None
        doc = await self.documents.get(named[0])
        return (doc, named[1]) if doc is not None and dead_letter_state.is_replay(record, named[1], doc) else None

    async def _failed_again(self, refused: Refused, now: datetime) -> bool:
        while (found := await self.dead_letter_of(refused.record)) is not None:
            doc, number = found
            changed = dead_letter_state.failed_again(doc, number, refused.record, refused.reason, now)
            if changed is None:
                return True
            try:
                await self.documents.save(changed)
            except VersionConflict:
                continue
            self._metrics.failures.labels("replay").inc()
            log.warning(
                "a dead letter put back failed again", dead_letter=doc["_id"], tries=number, reason=refused.reason
            )
            return True
        return False

    async def _render(self, doc: Document) -> Iterable[Outgoing]:
        said: list[Outgoing] = []
        headers = [(name, None if value is None else bytes(value)) for name, value in doc["headers"]]
        key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
        if "replay" in doc["unsent"]:
            again = [
                *((n, v) for n, v in headers if n != REPLAY),
                (REPLAY, f"{doc['_id']}#{len(doc['tries'])}".encode()),
            ]
            said.append(Outgoing(doc["topic"], key, value, tuple(again)))
        if "record" in doc["unsent"]:
            about = [
                ("thidua-reason", str(doc["reason"]).encode()),
                ("thidua-origin", f"{doc['topic']}/{doc['partition']}/{doc['offset']}".encode()),
                (DEAD_LETTER, doc["_id"].encode()),
            ]
            if len(key or b"") + len(value or b"") > MAX_MESSAGE_BYTES:
                # No topic of ours takes it; the bytes stay in the database, and the letter says so.
                key, value, about = None, None, [*about, ("thidua-kept", doc["_id"].encode())]
            said.append(Outgoing(doc["topic"] + DLQ, key, value, (*headers, *about)))
        return said
