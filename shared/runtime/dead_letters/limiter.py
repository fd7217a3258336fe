"""Which unreadable records may become dead letters, and where a partition must stop instead."""

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
class LimitCheck:
    """Which refused records become dead letters.

    ``accepted`` become dead letters or are stored as such already; of these the ``exempt`` do not count towards the
    limit. ``stops`` are the records at which partitions must stop, and why; no record behind them is accepted.
    """

    accepted: list[Refused] = field(default_factory=list)
    exempt: set[Record] = field(default_factory=set)
    stops: list[tuple[Record, str]] = field(default_factory=list)

    def stops_before(self, record: Record) -> bool:
        """Whether a record's partition stops at it or before it."""
        key = (record.topic, record.partition)
        return any(key == (at.topic, at.partition) and at.offset <= record.offset for at, _ in self.stops)


class DeadLetterLimiter:
    """Checks refused records against the limit of their partition.

    These do not count: records stored already (the same offset read again, a replayed dead letter that fails again, a
    record stored from an earlier log of the broker and published again to this one), and records before the offset up
    to which an operator has allowed dead letters.
    """

    def __init__(self, dead_letters: DeadLetters, allowed: Documents, limit: DeadLetterLimit, service: str) -> None:
        self._dead_letters, self._allowed, self._limit, self._service = dead_letters, allowed, limit, service

    async def check(self, refused: Sequence[Refused]) -> LimitCheck:
        """Check records, in order per partition. Raises the database's errors."""
        check = LimitCheck()
        partitions: dict[str, list[Refused]] = defaultdict(list)
        for refusal in refused:
            record = refusal.record
            partitions[origin(record.log, record.topic, record.partition)].append(refusal)
        stored = await self._stored([refusal.record for refusal in refused])
        for partition, refusals in partitions.items():
            refusals.sort(key=lambda refusal: refusal.record.offset)
            allowed_until = await self._allowed_until(partition)
            counted = await self._counted(partition, refusals[0].record.offset, refusals[-1].record.offset)
            for refusal in refusals:
                record = refusal.record
                if record in stored or record.offset < allowed_until:
                    check.exempt.add(record)
                elif reason := self._limit.stops(counted, record.offset):
                    check.stops.append((record, self._with_advice(record, reason)))
                    break
                else:
                    counted.add(record.offset)
                check.accepted.append(refusal)
        return check

    async def allows(self, record: Record) -> bool:
        """Whether a record at which a partition stopped may become a dead letter by now."""
        partition = origin(record.log, record.topic, record.partition)
        if record.offset < await self._allowed_until(partition):
            return True
        return self._limit.stops(await self._counted(partition, record.offset, record.offset), record.offset) is None

    async def _stored(self, records: Sequence[Record]) -> set[Record]:
        """The records that are dead letters already: by place, by replay, or by content in an earlier log."""
        if not records:
            return set()
        documents, logs = self._dead_letters.documents, {record.log for record in records}
        same_place = {"_id": {"$in": [record.place for record in records]}}
        places = {doc["_id"] for doc in await documents.find(same_place, only=["_id"])}
        digests = {record: digest_of(record) for record in records}
        same_digest = await documents.find({"digest": {"$in": sorted({*digests.values()})}}, only=["digest", "origin"])
        earlier = {doc["digest"] for doc in same_digest if doc["origin"].partition("/")[0] not in logs}
        replayed = {record for record in records if await self._dead_letters.dead_letter_of(record) is not None}
        return replayed | {record for record in records if record.place in places or digests[record] in earlier}

    async def _counted(self, partition: str, first: int, last: int) -> set[int]:
        """The offsets before ``last`` of a partition's dead letters that count, as far back as the limit looks.

        Later offsets are left out, because records that are read a second time may be stored as dead letters already.
        """
        since = {"$gte": first - max(self._limit.window, self._limit.in_a_row), "$lt": last}
        counting = {"origin": partition, "counts": True, "offset": since}
        return {doc["offset"] for doc in await self._dead_letters.documents.find(counting, only=["offset"])}

    async def _allowed_until(self, partition: str) -> int:
        doc = await self._allowed.get(partition)
        return int(doc["until"]) if doc else 0

    def _with_advice(self, record: Record, reason: str) -> str:
        show = f"thidua dlq list {self._service} --topic {record.topic}"
        allow = f"thidua dlq allow {self._service} {record.topic} --reason …"
        return f"{reason}; look at them: {show}; let them through: {allow}"


async def allow_dead_letters(
    allowed: Documents, partition: str, until: int, actor: str, reason: str, at: datetime
) -> None:
    """Allow every record of a partition before offset ``until`` to become a dead letter, regardless of the limit."""
    while True:
        doc = await allowed.get(partition) or {"_id": partition, "unsent": []}
        try:
            await allowed.save({**doc, "until": until, "actor": actor, "reason": reason, "at": at})
            return
        except VersionConflict:
            continue
