"""Which records that cannot be read may become dead letters, and where a partition must stop instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.runtime.dead_letters.limit import DeadLetterLimit
from shared.runtime.dead_letters.state import digest_of, origin
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.kafka.records import Record, Refused
from shared.runtime.mongo import Documents, VersionConflict


@dataclass
class Weighed:
    """What comes of records that cannot be read.

    ``kept`` become letters or are ones already; of them the ``exempt`` do not count. ``stops`` are the records that
    partitions must stop at, and why; nothing behind them is kept.
    """

    kept: list[Refused] = field(default_factory=list)
    exempt: set[Record] = field(default_factory=set)
    stops: list[tuple[Record, str]] = field(default_factory=list)

    def stopped_before(self, record: Record) -> bool:
        """Whether a record's partition stops at it or before it."""
        place = (record.topic, record.partition)
        return any(place == (at.topic, at.partition) and at.offset <= record.offset for at, _ in self.stops)


class DeadLetterLimiter:
    """Weighs records against the limit of their partition.

    What is kept already does not count: the same place read again, a letter put back that fails again, and what was
    kept in an earlier life of the broker and is said anew to this one. Nor does what an operator has let through.
    """

    def __init__(self, dead_letters: DeadLetters, allowed: Documents, limit: DeadLetterLimit, service: str) -> None:
        self._dead_letters, self._allowed, self._limit, self._service = dead_letters, allowed, limit, service

    async def weigh(self, refused: Sequence[Refused]) -> Weighed:
        """What comes of these, in order per partition."""
        weighed = Weighed()
        partitions: dict[str, list[Refused]] = defaultdict(list)
        for each in refused:
            partitions[origin(each.record.log, each.record.topic, each.record.partition)].append(each)
        known = await self._known([each.record for each in refused])
        for where, those in partitions.items():
            those.sort(key=lambda each: each.record.offset)
            let_through = await self._let_through(where)
            counted = await self._counted(where, those[0].record.offset, those[-1].record.offset)
            for each in those:
                record = each.record
                if record in known or record.offset < let_through:
                    weighed.exempt.add(record)
                elif why := self._limit.stops(counted, record.offset):
                    weighed.stops.append((record, self._told(record, why)))
                    break
                else:
                    counted.add(record.offset)
                weighed.kept.append(each)
        return weighed

    async def lets(self, record: Record) -> bool:
        """Whether a record that a partition stopped at may be a letter by now."""
        where = origin(record.log, record.topic, record.partition)
        if record.offset < await self._let_through(where):
            return True
        return self._limit.stops(await self._counted(where, record.offset, record.offset), record.offset) is None

    async def _known(self, records: Sequence[Record]) -> set[Record]:
        if not records:
            return set()
        documents, logs = self._dead_letters.documents, {record.log for record in records}
        places = {d["_id"] for d in await documents.find({"_id": {"$in": [r.place for r in records]}}, only=["_id"])}
        digests = {record: digest_of(record) for record in records}
        elsewhere = {"digest": {"$in": sorted({*digests.values()})}}
        lives = await documents.find(elsewhere, only=["digest", "origin"])
        before = {doc["digest"] for doc in lives if doc["origin"].partition("/")[0] not in logs}
        put_back = {record for record in records if await self._dead_letters.dead_letter_of(record) is not None}
        return put_back | {r for r in records if r.place in places or digests[r] in before}

    async def _counted(self, where: str, first: int, last: int) -> set[int]:
        """The offsets of a partition's letters that count, from as far back as the limit looks at the first of these.

        Up to the last of these, for what is read once more has its letters already.
        """
        since = {"$gte": first - max(self._limit.window, self._limit.in_a_row), "$lt": last}
        found = await self._dead_letters.documents.find(
            {"origin": where, "counts": True, "offset": since}, only=["offset"]
        )
        return {doc["offset"] for doc in found}

    async def _let_through(self, where: str) -> int:
        doc = await self._allowed.get(where)
        return int(doc["until"]) if doc else 0

    def _told(self, record: Record, why: str) -> str:
        look, go_on = f"thidua dlq list {self._service} --topic {record.topic}", f"{self._service} {record.topic}"
        return f"{why}; look at them: {look}; let them through: thidua dlq allow {go_on} --reason …"


async def let_through(allowed: Documents, where: str, until: int, actor: str, reason: str, at: datetime) -> None:
    """Let everything of a partition before an offset become a letter, however much it is."""
    while True:
        doc = await allowed.get(where) or {"_id": where, "unsent": []}
        try:
            await allowed.save({**doc, "until": until, "actor": actor, "reason": reason, "at": at})
            return
        except VersionConflict:
            continue
