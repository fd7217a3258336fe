"""Unreadable records: each must become a dead letter, with its bytes unchanged, for each consumer of the topic."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from shared.contracts.topics import (
    INBOX,
    JUDGEMENTS,
    MAX_MESSAGE_BYTES,
    RECEIPTS,
    RESULTS,
    SERVICES,
    Service,
    consumed_by,
)
from shared.runtime.outbox import Outgoing
from tests.live.chaos.agencies import Agencies
from tests.live.chaos.arena import Arena
from tests.live.chaos.plans import agencies

FORM_MARKER: Final = b"poison-"
"""The prefix of the key of every poisonous record."""

Headers = tuple[tuple[str, bytes | None], ...]


def topics() -> dict[str, tuple[Service, ...]]:
    """The topics that are poisoned, and the services that consume each."""
    named: dict[str, tuple[Service, ...]] = {INBOX.of(agency): ("intake",) for agency in agencies()}
    for topic in (RESULTS, RECEIPTS, JUDGEMENTS):
        named[topic.name] = tuple(service for service in SERVICES if topic in consumed_by(service))
    return named


@dataclass
class Poison:
    """Makes unreadable records, and records the value of each by its key."""

    seed: int
    injected: dict[bytes, bytes | None] = field(default_factory=dict)
    too_large: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(f"poison {self.seed}")

    def some(self, count: int, *, topic: str | None = None) -> list[Outgoing]:
        """Poisonous records, of every kind in turn."""
        made: list[Outgoing] = []
        for _ in range(count):
            number = len(self.injected)
            key = FORM_MARKER + str(number).encode()
            value, headers = self._record(number)
            self.injected[key] = value
            made.append(Outgoing(topic or self._rng.choice(list(topics())), key, value, headers))
        return made

    def _record(self, number: int) -> tuple[bytes | None, Headers]:
        mark = f'"thuốc độc số {number}"'.encode()
        kinds: tuple[tuple[bytes | None, Headers], ...] = (
            (b"{" + mark, ()),
            (b'{"specversion":"1.0","type":"no.such.event","id":' + mark + b"}", ()),
            (None, ()),
            (mark + b"\xff\xfe\x00", ()),
            (b"", (("trace", None),)),
            (b"[" + mark + b"]", (("trace", b"\xff"), ("", None))),
            (b"[" * 100_000 + mark, ()),
            (mark + self._rng.randbytes(MAX_MESSAGE_BYTES - 2_000), ()),
        )
        return kinds[number % len(kinds)]

    async def offer_too_large(self, arena: Arena) -> None:
        """Send a record above every size limit; a real Kafka refuses it, the embedded broker may accept it."""
        key = FORM_MARKER + str(len(self.injected)).encode()
        value = self._rng.randbytes(MAX_MESSAGE_BYTES + 40_000)
        producer = AIOKafkaProducer(
            bootstrap_servers=arena.kafka, acks="all", max_request_size=2 * MAX_MESSAGE_BYTES, **arena.login.client()
        )
        await producer.start()
        try:
            await producer.send_and_wait(self._rng.choice(list(topics())), value, key=key)
            self.injected[key] = value
        except MessageSizeTooLargeError:
            self.too_large += 1
        finally:
            await producer.stop()


async def spread(poison: Poison, agencies: Agencies, count: int, *, topic: str | None = None) -> None:
    """Publish unreadable records on the topics."""
    await agencies.put(poison.some(count, topic=topic))
