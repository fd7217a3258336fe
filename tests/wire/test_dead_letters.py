"""Dead letters on a real database: replayed and discarded."""

from __future__ import annotations

import json

import pytest

from deploy.stack.embedded import Stack
from services.scoring.reporting_authority import ReportingAuthority
from services.scoring.stored_documents import unpack
from shared.contracts.topics import RESULTS
from shared.runtime.audit.hash_chain import first_fault
from shared.runtime.dead_letters.state import REPLAY, ActionNotAllowed
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing
from tests.support.dead_letters import (
    POISON,
    Deployment,
    admin_of,
    dead_letters,
    own_topic,
    publish,
    report,
    wait_for_state,
)
from tests.support.memory_kafka import MemoryKafka
from tests.support.one_service import (
    KEY,
    reference_messages,
    results_event,
    running,
    scoring,
    service_with,
    wait_for_document,
)
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)


async def test_a_record_refused_because_of_a_bug_is_applied_when_replayed_and_a_second_replay_changes_nothing(
    servers: Stack, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replay has the same bytes, key, headers and topic. The audit chain has the actor and the reason."""
    service = scoring(servers, kafka)
    admin, event, board = admin_of(servers, service), results_event("64.01"), f"{KEY}/cai-cach-hanh-chinh/so/0"
    async with running(service):
        kafka.publish(reference_messages())
        monkeypatch.setattr(ReportingAuthority, "violation", lambda *_: "a bug")
        header = (("trace", b"\xff"), ("empty", None))
        kafka.publish([Outgoing(RESULTS.name, KEY.encode(), event.encode(), header)])
        (dead_letter,) = await dead_letters(admin, service, 1)
        monkeypatch.undo()

        await admin.replay(dead_letter, "an", "đã sửa lỗi")
        (replayed,) = await admin.wait_until_replayed([dead_letter], 30)
        assert replayed.state == "replayed"
        await wait_for_document(service, "boards", board)
        unit = event.data.rows[0].unit

        async def applied() -> Document | None:
            kept = await service._database.documents("boards").get(board)
            there = kept is not None and json.loads(unpack(kept["rows"])).get(unit, {}).get("event") == event.id
            return kept if there else None

        kept = await until(applied)
        assert kept is not None

        consumed = service.consumer.consumed
        await admin.replay(dead_letter, "an", "cho chắc")
        await admin.wait_until_replayed([dead_letter], 30)
        await until(lambda: service.consumer.consumed > consumed)
        after = await service._database.documents("boards").get(board)
        assert after is not None
        assert (after["rows"], after["version"]) == (kept["rows"], kept["version"])
        replays = [record for record in kafka.records(RESULTS.name) if dict(record.headers).get(REPLAY)]
        assert [(r.key, r.value) for r in replays] == [(KEY.encode(), event.encode())] * 2
        assert [r.headers for r in replays] == [
            (*header, (REPLAY, f"{dead_letter.place}#{n}".encode())) for n in (1, 2)
        ]
        assert await service.dead_letters.documents.count() == 1
        entries = [entry async for entry in service.audit.entries()]
        assert first_fault(entries) is None
        acts = [(e["actor"], e["verb"], e["object"], e["reason"]) for e in entries if e["what"] == "act"]
        what = ("replay a dead letter", dead_letter.place)
        assert acts == [("an", *what, "đã sửa lỗi"), ("an", *what, "cho chắc")]
        await service._database.drop()


async def test_a_dead_letter_that_fails_again_is_the_same_one_and_after_three_replays_can_only_be_discarded(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """Each attempt records its outcome, even if published twice. A discarded one stays and is never replayed."""
    topic, handler = own_topic(kafka), Deployment()
    service = service_with(handler, servers, topic, kafka=kafka)
    admin = admin_of(servers, service)
    async with running(service):
        publish(kafka, topic, POISON, report("neighbour"))
        (dead_letter,) = await dead_letters(admin, service, 1)
        for n in (1, 2, 3):
            await admin.replay(dead_letter, "an", f"lần {n}")
            await wait_for_state(admin, dead_letter, "failed again")
        consumed = service.consumer.consumed
        await service.dead_letters.documents.republish(
            dead_letter.place, ["replay"]
        )  # as by a relay that died after publishing
        service.outbox.handover.wake()
        await until(lambda: service.consumer.consumed > consumed)
        with pytest.raises(ActionNotAllowed, match="3 lần"):
            await admin.replay(dead_letter, "an", "lần 4")
        (kept,) = await dead_letters(admin, service, 1)
        assert [(attempt.ordered.reason, attempt.failed and attempt.failed.reason[:9]) for attempt in kept.tries] == [
            (f"lần {n}", "1 errors,") for n in (1, 2, 3)
        ]
        await admin.discard(dead_letter, "bình", "không đọc được")
        for act in (admin.replay, admin.discard):
            with pytest.raises(ActionNotAllowed, match="loại bỏ"):
                await act(dead_letter, "an", "nữa")
        whole = await wait_for_state(admin, dead_letter, "discarded")
        assert (whole.contents and whole.contents.value, whole.discarded and whole.discarded.actor) == (POISON, "bình")
        assert handler.ids == ["neighbour"]
        await service._database.drop()


async def test_a_replay_requested_while_the_service_is_down_happens_when_it_starts(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """The request is stored before anything is published, so a crash in between loses nothing."""
    topic, handler = own_topic(kafka), Deployment()
    first = service_with(handler, servers, topic, kafka=kafka)
    admin = admin_of(servers, first)
    handler.refuses = topic
    async with running(first):
        publish(kafka, topic, report("late"))
        (dead_letter,) = await dead_letters(admin, first, 1)
        # Otherwise the restarted service reads the topic from its start and applies the record a second time.
        await wait_for_document(first, "state", "broker", read_through=True)
    await admin.replay(dead_letter, "an", "đã sửa")
    assert (await admin.wait_until_replayed([dead_letter], 0.5))[0].state == "replay wanted"
    with pytest.raises(ActionNotAllowed, match="đang chờ"):
        await admin.discard(dead_letter, "an", "thôi")
    handler.refuses = ""
    second = service_with(handler, servers, topic, kafka=kafka, like=first)
    async with running(second):
        await until(lambda: handler.ids == ["late"])
        assert await second.dead_letters.documents.count() == 1
        await second._database.drop()


async def test_a_forged_replay_header_hides_no_dead_letter(servers: Stack, kafka: MemoryKafka) -> None:
    """Other bytes, another attempt number or an unknown dead letter make a new dead letter."""
    topic = own_topic(kafka)
    service = service_with(Deployment(), servers, topic, kafka=kafka)
    admin = admin_of(servers, service)
    async with running(service):
        publish(kafka, topic, POISON)
        (dead_letter,) = await dead_letters(admin, service, 1)
        place = dead_letter.place.encode()
        publish(kafka, topic, POISON, headers=((REPLAY, place + b"#1"),))  # nothing was replayed yet
        await dead_letters(admin, service, 2)
        await admin.replay(dead_letter, "an", "thử")
        await wait_for_state(admin, dead_letter, "failed again")
        publish(kafka, topic, b"other", headers=((REPLAY, place + b"#1"),))
        publish(kafka, topic, POISON, headers=((REPLAY, place + b"#2"),))
        publish(kafka, topic, POISON, headers=((REPLAY, b"nowhere#1"),))
        publish(kafka, topic, POISON, headers=((REPLAY, b"\xff#x"),))
        assert len(await dead_letters(admin, service, 6)) == 6
        await service._database.drop()
