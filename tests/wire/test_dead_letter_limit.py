"""Too many dead letters pause a partition: on a real database, and once on a real broker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pytest

from deploy.maintenance.dead_letters import DeadLetterAdmin
from deploy.stack.embedded import Stack
from shared.contracts.topics import INBOX, RESULTS
from shared.runtime.app import Service
from shared.runtime.dead_letters.limiter import allow_dead_letters
from shared.runtime.dead_letters.state import origin
from shared.runtime.kafka.clients import Admin, Producer
from shared.runtime.kafka.records import Record, Refused
from shared.runtime.outbox import Outgoing
from tests.support.dead_letters import POISON, Deployment, admin_of, dead_letters, own_topic, publish, report
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import NOW, caught_up, running, service_with
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)


@dataclass
class Topics:
    """Two inbox topics on a broker: the embedded broker if ``memory`` is None."""

    servers: Stack
    memory: MemoryKafka | None
    one: str
    other: str

    @classmethod
    async def create(cls, servers: Stack, memory: MemoryKafka | None) -> Topics:
        codes = [f"t{uuid4().hex[:12]}" for _ in range(2)]
        if memory is not None:
            memory.create_topics(codes)
        else:
            admin = Admin(servers.kafka, 1)
            await admin.create_topics(codes)
            await admin.stop()
        return cls(servers, memory, *map(INBOX.of, codes))

    async def publish(self, topic: str, *values: bytes) -> None:
        messages = [Outgoing(topic, b"key", value) for value in values]
        if self.memory is not None:
            self.memory.publish(messages)
            return
        producer = Producer(self.servers.kafka, idempotent=False)
        await producer(messages)
        await producer.stop()

    async def allow(self, dead_letter_admin: DeadLetterAdmin, service: Service) -> dict[int, int]:
        """Let every present record of the first topic become a dead letter; return the end offset per partition."""
        if self.memory is None:
            return await dead_letter_admin.allow(self.servers.kafka, service.name, self.one, "an", "đã xem")
        allowed, end = service._database.documents("letters_allowed"), len(self.memory.records(self.one))
        await allow_dead_letters(allowed, origin(self.memory.cluster, self.one, 0), end, "an", "đã xem", NOW)
        return {0: end}


@pytest.mark.parametrize(("kind", "real"), [("unreadable", True), ("refused", False)])
async def test_a_partition_pauses_at_the_limit_loses_nothing_and_resumes_when_allowed(
    servers: Stack, kafka: MemoryKafka, kind: str, real: bool
) -> None:
    """It is paused after fifty dead letters. Other partitions go on; later records are neither applied nor stored."""
    topics, handler = await Topics.create(servers, None if real else kafka), Deployment()
    topic, other = topics.one, topics.other
    service = service_with(handler, servers, topic, other, kafka=topics.memory)
    dead_letter_admin = admin_of(servers, service)
    many = [report(f"r-{n}") if kind == "refused" else POISON for n in range(60)]
    handler.refuses = topic if kind == "refused" else ""
    async with running(service):
        await topics.publish(topic, *many, report("behind"))
        await until(lambda: service.consumer.paused)
        (why,) = service.consumer.paused.values()
        assert why.limit
        assert "more than 50 dead letters in a row" in why.reason
        assert f"thidua dlq allow {service.name} {topic}" in why.reason
        assert await service.unready() == []  # one agency's inbox must not stop intake for all agencies
        assert (await service.progress()).parked == [f"{topic}/0: {why.reason}"]
        for attempt in range(1, 4):  # the service itself retries once a second
            await service.consumer.retry_paused()
            await topics.publish(other, report(f"elsewhere-{attempt}"))
            await until(lambda: len(handler.ids) == attempt)  # noqa: B023 - awaited within the same iteration
        assert len(await dead_letters(dead_letter_admin, service, 50)) == 50
        assert handler.ids == ["elsewhere-1", "elsewhere-2", "elsewhere-3"]
        assert service.consumer.offsets.handled[topic, 0] == 50

        assert await topics.allow(dead_letter_admin, service) == {0: 61}
        await until(lambda: not service.consumer.paused)
        if kind == "unreadable":
            await dead_letters(dead_letter_admin, service, 60)
            await until(lambda: handler.ids[3:] == ["behind"])
        else:
            await dead_letters(dead_letter_admin, service, 61)
        await caught_up(service)
        before = service.consumer.consumed
        service.consumer.reset_offsets(service.consumer.log_id)  # read the whole log again from the start
        await until(lambda: service.consumer.consumed >= before + 64)
        assert service.consumer.paused == {}
        assert await service.dead_letters.documents.count() == (60 if kind == "unreadable" else 61)
        await service._database.drop()


async def test_a_service_paused_by_dead_letters_of_another_service_is_not_ready(servers: Stack) -> None:
    """One of the two services is a bad deployment, so the rolling restart must not continue."""
    service = service_with(Deployment(), servers, RESULTS.name)
    for topic in (RESULTS.name, INBOX.of("so-noi-vu")):
        service.consumer.paused_partitions.pause(Record("log", topic, 2, 7, None, None, ()), "too many", limit=True)
    assert service.consumer.paused_partitions.blocking() == [f"paused by too many dead letters: {RESULTS.name}/2"]
    assert service.metrics.registry.get_sample_value("thidua_paused_partitions", {"reason": "dead_letters"}) == 2
    await service._database.close()


async def test_a_restart_keeps_the_count_and_discarded_dead_letters_no_longer_count(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Repeated restarts do not drain the topic into dead letters; once all are discarded, the service reads on.

    This also holds if it dies before its offsets are committed and reads the same records again.
    """
    topic, handler = own_topic(kafka), Deployment()
    first = service_with(handler, servers, topic, kafka=kafka)
    dead_letter_admin = admin_of(servers, first)
    async with running(first):
        publish(kafka, topic, *[POISON] * 70, report("behind"))
        await until(lambda: bool(first.consumer.paused))
    second = service_with(handler, servers, topic, kafka=kafka, like=first)
    async with running(second):
        await until(lambda: bool(second.consumer.paused))
        for dead_letter in await dead_letters(dead_letter_admin, second, 50):
            await dead_letter_admin.discard(dead_letter, "an", "hỏng từ nơi gửi")
        await until(lambda: "behind" in handler.ids)
        assert len(await dead_letters(dead_letter_admin, second, 70)) == 70
        await second._database.drop()


async def test_dead_letters_of_an_earlier_log_do_not_count_when_their_records_are_published_again(
    servers: Stack,
) -> None:
    """The same bytes in another log are stored, because their place is new, but do not pause the partition.

    The same log read again stops at the same offset: stored records are not counted twice, but they still count.
    """
    service = service_with(Deployment(), servers, RESULTS.name)
    await service.dead_letters.prepare()
    values = [f"{{{n}".encode() for n in range(60)]

    def records(log: str) -> list[Refused]:
        return [Refused(Record(log, RESULTS.name, 0, n, b"k", value, ()), "r") for n, value in enumerate(values)]

    gate, at = service.consumer.limiter, datetime.fromtimestamp(0, NOW.tzinfo)
    assert len((await gate.check(records("one"))).stops) == 1
    await service.dead_letters.store(records("one")[:50], at)
    again = await gate.check(records("one"))
    assert ([record.offset for record, _ in again.stops], len(again.accepted)) == ([50], 50)
    await service.dead_letters.store(records("one"), at)
    weighed = await gate.check(records("two"))
    assert (weighed.stops, len(weighed.exempt)) == ([], 60)
    await service.dead_letters.store(weighed.accepted, at, exempt=weighed.exempt)
    fresh = Record("two", RESULTS.name, 0, 60, b"k", b"new", ())
    assert (await gate.check([Refused(fresh, "r")])).stops == []
    await service._database.drop()
    await service._database.close()
