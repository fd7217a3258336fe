"""`rebuild`: recompute a service's derived documents from the first event, compare, and repair them on request.

The fresh projection is a database of its own, ``<prefix><service>_rebuilt``. The live database is compared with it
while its service runs, so a difference counts only if two comparisons in a row find it on the same revision. Repairing
writes document by document over the revision that was compared: a document that the service wrote meanwhile is not
overwritten, and a service that holds an older one in memory fails at its next write and reads again. The repair is
entered in the service's audit chain before anything is written.
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
from shared.contracts.topics import SERVICES, SIGN_OUTS, UnreadableRecord, consumed_by, topic_named
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import DrivenClock, SystemClock
from shared.runtime.derived_state import Derived, Rebuilt
from shared.runtime.kafka.clients import Admin
from shared.runtime.kafka.records import DecodedRecord
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database, Document, Documents, VersionConflict
from shared.runtime.settings import ServiceSettings

Rebuildable = Literal["scoring", "council", "notify"]
"""Every service but intake, from whose documents the others are rebuilt."""

_PROJECTIONS: Final[dict[Rebuildable, Callable[[Database, datetime], Rebuilt]]] = {
    "scoring": RebuiltScoring,
    "council": RebuiltCouncil,
    "notify": RebuiltNotify,
}
_PENDING: Final = {"pending": True}
_MARK: Final = "made_by_rebuild"
"""The collection that makes a database of a fresh projection ours."""

_BATCH_SIZE = 500
_MAX_COMPARISONS = 6
_PAUSE_SECONDS = 1.0
_PUBLISH_SECONDS = 30.0


class NotAllPublished(RuntimeError):
    """A producer has not published everything it owns to this broker, so a replay would be incomplete."""


class NotRebuilt(RuntimeError):
    """The database in which the fresh projection would be made holds something that we did not put there."""


class ComparisonUnstable(RuntimeError):
    """The service writes the documents without pause, so no two comparisons agreed."""


@dataclass(frozen=True, slots=True)
class FactDifference:
    """A fact on which the live and the recomputed document differ.

    None stands for a missing fact; ``rev`` is the live document's revision, None if there is no such document.
    """

    collection: str
    document: str
    rev: int | None
    fact: str
    kept: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.collection} {self.document}, {self.fact}: đang giữ {self.kept}, tính lại {self.recomputed}"


@dataclass
class RebuildResult:
    """The outcome of a rebuild.

    ``records`` were read, of which ``unreadable`` could not be parsed and ``unknown`` name a plan or register that is
    not there. ``documents`` counts the live documents compared, by collection. ``differences`` remain, ``mended`` were
    repaired.
    """

    service: Rebuildable
    records: int = 0
    unreadable: int = 0
    unknown: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    differences: list[FactDifference] = field(default_factory=list)
    mended: list[FactDifference] = field(default_factory=list)


async def rebuild(
    service: Rebuildable,
    kafka: str,
    mongo: str,
    *,
    swap: bool = False,
    prefix: str = "thidua_",
    on_progress: Callable[[int], None] = lambda _: None,
) -> RebuildResult:
    """Recompute a service's derived documents and compare; with ``swap``, write what differs over the live ones.

    The fresh database is dropped if nothing differs or everything was repaired, and kept for inspection otherwise.
    Raises ``NotAllPublished``, ``NotRebuilt``, ``ComparisonUnstable`` if what differs changes with every comparison.
    """
    driver = ServiceSettings().mongo_driver
    live, fresh = (Database(mongo, prefix + name, driver) for name in (service, f"{service}_rebuilt"))
    result = RebuildResult(service)
    try:
        await _wait_all_published(
            service, kafka, {name: Database(mongo, prefix + name, driver) for name in _producers(service)}
        )
        await _empty(fresh, prefix + f"{service}_rebuilt", await live.collections())
        now = await _now(live)
        rebuilt = _PROJECTIONS[service](fresh, now)
        await rebuilt.prepare()
        previous: dict[tuple[str, str, str], FactDifference] = {}
        for _ in range(_MAX_COMPARISONS):
            await _replay(rebuilt, kafka, result, on_progress)
            await rebuilt.finish(live)
            pairs = await _pairs(rebuilt.derived, live, fresh)
            result.documents = {
                derived.collection: sum(kept is not None for kept, _ in documents)
                for derived, documents in pairs.items()
            }
            current = {(diff.collection, diff.document, diff.fact): diff for diff in _differences(pairs)}
            result.differences = [diff for place, diff in current.items() if previous.get(place) == diff]
            previous = current
            if not current:
                await fresh.drop()
                return result
            if result.differences and not swap:
                return result
            if not result.differences:
                await asyncio.sleep(_PAUSE_SECONDS)  # events on their way will be there at the next comparison
            with suppress(VersionConflict):  # the service wrote meanwhile; the next comparison reads its document
                await _repair(pairs, result, live, now)
        raise ComparisonUnstable(f"{len({place[:2] for place in previous})} tài liệu thay đổi giữa các lần so sánh.")
    finally:
        await live.close()
        await fresh.close()


async def _empty(fresh: Database, name: str, of_service: Sequence[str]) -> None:
    """Empty a database that is ours and mark it. Older releases did not mark it; theirs has those ``of_service``."""
    collections = {*await fresh.collections()}
    if collections and _MARK not in collections and not collections <= {*of_service}:
        raise NotRebuilt(f"cơ sở dữ liệu {name} có dữ liệu không phải do thidua rebuild tạo ra nên không bị xóa.")
    await fresh.drop()
    await fresh.documents(_MARK).save({"_id": "rebuilt", "unsent": []})


async def _now(live: Database) -> datetime:
    """The instant up to which the service has done its timed work, which its documents reflect."""
    kept = await live.documents("state").get("clock")
    return datetime.fromisoformat(kept["now"]) if kept else SystemClock().now()


def _producers(service: Rebuildable) -> list[str]:
    return sorted({topic.producer for topic in consumed_by(service)} & {*SERVICES})


async def _wait_all_published(service: Rebuildable, kafka: str, producers: Mapping[str, Database]) -> None:
    """Wait until all producers of the service's topics have published everything; the broker may have just started.

    Raises ``NotAllPublished`` after ``_PUBLISH_SECONDS``.
    """
    admin = Admin(kafka, 1, ServiceSettings().kafka_login)
    deadline = asyncio.get_running_loop().time() + _PUBLISH_SECONDS

    async def wait_until_none(is_late: Callable[[str], Awaitable[bool]]) -> None:
        while names := [name for name in producers if await is_late(name)]:
            if asyncio.get_running_loop().time() > deadline:
                raise NotAllPublished(f"{', '.join(names)} chưa công bố hết lên Kafka này; có đang chạy không?")
            await asyncio.sleep(0.2)

    try:
        cluster = await admin.cluster_id()

        async def knows_other_broker(name: str) -> bool:
            return (await producers[name].documents("state").get("broker") or {}).get("cluster") != cluster

        # A producer notes this broker only after it has marked all its documents as unsent.
        await wait_until_none(knows_other_broker)
        unsent = {name: await _unsent(database) for name, database in producers.items()}

        async def has_unsent(name: str) -> bool:
            unsent[name] &= await _unsent(producers[name])
            return bool(unsent[name])

        await wait_until_none(has_unsent)
    finally:
        await admin.stop()
        for database in producers.values():
            await database.close()


async def _unsent(database: Database) -> set[tuple[str, str, int]]:
    """The documents with unsent events: collection, id and revision."""
    collections = sorted({*await database.collections()} - {"audit"})  # audit entries are not published
    docs = [(c, doc) for c in collections for doc in await database.documents(c).find(_PENDING, only=["rev"])]
    return {(collection, str(doc["_id"]), doc["rev"]) for collection, doc in docs}


async def _replay(rebuilt: Rebuilt, kafka: str, result: RebuildResult, on_progress: Callable[[int], None]) -> None:
    """Apply every record of the service's topics, plans and units first, as its consumer does."""
    result.records = result.unreadable = result.unknown = 0
    batch: list[DecodedRecord] = []
    topic = ""

    async def apply_batch() -> None:
        applicable = [decoded for decoded in batch if rebuilt.handler.knows(decoded.event)]
        result.unknown += len(batch) - len(applicable)
        if applicable:
            await rebuilt.handler.apply(applicable)  # what it refuses is among the live dead letters
        batch.clear()

    async for record in read_all(
        kafka, [t.name for t in consumed_by(result.service) if t != SIGN_OUTS], ServiceSettings().kafka_login
    ):
        if len(batch) >= _BATCH_SIZE or record.topic != topic:
            await apply_batch()
        topic = record.topic
        result.records += 1
        on_progress(result.records)
        try:
            batch.append(DecodedRecord(record, topic_named(record.topic).parse(record.value)))
        except UnreadableRecord:
            result.unreadable += 1
    await apply_batch()


Pairs = dict[Derived, list[tuple[Document | None, Document | None]]]
"""By collection, each document as the live database keeps it and as it was recomputed."""


async def _pairs(collections: Sequence[Derived], live: Database, fresh: Database) -> Pairs:
    pairs: Pairs = {}
    for derived in collections:
        kept, recomputed = [await _by_id(database.documents(derived.collection)) for database in (live, fresh)]
        pairs[derived] = [(kept.get(doc_id), recomputed.get(doc_id)) for doc_id in sorted({*kept, *recomputed})]
    return pairs


async def _by_id(documents: Documents) -> dict[str, Document]:
    return {doc["_id"]: doc for doc in await documents.find()}


def _differences(pairs: Pairs) -> Iterator[FactDifference]:
    for derived, documents in pairs.items():
        for live, fresh in documents:
            kept, recomputed = (derived.facts(doc) if doc else {} for doc in (live, fresh))
            doc_id = str((live or fresh or {})["_id"])
            for fact in sorted({*kept, *recomputed}):
                was, now = kept.get(fact), recomputed.get(fact)
                if was != now:
                    yield FactDifference(derived.collection, doc_id, live["rev"] if live else None, fact, was, now)


async def _repair(pairs: Pairs, result: RebuildResult, live: Database, now: datetime) -> None:
    """Write what differs. Raises ``VersionConflict``.

    The revisions of unchanged documents that a process holds in memory together with a repaired one are raised too, so
    that the process reads all of them again.
    """
    unchanged: dict[str, list[tuple[str, str]]] = defaultdict(list)
    repaired_groups: set[str] = set()
    differing = {(diff.collection, diff.document) for diff in result.differences}
    if not differing:
        return
    audit = Audit(live, result.service, DrivenClock(now))
    await audit.append_action(getpass.getuser(), "rebuild", result.service, f"{len(result.differences)} differences")
    try:
        for derived, documents in pairs.items():
            for kept, recomputed in documents:
                doc = kept or recomputed or {}
                place = derived.collection, str(doc["_id"])
                if place in differing:
                    repaired_groups.add(derived.cached_with(doc))
                    await _write(live.documents(derived.collection), derived.repaired(kept, recomputed, now), kept)
                    result.mended += [d for d in result.differences if (d.collection, d.document) == place]
                else:
                    unchanged[derived.cached_with(doc)].append(place)
    finally:
        for collection, doc_id in (place for group in repaired_groups for place in unchanged[group]):
            await live.documents(collection).advance_revisions([doc_id])


async def _write(documents: Documents, mended: Document | None, kept: Document | None) -> None:
    if mended is not None:
        await documents.save(mended)
    elif kept is not None:
        await documents.remove(kept)
