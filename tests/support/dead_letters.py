"""A handler that refuses records, the operator's view of dead letters, and waits for their states."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from deploy.maintenance.dead_letters import DeadLetter, DeadLetterAdmin
from deploy.stack.embedded import Stack
from shared.contracts.topics import INBOX
from shared.runtime.app import Service
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.outbox import Outgoing
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import Applying
from tests.support.waiting import until

POISON = b"{not json"


class Deployment(Applying):
    """A handler that refuses every record of one topic until ``refuses`` is cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses = ""

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        await super().apply(
            [decoded_record for decoded_record in decoded if decoded_record.record.topic != self.refuses]
        )
        return [
            Refused(decoded_record.record, "a bad deployment")
            for decoded_record in decoded
            if decoded_record.record.topic == self.refuses
        ]


def report(name: str) -> bytes:
    return (
        f'{{"specversion":"1.0","id":"{name}","type":"report.submitted","source":"t",'
        f'"time":"2023-12-01T00:00:00Z","subject":"{name}","data":{{}}}}'
    ).encode()


def own_topic(kafka: MemoryKafka) -> str:
    """The name of a new inbox topic that no other test uses."""
    code = f"t{uuid4().hex[:12]}"
    kafka.create_topics([code])
    return INBOX.of(code)


def publish(kafka: MemoryKafka, topic: str, *values: bytes, headers: tuple[tuple[str, bytes | None], ...] = ()) -> None:
    kafka.publish([Outgoing(topic, b"key", value, headers) for value in values])


def admin_of(servers: Stack, service: Service) -> DeadLetterAdmin:
    return DeadLetterAdmin(servers.mongo, service._database._db.name.removesuffix(service.name))


async def dead_letters(admin: DeadLetterAdmin, service: Service, count: int) -> list[DeadLetter]:
    """Wait until a service has ``count`` dead letters, and return them. Raises ``TimeoutError``."""

    async def enough() -> list[DeadLetter]:
        stored = await admin.find_all([service.name])
        return stored if len(stored) >= count else []

    stored = await until(enough, f"{count} letters")
    assert len(stored) == count
    return stored


async def wait_for_state(admin: DeadLetterAdmin, dead_letter: DeadLetter, state: str) -> DeadLetter:
    """Wait until a dead letter is in a state, and return it. Raises ``TimeoutError``."""

    async def in_that_state() -> DeadLetter | None:
        current = await admin.find(dead_letter.id)
        assert current is not None
        return current if current.state == state else None

    current = await until(in_that_state, f"{dead_letter.id} being {state}")
    assert current is not None
    return current
