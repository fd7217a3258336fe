"""Scoring processes on a real database that may die at any write, and event logs for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any, TypeVar
from uuid import uuid4

from deploy.stack.embedded import Stack
from services.scoring.handlers import Scoring
from services.scoring.store import ScoringStore
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.intake import PlanPublished, ResultsReported, UnitsPublished
from shared.contracts.model import AnyEvent, Event
from shared.contracts.topics import DECISIONS, JUDGEMENTS, PLANS, RESULTS, UNITS, Topic
from shared.runtime.clock import DrivenClock
from shared.runtime.kafka.records import DecodedRecord, Record, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import VersionConflict
from shared.runtime.references import References
from tests.support.crashing import CrashingDatabase, Died

T = TypeVar("T")

_TOPICS: dict[type[Event], Topic] = {
    PlanPublished: PLANS,
    UnitsPublished: UNITS,
    ResultsReported: RESULTS,
    JudgementMade: JUDGEMENTS,
    DecisionMade: DECISIONS,
    AwardGiven: DECISIONS,
    AwardRevoked: DECISIONS,
}


def decoded(event: Event, offset: int) -> DecodedRecord:
    """An event as decoded from the bytes of its topic."""
    topic = _TOPICS[type(event)]
    record = Record("log", topic.name, 0, offset, event.subject.encode(), event.encode(), ())
    return DecodedRecord(record, topic.parse(record.value))


class Process:
    """One scoring process on the real database; with ``behind`` it defers its verdicts."""

    def __init__(self, url: str, name: str, *, behind: bool = False) -> None:
        self.database = CrashingDatabase(url, name)
        self.store = ScoringStore(self.database, DrivenClock(datetime(2024, 1, 1, tzinfo=UTC)))
        self._references = References(self.database)
        share = 1e-9 if behind else inf
        self.scoring = Scoring(self.store, self._references, Metrics(), share=share)

    async def start(self) -> None:
        await self._references.prepare()
        await self.scoring.prepare()

    async def recompute_pending(self) -> None:
        """Compute the verdicts that any process has deferred."""
        await self._again(self.scoring.recompute_pending)
        assert not self.scoring.pending_recompute.is_set()

    async def apply(self, batch: Sequence[DecodedRecord], dies_after: int | None = None) -> list[Refused]:
        """Apply a batch in the consumer's order: references first, then the rest. Raises ``Died``."""
        references = [decoded_record for decoded_record in batch if _is_reference(decoded_record.event)]
        rest = [decoded_record for decoded_record in batch if not _is_reference(decoded_record.event)]
        self.database.fuse.length = dies_after
        try:
            if references:
                await self._apply(references)
            if not all(self.scoring.knows(decoded_record.event) for decoded_record in rest):
                await self.scoring.refresh()
            assert all(self.scoring.knows(decoded_record.event) for decoded_record in rest)
            return await self._apply(rest) if rest else []
        finally:
            self.database.fuse.length = None

    async def _apply(self, batch: Sequence[DecodedRecord]) -> list[Refused]:
        return await self._again(lambda: self.scoring.apply(batch))

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work; repeat it while another process has written a document in between."""
        for _ in range(5):
            with suppress(VersionConflict):
                return await work()
        raise AssertionError("five version conflicts in a row without another writer")


def _is_reference(event: AnyEvent) -> bool:
    return isinstance(event, PlanPublished | UnitsPublished)


@dataclass(frozen=True)
class Delivery:
    """A batch for one of two processes: ``ahead`` new events, and ``back`` earlier events again.

    ``dies_after`` is the number of write steps before the process dies. With ``stays`` only the attempt fails, as on a
    database error, and the same process continues with its memory.
    """

    to: int
    ahead: int
    back: int
    dies_after: int | None
    stays: bool


class World:
    """Scoring processes that share one new database."""

    def __init__(self, servers: Stack) -> None:
        self._url, self._name = servers.mongo, f"test_{uuid4().hex}"
        self._started: list[Process] = []

    async def __aenter__(self) -> World:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._started[:1]:
            await process.database.drop()
        for process in self._started:
            await process.database.close()

    async def start(self, *, behind: bool = False) -> Process:
        process = Process(self._url, self._name, behind=behind)
        self._started.append(process)
        await process.start()
        return process

    async def deliver(self, log: Sequence[DecodedRecord], plan: Sequence[Delivery]) -> Process:
        """Apply a whole log, batch by batch, with processes that defer their verdicts.

        They end before they compute the deferred verdicts; the returned process has computed them.
        """
        processes, applied_count = [await self.start(behind=True), await self.start(behind=True)], 0
        for delivery in plan:
            end = min(len(log), applied_count + delivery.ahead)
            try:
                await processes[delivery.to].apply(
                    log[max(0, applied_count - delivery.back) : end], delivery.dies_after
                )
                applied_count = end
            except Died:
                if not delivery.stays:
                    processes[delivery.to] = await self.start(behind=True)
        await processes[plan[-1].to].apply(log[applied_count:])
        last = await self.start()
        await last.recompute_pending()
        return last


def log_of(events: Iterable[Event]) -> list[DecodedRecord]:
    """A log of events; an event comes after the plan and the register it names, as pausing partitions guarantees.

    Some reports are followed by the same figures from an agency without the right to report them.
    """
    waiting, published, log = list(events), set[Any](), list[Event]()
    while waiting:
        for event in waiting:
            data: Any = getattr(event, "data", None)
            if _is_reference(event):
                published.add(data.ref if isinstance(event, PlanPublished) else data.version)
            elif not {data.plan, data.register_version} <= published:
                continue
            log.append(event)
            if isinstance(event, ResultsReported) and len(log) % 3 == 0:
                log.append(_forged(event))
            waiting.remove(event)
            break
    return [decoded(event, offset) for offset, event in enumerate(log)]


def _forged(event: ResultsReported) -> ResultsReported:
    data = event.data.model_copy(update={"reported_by": "dvsn-a", "version": event.data.version + 1})
    return event.model_copy(update={"id": f"forged-{event.id}", "data": data})
