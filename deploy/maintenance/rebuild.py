"""`rebuild`: what a service derived, made anew beside it from the first event, compared, and mended where told.

The fresh projection is a database of its own, ``<prefix><service>_rebuilt``. The live one is compared with it while
its service runs: a difference counts only when two looks in a row find the same one on the same revision. Mending
writes document by document over the revision that was compared, so a service that wrote meanwhile is not overwritten,
and one that held an older document in memory is stale at its next write and reads again. That somebody had it mended is
entered in the service's audit chain first.
"""

from __future__ import annotations

import asyncio
import getpass
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from services.council.derived_state import RebuiltCouncil
from services.notify.derived_state import RebuiltNotify
from services.scoring.derived_state import RebuiltScoring
from shared.contracts.topics import SERVICES, Unreadable, consumed_by, topic_named
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import DrivenClock, SystemClock
from shared.runtime.derived_state import Derived, Rebuilt
from shared.runtime.kafka.clients import Admin
from shared.runtime.kafka.records import DecodedRecord
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database, Document, Documents, VersionConflict
from shared.runtime.settings import ServiceSettings

Rebuildable = Literal["scoring", "council", "notify"]
"""intake is not among them: the others are made from what it keeps."""

_MAKE: Final[dict[Rebuildable, Callable[[Database, datetime], Rebuilt]]] = {
    "scoring": RebuiltScoring,
    "council": RebuiltCouncil,
    "notify": RebuiltNotify,
}
_PENDING: Final = {"pending": True}
_AT_ONCE = 500
_LOOKS = 6
_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 30.0


class NotAllPublished(RuntimeError):
    """A speaker has not said all it owns to this broker, so the topics are not the whole story."""


class NeverStill(RuntimeError):
    """The service writes what is to be compared without pause."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is not what the events say. None is a fact that is missing; ``rev`` is the live document's."""

    collection: str
    document: str
    rev: int | None
    fact: str
    kept: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.collection} {self.document}, {self.fact}: kept {self.kept}, recomputed {self.recomputed}"


@dataclass
class Rebuilding:
    """What came of it. ``documents`` are the live ones compared, by collection.

    ``differences`` are those that are left, ``mended`` those that were.
    """

    service: Rebuildable
    records: int = 0
    unreadable: int = 0
    unknown: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    mended: list[Difference] = field(default_factory=list)


async def rebuild(
    service: Rebuildable,
    kafka: str,
    mongo: str,
    *,
    swap: bool = False,
    prefix: str = "thidua_",
    seen: Callable[[int], None] = lambda _: None,
) -> Rebuilding:
    """Make a service's derived documents anew and compare; with ``swap``, write what differs over the live ones.

    The fresh database is dropped when nothing differs or all was mended, and kept to be looked at otherwise. Raises
    ``NotAllPublished``, and ``NeverStill`` where documents that seemed to differ were others at every look.
    """
    driver = ServiceSettings().mongo_driver
    live, fresh = (Database(mongo, prefix + name, driver) for name in (service, f"{service}_rebuilt"))
    done = Rebuilding(service)
    try:
        await _all_published(
            service, kafka, {name: Database(mongo, prefix + name, driver) for name in _producers(service)}
        )
        await fresh.drop()
        now = await _now(live)
        rebuilt = _MAKE[service](fresh, now)
        await rebuilt.prepare()
        before: dict[tuple[str, str, str], Difference] = {}
        for _ in range(_LOOKS):
            await _hear(rebuilt, kafka, done, seen)
            await rebuilt.finish(live)
            pairs = await _pairs(rebuilt.derived, live, fresh)
            done.documents = {each.collection: sum(kept is not None for kept, _ in pairs[each]) for each in pairs}
            found = {(each.collection, each.document, each.fact): each for each in _differences(pairs)}
            done.differences = [each for place, each in found.items() if before.get(place) == each]
            before = found
            if not found:
                await fresh.drop()
                return done
            if done.differences and not swap:
                return done
            if not done.differences:
                await asyncio.sleep(_PAUSE_SECONDS)  # what is on its way will be there at the next look
            with suppress(VersionConflict):  # then the service wrote meanwhile; the next look is at what now stands
                await _mend(pairs, done, live, now)
        raise NeverStill(f"{len({place[:2] for place in before})} documents changed from look to look")
    finally:
        await live.close()
        await fresh.close()


async def _now(live: Database) -> datetime:
    """The instant whose timed work the service has done last: what it keeps is as of then."""
    kept = await live.documents("state").get("clock")
    return datetime.fromisoformat(kept["now"]) if kept else SystemClock().now()


def _producers(service: Rebuildable) -> list[str]:
    return sorted({topic.producer for topic in consumed_by(service)} & {*SERVICES})


async def _all_published(service: Rebuildable, kafka: str, producers: Mapping[str, Database]) -> None:
    """Wait until all that speak to a service have told this broker everything; it may have come up only now."""
    admin = Admin(kafka, 1, ServiceSettings().kafka_login)
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS

    async def until_none(left: Callable[[str], Awaitable[object]]) -> None:
        while names := [name for name in producers if await left(name)]:
            if asyncio.get_running_loop().time() > deadline:
                raise NotAllPublished(
                    f"{', '.join(names)} has not said to this broker all that it owns; is it running?"
                )
            await asyncio.sleep(0.2)

    try:
        cluster = await admin.cluster_id()

        async def a_stranger(name: str) -> bool:
            return (await producers[name].documents("state").get("broker") or {}).get("cluster") != cluster

        await until_none(a_stranger)  # when it has met the broker, it has marked everything to be said
        unsaid = {name: await _unsaid(database) for name, database in producers.items()}

        async def still_unsaid(name: str) -> bool:
            unsaid[name] &= await _unsaid(producers[name])
            return bool(unsaid[name])

        await until_none(still_unsaid)
    finally:
        await admin.stop()
        for database in producers.values():
            await database.close()


async def _unsaid(database: Database) -> set[tuple[str, str, int]]:
    """The documents with something still to be said, as they stand: collection, id and revision."""
    speaking = sorted({*await database.collections()} - {"audit"})  # its entries are said by nobody
    docs = [(c, doc) for c in speaking for doc in await database.documents(c).find(_PENDING, only=["rev"])]
    return {(collection, str(doc["_id"]), doc["rev"]) for collection, doc in docs}


async def _hear(rebuilt: Rebuilt, kafka: str, done: Rebuilding, seen: Callable[[int], None]) -> None:
    """Every record of the service's topics, plans and units first, as its consumer would have it heard."""
    done.records = done.unreadable = done.unknown = 0
    batch: list[DecodedRecord] = []
    topic = ""

    async def hear() -> None:
        known = [each for each in batch if rebuilt.handler.knows(each.event)]
        done.unknown += len(batch) - len(known)
        if known:
            await rebuilt.handler.apply(known)  # what it refuses is among the live dead letters
        batch.clear()

    async for record in read_all(kafka, [t.name for t in consumed_by(done.service)], ServiceSettings().kafka_login):
        if len(batch) >= _AT_ONCE or record.topic != topic:
            await hear()
        topic = record.topic
        done.records += 1
        seen(done.records)
        try:
            batch.append(DecodedRecord(record, topic_named(record.topic).parse(record.value)))
        except Unreadable:
            done.unreadable += 1
    await hear()


Pairs = dict[Derived, list[tuple[Document | None, Document | None]]]
"""By collection, each document as it is kept and as it was recomputed."""


async def _pairs(derived: Sequence[Derived], live: Database, fresh: Database) -> Pairs:
    pairs: Pairs = {}
    for each in derived:
        kept, recomputed = [await _by_id(database.documents(each.collection)) for database in (live, fresh)]
        pairs[each] = [(kept.get(doc_id), recomputed.get(doc_id)) for doc_id in sorted({*kept, *recomputed})]
    return pairs


async def _by_id(documents: Documents) -> dict[str, Document]:
    return {doc["_id"]: doc for doc in await documents.find()}


def _differences(pairs: Pairs) -> Iterator[Difference]:
    for each, documents in pairs.items():
        for live, fresh in documents:
            kept, recomputed = (each.facts(doc) if doc else {} for doc in (live, fresh))
            doc_id = str((live or fresh or {})["_id"])
            for fact in sorted({*kept, *recomputed}):
                was, now = kept.get(fact), recomputed.get(fact)
                if was != now:
                    yield Difference(each.collection, doc_id, live["rev"] if live else None, fact, was, now)


async def _mend(pairs: Pairs, done: Rebuilding, live: Database, now: datetime) -> None:
    """Write what differs, and count on what a running process holds in memory with it. Raises ``VersionConflict``."""
    held: dict[str, list[tuple[str, str]]] = defaultdict(list)
    disturbed: set[str] = set()
    differing = {(each.collection, each.document) for each in done.differences}
    if not differing:
        return
    audit = Audit(live, done.service, DrivenClock(now))
    await audit.append_action(getpass.getuser(), "rebuild", done.service, f"{len(done.differences)} differences")
    try:
        for each, documents in pairs.items():
            for kept, recomputed in documents:
                doc = kept or recomputed or {}
                place = each.collection, str(doc["_id"])
                if place in differing:
                    disturbed.add(each.cached_with(doc))
                    await _write(live.documents(each.collection), each.repaired(kept, recomputed, now), kept)
                    done.mended += [d for d in done.differences if (d.collection, d.document) == place]
                else:
                    held[each.cached_with(doc)].append(place)
    finally:
        for collection, doc_id in (place for together in disturbed for place in held[together]):
            await live.documents(collection).advance_revisions([doc_id])


async def _write(documents: Documents, mended: Document | None, kept: Document | None) -> None:
    if mended is not None:
        await documents.save(mended)
    elif kept is not None:
        await documents.remove(kept)
