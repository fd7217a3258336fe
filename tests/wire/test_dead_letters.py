"""Dead letters on a real broker and database: put back, given up, and too many of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import pytest

from deploy.maintenance.dead_letters import DeadLetter, DeadLetterAdmin
from deploy.stack.embedded import Stack
from services.scoring.app import build
from services.scoring.reporting_authority import ReportingAuthority
from services.scoring.settings import ScoringSettings
from services.scoring.store import unpacked
from shared.contracts.model import AnyEvent
from shared.contracts.topics import INBOX, RESULTS
from shared.runtime.app import Service
from shared.runtime.audit.hash_chain import first_fault
from shared.runtime.dead_letters.state import REPLAY, ActionNotAllowed, state_of
from shared.runtime.kafka.clients import Admin, Producer
from shared.runtime.kafka.records import DecodedRecord, Record, Refused
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing
from tests.support.one_service import KEY, NOW, around, found_in, results_event, running, settings, until
from tests.wire.test_consuming import reference_messages

pytestmark = pytest.mark.timeout(180)
POISON = b"{not json"


class Deployment:
    """A handler that refuses everything from one topic, until it is mended."""

    def __init__(self) -> None:
        self.refuses = ""
        self.applied: list[str] = []

    async def refresh(self) -> None:
        """Nothing to read."""

    def knows(self, event: AnyEvent) -> bool:
        return True

    async def apply(self, heard: Sequence[DecodedRecord]) -> list[Refused]:
        self.applied += [each.event.id for each in heard if each.record.topic != self.refuses]
        return [Refused(each.record, "a bad deployment") for each in heard if each.record.topic == self.refuses]


def report(name: str) -> bytes:
    return (
        f'{{"specversion":"1.0","id":"{name}","type":"report.submitted","source":"t",'
        f'"time":"2023-12-01T00:00:00Z","subject":"{name}","data":{{}}}}'
    ).encode()


async def own_topic(servers: Stack) -> str:
    """A topic nobody else uses."""
    code = f"t{uuid4().hex[:12]}"
    admin = Admin(servers.kafka, 1)
    await admin.create_topics([code])
    await admin.stop()
    return INBOX.of(code)


async def say(servers: Stack, topic: str, *values: bytes, headers: tuple[tuple[str, bytes | None], ...] = ()) -> None:
    producer = Producer(servers.kafka, idempotent=False)
    await producer([Outgoing(topic, b"key", value, headers) for value in values])
    await producer.stop()


def desk_of(servers: Stack, service: Service) -> DeadLetterAdmin:
    return DeadLetterAdmin(servers.mongo, service._database._db.name.removesuffix(service.name))


async def dead_letters(desk: DeadLetterAdmin, service: Service, count: int) -> list[DeadLetter]:
    """Wait for so many letters."""
    for _ in range(1500):
        if len(found := await desk.all([service.name])) >= count:
            assert len(found) == count
            return found
        await asyncio.sleep(0.02)
    raise TimeoutError(f"no {count} letters")


async def stands(desk: DeadLetterAdmin, letter: DeadLetter, state: str) -> DeadLetter:
    """Wait until a letter stands so."""
    for _ in range(1500):
        found = await desk.one(letter.id)
        assert found is not None
        if state_of(found.doc) == state:
            return found
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{letter.id} is not {state}")


async def test_a_record_refused_because_of_a_bug_is_applied_when_put_back_and_a_second_time_changes_nothing(
    servers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes, key and headers on the same topic; who wanted it and why is in the audit chain."""
    service = build(ScoringSettings.model_validate(settings(servers)))
    desk, first, board = desk_of(servers, service), results_event("64.01"), f"{KEY}/cai-cach-hanh-chinh/so/0"
    # A version that is news also where other tests have reported the same unit on this topic.
    event = first.model_copy(update={"data": first.data.model_copy(update={"version": 50})})
    async with running(service):
        producer = Producer(servers.kafka, idempotent=False)
        await producer(reference_messages())
        monkeypatch.setattr(ReportingAuthority, "violation", lambda _, data: "a bug" if data.version == 50 else None)
        header = (("trace", b"\xff"), ("empty", None))
        await producer([Outgoing(RESULTS.name, KEY.encode(), event.encode(), header)])
        await producer.stop()
        (letter,) = await dead_letters(desk, service, 1)
        monkeypatch.undo()

        await desk.put_back(letter, "an", "đã sửa lỗi")
        (said,) = await desk.said([letter], 30)
        assert state_of(said.doc) == "replayed"
        await found_in(service, "boards", board)
        unit = event.data.rows[0].unit
        for _ in range(1500):
            kept = await service._database.documents("boards").get(board)
            if kept and json.loads(unpacked(kept["rows"])).get(unit, {}).get("event") == event.id:
                break
            await asyncio.sleep(0.02)
        else:
            raise TimeoutError("not applied")

        consumed = service.consumer.consumed
        await desk.put_back(letter, "an", "cho chắc")
        await desk.said([letter], 30)
        await until(lambda: service.consumer.consumed > consumed)
        after = await service._database.documents("boards").get(board)
        assert after is not None
        assert (after["rows"], after["version"]) == (kept["rows"], kept["version"])
        put_back = [r async for r in read_all(servers.kafka, [RESULTS.name]) if dict(r.headers).get(REPLAY)]
        assert [(r.key, r.value) for r in put_back] == [(KEY.encode(), event.encode())] * 2
        assert [r.headers for r in put_back] == [
            (*header, (REPLAY, f"{letter.doc['_id']}#{n}".encode())) for n in (1, 2)
        ]
        assert await service.dead_letters.documents.count() == 1
        entries = [entry async for entry in service.audit.entries()]
        assert first_fault(entries) is None
        acts = [(e["actor"], e["verb"], e["object"], e["reason"]) for e in entries if e["what"] == "act"]
        what = ("replay a dead letter", letter.doc["_id"])
        assert acts == [("an", *what, "đã sửa lỗi"), ("an", *what, "cho chắc")]
        await service._database.drop()


async def test_a_letter_that_fails_again_is_the_same_letter_and_after_three_tries_can_only_be_given_up(
    servers: Stack,
) -> None:
    """Each try says what came of it, also where it was said twice; one given up stays, and is never put back."""
    topic, handler = await own_topic(servers), Deployment()
    service = around(handler, servers, topic)
    desk = desk_of(servers, service)
    async with running(service):
        await say(servers, topic, POISON, report("neighbour"))
        (letter,) = await dead_letters(desk, service, 1)
        for n in (1, 2, 3):
            await desk.put_back(letter, "an", f"lần {n}")
            await stands(desk, letter, "failed again")
        consumed = service.consumer.consumed
        await service.dead_letters.documents.republish(
            letter.doc["_id"], ["replay"]
        )  # a relay that died after publishing
        service.outbox.handover.wake()
        await until(lambda: service.consumer.consumed > consumed)
        with pytest.raises(ActionNotAllowed, match="3 lần"):
            await desk.put_back(letter, "an", "lần 4")
        (kept,) = await dead_letters(desk, service, 1)
        assert [(each["reason"], each["failed"]["reason"][:9]) for each in kept.doc["tries"]] == [
            (f"lần {n}", "1 errors,") for n in (1, 2, 3)
        ]
        await desk.discard(letter, "bình", "không đọc được")
        for act in (desk.put_back, desk.discard):
            with pytest.raises(ActionNotAllowed, match="loại bỏ"):
                await act(letter, "an", "nữa")
        whole = await stands(desk, letter, "discarded")
        assert (whole.doc["value"], whole.doc["discarded"]["actor"]) == (POISON, "bình")
        assert handler.applied == ["neighbour"]
        await service._database.drop()


async def test_what_is_wanted_while_the_service_is_away_is_put_back_when_it_comes(servers: Stack) -> None:
    """The wish is in the database before anything is said; a crash in between loses nothing."""
    topic, handler = await own_topic(servers), Deployment()
    first = around(handler, servers, topic)
    desk = desk_of(servers, first)
    handler.refuses = topic
    async with running(first):
        await say(servers, topic, report("late"))
        (letter,) = await dead_letters(desk, first, 1)
    await desk.put_back(letter, "an", "đã sửa")
    assert state_of((await desk.said([letter], 0.5))[0].doc) == "replay wanted"
    with pytest.raises(ActionNotAllowed, match="đang chờ"):
        await desk.discard(letter, "an", "thôi")
    handler.refuses = ""
    second = around(handler, servers, topic, like=first)
    async with running(second):
        await until(lambda: handler.applied == ["late"])
        assert await second.dead_letters.documents.count() == 1
        await second._database.drop()


async def test_a_header_that_only_claims_to_be_a_replay_hides_nothing(servers: Stack) -> None:
    """Other bytes, another try, a letter there is not: letters of their own."""
    topic = await own_topic(servers)
    service = around(Deployment(), servers, topic)
    desk = desk_of(servers, service)
    async with running(service):
        await say(servers, topic, POISON)
        (letter,) = await dead_letters(desk, service, 1)
        place = letter.doc["_id"].encode()
        await say(servers, topic, POISON, headers=((REPLAY, place + b"#1"),))  # nobody has put it back
        await dead_letters(desk, service, 2)
        await desk.put_back(letter, "an", "thử")
        await stands(desk, letter, "failed again")
        await say(servers, topic, b"other", headers=((REPLAY, place + b"#1"),))
        await say(servers, topic, POISON, headers=((REPLAY, place + b"#2"),))
        await say(servers, topic, POISON, headers=((REPLAY, b"nowhere#1"),))
        await say(servers, topic, POISON, headers=((REPLAY, b"\xff#x"),))
        assert len(await dead_letters(desk, service, 6)) == 6
        await service._database.drop()


@pytest.mark.parametrize("kind", ["unreadable", "refused"])
async def test_at_the_limit_a_partition_stops_nothing_is_lost_and_it_goes_on_when_let(
    servers: Stack, kind: str
) -> None:
    """Fifty letters, then it is parked; others go on; nothing behind is applied or kept."""
    topic, other, handler = await own_topic(servers), await own_topic(servers), Deployment()
    service = around(handler, servers, topic, other)
    desk = desk_of(servers, service)
    many = [report(f"r-{n}") if kind == "refused" else POISON for n in range(60)]
    handler.refuses = topic if kind == "refused" else ""
    async with running(service):
        await say(servers, topic, *many, report("behind"))
        await until(lambda: bool(service.consumer.paused))
        (why,) = service.consumer.paused.values()
        assert why.limit
        assert "more than 50 dead letters in a row" in why.reason
        assert f"thidua dlq allow {service.name} {topic}" in why.reason
        assert await service.unready() == []  # one agency's inbox is no reason to close the door to all
        assert (await service.progress()).parked == [f"{topic}/0: {why.reason}"]
        await say(servers, other, report("elsewhere"))
        await until(lambda: "elsewhere" in handler.applied)
        await asyncio.sleep(1.5)  # it is looked at every second, and stays
        assert len(await dead_letters(desk, service, 50)) == 50
        assert handler.applied == ["elsewhere"]
        assert service.consumer.handled[topic, 0] == 50

        assert await desk.allow(servers.kafka, service.name, topic, "an", "đã xem") == {0: 61}
        await until(lambda: not service.consumer.paused)
        if kind == "unreadable":
            await dead_letters(desk, service, 60)
            await until(lambda: handler.applied == ["elsewhere", "behind"])
        else:
            await dead_letters(desk, service, 61)
        for _ in range(1500):
            if await service.consumer.lag() == 0:
                break
            await asyncio.sleep(0.02)
        before = service.consumer.consumed
        service.consumer.reset_offsets(service.consumer.log_id)  # all of it once more, from the start
        await until(lambda: service.consumer.consumed >= before + 62)
        assert service.consumer.paused == {}
        assert await service.dead_letters.documents.count() == (60 if kind == "unreadable" else 61)
        await service._database.drop()


async def test_a_service_is_not_ready_that_stopped_at_dead_letters_of_another_service(servers: Stack) -> None:
    """That is a bad deployment of one of the two, and the rolling restart must not go on."""
    service = around(Deployment(), servers, RESULTS.name)
    for topic in (RESULTS.name, INBOX.of("so-noi-vu")):
        service.consumer.paused_partitions.pause(Record("log", topic, 2, 7, None, None, ()), "too many", limit=True)
    assert service.consumer.paused_partitions.blocking() == [f"paused by too many dead letters: {RESULTS.name}/2"]
    assert service.metrics.registry.get_sample_value("thidua_parked_partitions") == 2
    await service._database.close()


async def test_a_restart_does_not_begin_to_count_anew_and_letters_that_were_dealt_with_count_no_more(
    servers: Stack,
) -> None:
    """A deployment that is started again and again still empties nothing; when all are given up, it reads on.

    Also where it dies before it has committed, and reads its letters once more.
    """
    topic, handler = await own_topic(servers), Deployment()
    first = around(handler, servers, topic)
    desk = desk_of(servers, first)
    async with running(first):
        await say(servers, topic, *[POISON] * 70, report("behind"))
        await until(lambda: bool(first.consumer.paused))
    second = around(handler, servers, topic, like=first)
    async with running(second):
        await until(lambda: bool(second.consumer.paused))
        found = await dead_letters(desk, second, 50)
        for letter in found:
            await desk.discard(letter, "an", "hỏng từ nơi gửi")
        await until(lambda: "behind" in handler.applied)
        assert len(await dead_letters(desk, second, 70)) == 70
        await second._database.drop()


async def test_what_an_earlier_life_of_the_broker_left_does_not_count_when_it_is_said_again(servers: Stack) -> None:
    """Another log, the same bytes: kept, for the place is new, but no reason to stop.

    The same log read once more stops where it did: what is kept already is none the more, but it is there.
    """
    service = around(Deployment(), servers, RESULTS.name)
    await service.dead_letters.prepare()
    values = [f"{{{n}".encode() for n in range(60)]

    def records(log: str) -> list[Refused]:
        return [Refused(Record(log, RESULTS.name, 0, n, b"k", value, ()), "r") for n, value in enumerate(values)]

    limiter, at = service.consumer.limiter, datetime.fromtimestamp(0, NOW.tzinfo)
    assert len((await limiter.check(records("one"))).stops) == 1
    await service.dead_letters.store(records("one")[:50], at)
    again = await limiter.check(records("one"))
    assert ([record.offset for record, _ in again.stops], len(again.accepted)) == ([50], 50)
    await service.dead_letters.store(records("one"), at)
    check = await limiter.check(records("two"))
    assert (check.stops, len(check.exempt)) == ([], 60)
    await service.dead_letters.store(check.accepted, at, exempt=check.exempt)
    fresh = Record("two", RESULTS.name, 0, 60, b"k", b"new", ())
    assert (await limiter.check([Refused(fresh, "r")])).stops == []
    await service._database.drop()
    await service._database.close()
