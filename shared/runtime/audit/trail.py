"""A service's audit chain: every message before it is published, and people's actions before they take effect.

Entries are immutable documents of the collection ``audit``; see ``hash_chain`` for their form. ``what`` is "said", with
one line ``<topic> <event id> <SHA-256 of the value> <key>`` per message, or "act", with ``actor``, ``verb``, ``object``
and ``reason``. An entry means that something was about to happen: a process may die between the entry and the deed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from shared.contracts.audit import ChainHead, HeadPublished
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.topics import DLQ, HEADS
from shared.runtime.audit.hash_chain import START, Entry, Head, next_entry
from shared.runtime.clock import Clock
from shared.runtime.dead_letters.state import DEAD_LETTER, REPLAY
from shared.runtime.kafka.records import event_id_of
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.outbox import Outgoing, Rendering

_MAX_LINES: Final = 1000
_MAX_KEY_LENGTH: Final = 300
_PAGE_SIZE: Final = 500


class Audit:
    """Appends to one service's chain, also while other processes append to it, and reads it."""

    def __init__(self, database: Database, service: str, clock: Clock) -> None:
        self._entries, self._heads = database.documents("audit"), database.documents("audit_heads")
        self._service, self._clock = service, clock
        self._lock = asyncio.Lock()
        self._head: Head | None = None  # as far as this process knows; another may have appended
        self._head_day = ""  # the last local day whose head is known to be published or being published

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._entries.prepare(unique_elements=["said"], pending=False)
        await self._heads.prepare()

    async def append_events(self, messages: Sequence[Outgoing]) -> None:
        """Append the messages that are about to be published; lines that the chain contains already are left out."""
        lines = list(dict.fromkeys(audit_line(message) for message in messages))
        for first in range(0, len(lines), _MAX_LINES):
            await self._append(lines=lines[first : first + _MAX_LINES])

    async def append_action(self, actor: str, verb: str, about: str, reason: str) -> None:
        """Append an action of a person that is no event. It is durable when this returns."""
        await self._append(action={"actor": actor, "verb": verb, "object": about, "reason": reason})

    async def _append(self, *, lines: Sequence[str] = (), action: Mapping[str, str] | None = None) -> None:
        """Write the next entry. When its number or a line is taken, read the chain again and retry with what is new."""
        new = list(lines)
        async with self._lock:
            while action or new:
                content: Entry = {"what": "act", **action} if action else {"what": "said", "said": new}
                self._head = self._head or await self.head() or START
                at = self._clock.now().astimezone(UTC).isoformat(timespec="microseconds")
                entry = next_entry({**content, "at": at}, self._head)
                try:
                    await self._entries.append(entry)
                except VersionConflict:
                    self._head, new = None, await self._new_lines(lines)
                    continue
                except BaseException:
                    self._head = None  # the entry may or may not have been written
                    raise
                self._head = Head.of(entry)
                return

    async def _new_lines(self, lines: Sequence[str]) -> list[str]:
        """The lines that are in no entry yet."""
        entries = await self._entries.find({"said": {"$in": lines}}, only=["said"])
        entered = {line for entry in entries for line in entry["said"]}
        return [line for line in lines if line not in entered]

    @property
    def writes(self) -> int:
        """A number that is another one after this process has appended an entry."""
        return self._entries.looks.writes

    async def head(self) -> Head | None:
        """The last entry, by any process; None before the first."""
        for entry in await self._entries.find(sort="-_id", limit=1, only=["hash", "at"]):
            return Head.of(entry)
        return None

    async def entries(self, after: int = 0) -> AsyncIterator[Entry]:
        """Every entry in the order of ``_id``, including forged entries whose ``_id`` is not a number.

        With ``after`` only those whose number is greater.
        """
        where = {"_id": {"$gt": after}} if after else None
        page = await self._entries.find(where, sort="_id", limit=_PAGE_SIZE)
        while page:
            for entry in page:
                yield entry
            page = await self._entries.find({"_id": {"$gt": page[-1]["_id"]}}, sort="_id", limit=_PAGE_SIZE)

    async def published_head(self) -> Head | None:
        """The head that was published last; None before the first."""
        doc = await self._heads.get(self._service)
        return Head(doc["n"], doc["hash"], doc["at"]) if doc else None

    async def publish_head(self, now: datetime) -> None:
        """Have the chain's head published once per local day (Vietnam). Raises ``VersionConflict``."""
        today = local(now).date().isoformat()
        if self._head_day >= today:
            return
        doc = await self._heads.get(self._service) or {"_id": self._service, "day": ""}
        if doc["day"] < today:
            if (head := await self.head()) is None:
                return
            published = {"day": today, "said_at": now, "n": head.n, "hash": head.hash, "at": head.at}
            await self._heads.save({**doc, **published, "unsent": ["head"]})
        self._head_day = max(doc["day"], today)

    async def published_at(self) -> datetime | None:
        """The instant (UTC) at which a head was last published; None before the first."""
        doc = await self._heads.get(self._service)
        return doc["said_at"] if doc else None

    @property
    def rendering(self) -> Rendering:
        """Publishes the head of the day."""
        return Rendering(self._heads, self._render, lambda doc: ["head"])

    async def _render(self, doc: Document) -> Iterable[Outgoing]:
        event = HeadPublished(
            id=derived("audit head", self._service, doc["n"], doc["hash"]),
            source=f"thidua/{self._service}",
            time=doc["said_at"],
            subject=self._service,
            data=ChainHead(service=self._service, n=doc["n"], hash=doc["hash"], at=doc["at"]),
        )
        return [Outgoing(HEADS.name, self._service.encode(), event.encode())]


def audit_line(message: Outgoing) -> str:
    """A message's line in the chain: ``<topic> <event id> <SHA-256 of the value> <key>``.

    For a dead letter, whose value may be anything, the event id is the dead letter's id; for a replay it is the content
    of the replay header. A value of None is ``-``. A key that is not printable is escaped; a key longer than any of
    ours is replaced by its digest.
    """
    headers = dict(message.headers)
    dead_letter = headers.get(DEAD_LETTER if message.topic.endswith(DLQ) else REPLAY)
    event_id = dead_letter.decode() if dead_letter else event_id_of(message.value) or "-"
    digest = "-" if message.value is None else hashlib.sha256(message.value).hexdigest()
    key = (message.key or b"").decode(errors="backslashreplace")
    if not key.isprintable():
        key = key.encode("unicode_escape").decode()
    if len(key) > _MAX_KEY_LENGTH:
        key = f"sha256:{hashlib.sha256(message.key or b'').hexdigest()}"
    return f"{message.topic} {event_id} {digest} {key}"
