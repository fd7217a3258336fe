"""`audit verify` against a running stack, or against its databases alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.audit import HeadPublished
from shared.contracts.topics import HEADS, UnreadableRecord
from shared.runtime.audit.hash_chain import ChainFault, Checker, Head
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database
from shared.runtime.settings import ServiceSettings


@dataclass(frozen=True)
class ChainReport:
    """The check of a service's chain.

    ``entries`` counts the intact entries and ``head`` is the last of them; ``published`` is the newest published head;
    ``bad`` is the first fault, None if the chain is intact.
    """

    service: str
    entries: int
    head: Head
    published: Head | None
    bad: ChainFault | None


async def published_heads(kafka: str) -> dict[str, list[Head]]:
    """Every head that the topic still holds, by service. Raises ``KafkaError`` if there is no such topic."""
    heads: dict[str, list[Head]] = {}
    async for record in read_all(kafka, [HEADS.name], ServiceSettings().kafka_login):
        try:
            event = HEADS.parse(record.value)
        except UnreadableRecord:
            continue
        if isinstance(event, HeadPublished):
            heads.setdefault(event.data.service, []).append(Head(event.data.n, event.data.hash))
    return heads


async def check_chains(
    mongo: str,
    services: Sequence[str],
    published: Mapping[str, Sequence[Head]],
    printed_head: Head | None = None,
    prefix: str = "thidua_",
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[ChainReport]:
    """Check chains against the published heads, and against one read from paper. A check stops at the first fault."""
    reports: list[ChainReport] = []
    total = 0
    for service in services:
        heads = published.get(service, ())
        checker = Checker([*heads, *([printed_head] if printed_head else [])])
        database = Database(mongo, prefix + service)
        bad = None
        try:
            async for entry in Audit(database, service, SystemClock()).entries():
                if bad := checker.check(entry):
                    break
                total += 1
                on_progress(total)
        finally:
            await database.close()
        newest = max(heads, key=lambda head: head.n, default=None)
        reports.append(ChainReport(service, checker.head.n, checker.head, newest, bad or checker.end()))
    return reports
