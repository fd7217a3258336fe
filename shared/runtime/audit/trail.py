"""A service's audit chain: all it says on topics, entered before it is said, and acts of people, before they count.

Entries are immutable documents of the collection ``audit``; see ``chain`` for their form. ``what`` is "said", with a
line ``<topic> <event id> <SHA-256 of the value> <key>`` a message, or "act", with ``actor``, ``verb``, ``object`` and
``reason``. An entry tells that something was to happen: a process may die between the entry and the deed.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from shared.contracts.audit import ChainHead, HeadPublished
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.topics import DLQ, HEADS
from shared.runtime.audit.hash_chain import START, Entry, Head, linked
from shared.runtime.clock import Clock
from shared.runtime.dead_letters.state import DEAD_LETTER, REPLAY
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.outbox import Outgoing, Rendering

_MOST_LINES: Final = 1000
_LONGEST_KEY: Final = 300
_AT_ONCE: Final = 500
_EVENT_ID: Final = re.compile(rb'\{"specversion":"1\.0","id":"([^"\\ ]+)"')


class Audit:
    """Appends to one service's chain, beside other processes that do, and reads it."""

    def __init__(self, database: Database, service: str, clock: Clock) -> None:
        self._entries, self._heads = database.documents("audit"), database.documents("audit_heads")
        self._service, self._clock = service, clock
        self._turn = asyncio.Lock()
        self._head: Head | None = None  # as this process knows it; another may have gone on

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._entries.prepare(once=["said"], pending=False)
        await self._heads.prepare()

    async def append_events(self, messages: Sequence[Outgoing]) -> None:
        """Enter what is about to be said. What is in the chain already, word for word, is not entered again."""
        lines = list(dict.fromkeys(audit_line(each) for each in messages))
        for first in range(0, len(lines), _MOST_LINES):
            await self._append(said=lines[first : first + _MOST_LINES])

    async def append_action(self, actor: str, verb: str, about: str, reason: str) -> None:
        """Enter what somebody does that is no event. It is durable when this returns."""
        await self._append(act={"actor": actor, "verb": verb, "object": about, "reason": reason})

    async def _append(self, *, said: Sequence[str] = (), act: Mapping[str, str] | None = None) -> None:
        """Write the next entry. Where its number is taken or a line is entered already, look at what is there."""
        new = list(said)
        async with self._turn:
            while act or new:
                what: dict[str, Any] = {"what": "act", **act} if act else {"what": "said", "said": new}
                self._head = self._head or await self.head() or START
                at = self._clock.now().astimezone(UTC).isoformat(timespec="microseconds")
                entry = linked({**what, "at": at}, self._head)
                try:
                    await self._entries.append(entry)
                except VersionConflict:
                    self._head, new = None, await self._new(said)
                    continue
                except BaseException:
                    self._head = None  # nobody knows whether it was written
                    raise
                self._head = Head.of(entry)
                return

    async def _new(self, lines: Sequence[str]) -> list[str]:
        """The lines that are in no entry yet."""
        entered = {
            known
            for entry in await self._entries.find({"said": {"$in": lines}}, only=["said"])
            for known in entry["said"]
        }
        return [each for each in lines if each not in entered]

    async def head(self) -> Head | None:
        """The last entry, whoever wrote it; None before the first."""
        for entry in await self._entries.find(sort="-_id", limit=1, only=["hash", "at"]):
            return Head.of(entry)
        return None

    async def entries(self) -> AsyncIterator[Entry]:
        """Every entry in the order of the numbers, also those with numbers that no entry of ours has."""
        found = await self._entries.find(sort="_id", limit=_AT_ONCE)
        while found:
            for entry in found:
                yield entry
            found = await self._entries.find({"_id": {"$gt": found[-1]["_id"]}}, sort="_id", limit=_AT_ONCE)

    async def publish_head(self, now: datetime) -> None:
        """Have the head of this local day said, the first time it is called on a day. Raises ``VersionConflict``."""
        today = local(now).date().isoformat()
        doc = await self._heads.get(self._service) or {"_id": self._service, "day": ""}
        if doc["day"] >= today or (head := await self.head()) is None:
            return
        stands = {"day": today, "said_at": now, "n": head.n, "hash": head.hash, "at": head.at}
        await self._heads.save({**doc, **stands, "unsent": ["head"]})

    @property
    def rendering(self) -> Rendering:
        """Says the head of the day."""
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
    """How a message stands in the chain: ``<topic> <event id> <SHA-256 of the value> <key>``.

    A dead letter, whose value may be anything, goes by the id of the letter, one put back by its replay. A key longer
    than any of ours goes by its digest, what is no printable text is escaped, a value that is none is ``-``.
    """
    headers = dict(message.headers)
    letter = headers.get(DEAD_LETTER if message.topic.endswith(DLQ) else REPLAY)
    found = None if letter else _EVENT_ID.match(message.value or b"")
    named = (letter or (found[1] if found else b"-")).decode()
    digest = "-" if message.value is None else hashlib.sha256(message.value).hexdigest()
    key = (message.key or b"").decode(errors="backslashreplace")
    if not key.isprintable():
        key = key.encode("unicode_escape").decode()
    if len(key) > _LONGEST_KEY:
        key = f"sha256:{hashlib.sha256(message.key or b'').hexdigest()}"
    return f"{message.topic} {named} {digest} {key}"
