"""The consumer on a real database, and on a real broker where broker behaviour is tested."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence

import pytest
from aiokafka import TopicPartition

from deploy.stack.embedded import Stack
from services.scoring.app import build
from services.scoring.handlers import Scoring
from services.scoring.settings import ScoringSettings
from shared.contracts.council import JudgementMade
from shared.contracts.topics import DLQ, JUDGEMENTS, RESULTS
from shared.runtime.app import Service
from shared.runtime.kafka.clients import Producer
from shared.runtime.kafka.records import DecodedRecord, Record, Refused
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing
from shared.runtime.sign_in_handler import SignInHandler
from tests.support.figures import as_decoded, content
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import (
    KEY,
    Applying,
    reference_messages,
    results_event,
    running,
    scoring,
    service_with,
    settings,
    wait_for_document,
)
from tests.support.waiting import until

_LOOKS = 3


async def test_events_wait_for_the_plan_they_name_and_are_applied_when_it_comes(
    servers: Stack, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that names an unknown plan pauses its partition and is not a dead letter.

    The arrival of the plan resumes the partition; the periodic retry is not needed.
    """
    service = scoring(servers, kafka)
    monkeypatch.setattr(service.consumer, "retry_paused", _never)
    event = results_event()
    async with running(service):
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), event.encode())])
        await until(lambda: any(not why.bug for why in service.consumer.paused.values()))
        unready_while_waiting = [why for why in await service.unready() if "parked" in why]
        kafka.publish(reference_messages())
        await wait_for_document(service, "boards", f"{KEY}/cai-cach-hanh-chinh/so/0")
        assert unready_while_waiting == []
        assert await service.dead_letters.documents.count() == 0
        await service._database.drop()


async def _never() -> None:
    """Disable the periodic retry of paused partitions."""


async def test_deferred_verdicts_are_computed_when_no_batch_follows(servers: Stack, kafka: MemoryKafka) -> None:
    """A service that is catching up computes them by itself and removes the note of pending work from its database."""
    service = scoring(servers, kafka)
    async with running(service):
        handler = _always_behind(service)
        kafka.publish([*reference_messages(), Outgoing(RESULTS.name, KEY.encode(), results_event().encode())])
        await wait_for_document(service, "eligibility", f"{KEY}/summary")
        await until(lambda: not handler.pending_recompute.is_set())
        assert await service._database.documents("owed").count() == 0
        await service._database.drop()


async def test_a_service_whose_deferred_work_fails_is_not_ready(
    servers: Stack, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in deferred work pauses no partition, so readiness has to report it."""
    service = scoring(servers, kafka)

    async def bug() -> None:
        raise ZeroDivisionError

    async with running(service):
        handler = _always_behind(service)
        monkeypatch.setattr(handler, "recompute_pending", bug)
        kafka.publish([*reference_messages(), Outgoing(RESULTS.name, KEY.encode(), results_event().encode())])
        await until(lambda: service._deferred_worker is not None and service._deferred_worker.failing)
        assert "deferred work fails: a bug" in await service.unready()
        assert (await service.progress()).lag
        await service._database.drop()


def _always_behind(service: Service) -> Scoring:
    wrapped = service.consumer.handler
    assert isinstance(wrapped, SignInHandler)
    handler = wrapped._handler
    assert isinstance(handler, Scoring)
    handler._not_before = math.inf
    return handler


class Fragile(Applying):
    """A handler with a bug: it fails on judgements and applies everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0

    async def apply(self, records: Sequence[DecodedRecord]) -> list[Refused]:
        if any(isinstance(record.event, JudgementMade) for record in records):
            self.attempts += 1
            raise ZeroDivisionError
        return await super().apply(records)


async def test_a_bug_stops_only_its_own_partition_after_three_attempts_and_the_service_is_not_ready(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Other partitions go on, the record stays uncommitted, and the attempts end."""
    handler = Fragile()
    service = service_with(handler, servers, RESULTS.name, JUDGEMENTS.name, kafka=kafka)
    judgement = JudgementMade.model_validate_json(_judgement())
    async with running(service):
        kafka.publish([Outgoing(JUDGEMENTS.name, KEY.encode(), judgement.encode())])
        await until(lambda: any(why.bug for why in service.consumer.paused.values()))
        neighbour = results_event("91")
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), neighbour.encode())])
        await until(lambda: content(as_decoded(neighbour)) in map(content, handler.applied))
        attempts = handler.attempts
        for _ in range(_LOOKS):  # the service itself retries once a second
            await service.consumer.retry_paused()
        again = results_event("92")
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), again.encode())])
        await until(lambda: content(as_decoded(again)) in map(content, handler.applied))
        assert handler.attempts == attempts <= 6
        assert any("bug" in why for why in await service.unready())
        lag = await service.consumer.lag()
        assert lag is not None
        assert lag >= 1
        (partition,) = service.consumer.paused
        assert await service.consumer.subscriber.consumer.committed(TopicPartition(*partition)) in (0, None)
        await service._database.drop()


class Unlucky(Fragile):
    """A handler whose database is unreachable."""

    async def apply(self, records: Sequence[DecodedRecord]) -> list[Refused]:
        self.attempts += 1
        raise ConnectionResetError


async def test_records_behind_an_outage_longer_than_the_retries_are_read_again_and_not_reported_as_a_bug(
    servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage of minutes must not pause a partition for good: the exception makes the batch be read again."""
    monkeypatch.setattr("shared.runtime.consumer.attempts._MAX_RETRY_SECONDS", 0.2)
    handler = Unlucky()
    service = service_with(handler, servers, RESULTS.name)
    record = Record("", RESULTS.name, 0, 0, KEY.encode(), results_event().encode(), ())
    with pytest.raises(ConnectionResetError):
        await service.consumer.handle(await service.consumer.wrap((record,)))
    assert handler.attempts > 1
    assert service.consumer.paused == {}
    await service._database.close()


def _judgement() -> bytes:
    return (
        b'{"id":"j-1","type":"judgement.made","source":"test","time":"2023-12-20T00:00:00Z","subject":"'
        + KEY.encode()
        + b'","data":{"movement":"trach-nhiem-ky-cuong-2023","plan":{"province":"thai-binh","id":"46-kh-ubnd-2023",'
        b'"version":1},"register_version":1,"tier":"so","page":0,"unit":"so-noi-vu","criterion":"hoan-thanh-xuat-sac",'
        b'"verdict":"PASS","reason":"h","by":"c","at":"2023-12-20T00:00:00Z","version":1}}'
    )


async def test_figures_by_an_agency_that_may_not_report_them_are_dead_letters(servers: Stack) -> None:
    """Scoring checks the authority again. The refused record is stored with its bytes, and the next one is applied."""
    service = build(ScoringSettings.model_validate(settings(servers)))
    producer = Producer(servers.kafka, idempotent=False)
    good = results_event("92")
    breach = good.model_copy(
        update={"id": "breach", "data": good.data.model_copy(update={"reported_by": "so-tttt", "version": 9})}
    )
    async with running(service):
        await producer(reference_messages())
        await producer([Outgoing(RESULTS.name, KEY.encode(), event.encode()) for event in (breach, good)])

        async def own_dead_letters() -> list[Document]:  # other tests publish unreadable records to this topic
            kept = await service.dead_letters.documents.find({"pending": False})
            return [dead_letter for dead_letter in kept if bytes(dead_letter["value"] or b"") == breach.encode()]

        (dead_letter,) = await until(own_dead_letters)
        assert "may not report OB06" in dead_letter["reason"]
        await wait_for_document(service, "boards", f"{KEY}/cai-cach-hanh-chinh/so/0")
        twin = [record.value async for record in read_all(servers.kafka, [RESULTS.name + DLQ])]
        assert breach.encode() in twin
        await service._database.drop()
    await producer.stop()


async def test_a_service_that_has_not_read_the_whole_log_starts_from_the_beginning_even_after_a_crash(
    servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group committed offsets with another database. This one recorded the broker and then crashed unread.

    It reports a lag until it has applied the log; the offsets that the group committed do not count.
    """
    producer = Producer(servers.kafka, idempotent=False)
    await producer([*reference_messages(), Outgoing(RESULTS.name, KEY.encode(), results_event("93").encode())])
    await producer.stop()
    board = f"{KEY}/cai-cach-hanh-chinh/so/0"

    first = build(ScoringSettings.model_validate(settings(servers)))
    async with running(first):
        await wait_for_document(first, "boards", board)
        await wait_for_document(first, "state", "broker", read_through=True)
        await first._database.drop()

    second = build(ScoringSettings.model_validate(settings(servers)))
    note = {"_id": "broker", "cluster": servers.cluster_id, "read_through": False, "unsent": []}
    await second._database.documents("state").save(note)
    release = _delay_apply(second, monkeypatch)
    async with running(second):
        assert await _first_known_lag(second) > 0, "the log counted as read before anything was applied"
        release.set()
        await wait_for_document(second, "boards", board)
        await wait_for_document(second, "state", "broker", read_through=True)
        await second._database.drop()


def _delay_apply(service: Service, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Delay every batch until the returned event is set."""
    released, apply = asyncio.Event(), service.consumer.handler.apply

    async def apply_when_released(records: Sequence[DecodedRecord]) -> Iterable[Refused]:
        await released.wait()
        return await apply(records)

    monkeypatch.setattr(service.consumer.handler, "apply", apply_when_released)
    return released


async def _first_known_lag(service: Service) -> int:
    """The first lag that is a number, in records. Raises ``TimeoutError``."""
    for _ in range(1500):
        if (lag := await service.consumer.lag()) is not None:
            return lag
        await asyncio.sleep(0.02)
    raise TimeoutError("no partition was assigned")


pytestmark = pytest.mark.timeout(120)
