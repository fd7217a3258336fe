"""`audit verify` against a running stack, or against what is left of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.audit import HeadPublished
from shared.contracts.topics import HEADS, Unreadable
from shared.runtime.audit.hash_chain import ChainFault, Checker, Head
from shared.runtime.audit.trail import Audit
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database
from shared.runtime.settings import ServiceSettings


@dataclass(frozen=True)
class Checked:
    """A service's chain: its entries, its last one as far as it is whole, the newest head published, what is wrong."""

    service: str
    entries: int
    head: Head
    published: Head | None
    bad: ChainFault | None


async def published_heads(kafka: str) -> dict[str, list[Head]]:
    """Every head that is on the topic still, by service. Raises ``KafkaError`` where there is no such topic."""
    found: dict[str, list[Head]] = {}
    async for record in read_all(kafka, [HEADS.name], ServiceSettings().kafka_login):
        try:
            event = HEADS.parse(record.value)
        except Unreadable:
            continue
        if isinstance(event, HeadPublished):
            found.setdefault(event.data.service, []).append(Head(event.data.n, event.data.hash))
    return found


async def check(
    mongo: str,
    services: Sequence[str],
    published: Mapping[str, Sequence[Head]],
    by_hand: Head | None = None,
    prefix: str = "thidua_",
    seen: Callable[[int], None] = lambda _: None,
) -> list[Checked]:
    """Check chains against the heads read before, and against one given by hand. Each chain ends at its first fault."""
    checked: list[Checked] = []
    total = 0
    for service in services:
        heads = published.get(service, ())
        checker = Checker([*heads, *([by_hand] if by_hand else [])])
        database = Database(mongo, prefix + service)
        bad = None
        try:
            async for entry in Audit(database, service, SystemClock()).entries():
                if bad := checker.check(entry):
                    break
                total += 1
                seen(total)
        finally:
            await database.close()
        newest = max(heads, key=lambda head: head.n, default=None)
        checked.append(Checked(service, checker.head.n, checker.head, newest, bad or checker.end()))
    return checked
