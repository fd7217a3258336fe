"""Documents written together: one mark on the first for all of them, and nothing of them lost whoever dies when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Literal
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.runtime import mongo, outbox
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document, Documents
from shared.runtime.outbox import Outbox, Outgoing, Rendering, Undeliverable
from tests.support.waiting import until


class Broker:
    """Where messages go: what was said, in order. It takes none of ``refused``."""

    def __init__(self, *refused: str) -> None:
        self.published: list[str] = []
        self.refused = set(refused)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Take all of them or none."""
        keys = [(message.key or b"").decode() for message in messages]
        if self.refused & set(keys):
            raise Undeliverable("no such topic")
        self.published += keys


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def things(request: pytest.FixtureRequest, servers: Stack) -> AsyncIterator[Documents]:
    driver: Literal["motor", "pymongo"] = request.param
    database = Database(servers.mongo, f"test_{uuid4().hex}", driver)
    made = database.documents("things")
    await made.prepare(unique=["slot"])
    yield made
    await database.drop()
    await database.close()


def batch(*names: str) -> list[Document]:
    return [{"_id": name, "slot": name, "unsent": ["self"]} for name in names]


def relay_of(things: Documents, broker: Broker) -> Outbox:
    async def render(doc: Document) -> list[Outgoing]:
        return [Outgoing("topic", doc["_id"].encode(), what.encode()) for what in doc["unsent"]]

    return Outbox([Rendering(things, render, lambda doc: ["self"])], broker.publish, Metrics(), (OSError,))


async def test_a_lot_has_one_mark_and_is_said_whole_by_who_finds_it(things: Documents) -> None:
    """Its writer died between writing it and saying it."""
    await things.insert_in_order(batch("a", "b", "c"))
    broker = Broker()
    relay = relay_of(things, broker)
    assert await things.count({"pending": True}) == 1
    assert await relay.unsent() == 3
    assert await relay.relay() == 3
    assert broker.published == ["a", "b", "c"]
    assert (await relay.unsent(), await relay.relay()) == (0, 0)


async def test_what_has_nothing_to_say_is_not_waited_for(things: Documents) -> None:
    """A lot's first may be one of those."""
    docs = batch("a", "b", "c")
    docs[0]["unsent"] = docs[1]["unsent"] = []
    await things.insert_in_order(docs)
    broker = Broker()
    relay = relay_of(things, broker)
    assert await relay.relay() == 1
    assert (broker.published, await relay.unsent()) == (["c"], 0)


async def test_of_a_lot_that_was_cut_off_what_its_writer_knows_of_is_said(things: Documents) -> None:
    """One of it was taken; what comes after it is not there, and nobody waits for it."""
    await things.insert({"_id": "x", "slot": "b"})
    docs = batch("a", "z", "b", "c")
    broker = Broker()
    relay = relay_of(things, broker)
    assert await things.insert_in_order(docs) == 2
    running = asyncio.create_task(relay.run())
    relay.handover.just_written(things, docs[:2])
    try:

        async def nothing_unsent() -> bool:
            return not await relay.unsent()

        await until(nothing_unsent)
    finally:
        running.cancel()
    assert broker.published == ["a", "z"]


async def test_a_lot_somebody_may_still_be_writing_is_waited_for(things: Documents) -> None:
    """Only when it is whole, or its writer has certainly gone, is it marked as said."""
    await things.insert({"_id": "x", "slot": "c"})
    assert await things.insert_in_order(batch("a", "b", "c")) == 2  # and its writer died before it could say them
    broker = Broker()
    relay = relay_of(things, broker)
    assert await relay.relay() == 0
    assert await relay.unsent() == 3
    await things.insert({"_id": "c", "slot": "c2"} | {"unsent": []})
    assert await relay.relay() == 2
    assert (broker.published, await relay.unsent()) == (["a", "b"], 0)


async def test_of_a_lot_whose_writer_died_what_there_is_is_said(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while; what is not there was never accepted."""
    monkeypatch.setattr(outbox, "WRITING_SECONDS", -1)
    await things.insert({"_id": "x", "slot": "c"})
    assert await things.insert_in_order(batch("a", "b", "c", "d")) == 2
    broker = Broker()
    relay = relay_of(things, broker)
    assert await relay.relay() == 2
    assert sorted(broker.published) == ["a", "b"]
    assert (await relay.unsent(), await relay.relay()) == (0, 0)


async def test_who_took_long_to_write_a_lot_has_each_of_it_say_so_itself(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may have given up meanwhile what was not there yet, and marked the first as said."""
    monkeypatch.setattr(mongo, "WRITING_SECONDS", -1)
    await things.insert_in_order(batch("a", "b", "c"))
    assert [doc["_id"] for doc in await things.pending(10)] == ["a", "b", "c"]
    broker = Broker()
    await relay_of(things, broker).relay()
    assert sorted(broker.published) == ["a", "b", "c"]


async def test_who_took_long_to_find_the_first_taken_leaves_the_lot_of_another_as_it_is(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mark is all there is for the others of that lot."""
    await things.insert_in_order(batch("a", "b"))
    monkeypatch.setattr(mongo, "WRITING_SECONDS", -1)
    assert await things.insert_in_order(batch("a", "c")) == 0
    broker = Broker()
    await relay_of(things, broker).relay()
    assert broker.published == ["a", "b"]


async def test_one_of_a_lot_that_no_topic_takes_holds_up_no_other(things: Documents) -> None:
    """The others are said once; it is tried again the next time."""
    await things.insert_in_order(batch("a", "b", "c"))
    await things.insert_in_order(batch("d", "e"))
    broker = Broker("b")
    relay = relay_of(things, broker)
    for _ in range(2):
        await relay.relay()
    assert sorted(broker.published) == ["a", "c", "d", "e"]
    assert [doc["_id"] for doc in await things.pending(10)] == ["b"]
    broker.refused.clear()
    assert await relay.relay() == 1


async def test_more_than_is_said_at_once_is_said_in_parts(things: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an outage; a lot larger than a part is one."""
    monkeypatch.setattr(outbox, "BATCH_SIZE", 4)
    names = [[f"{n}{character}" for character in "abc"[: n % 3 + 1]] for n in range(8)]
    for name in [*names, [f"9{character}" for character in "abcdef"]]:
        await things.insert_in_order(batch(*name))
    broker = Broker()
    assert await relay_of(things, broker).relay() == 21
    assert len(set(broker.published)) == 21


async def test_one_of_a_lot_that_is_to_say_more_says_it_by_itself(things: Documents) -> None:
    """As when a report is heard again while its lot is being said, and when a broker has forgotten everything."""
    await things.insert_in_order(batch("a", "b"))
    await things.add_to_set("b", "seen", "again", unsent=["answer"])
    broker = Broker()
    relay = relay_of(things, broker)
    await relay.relay()
    assert set(broker.published) == {"a", "b"}
    assert await relay.unsent() == 0
    broker.published.clear()
    await relay.republish_all()
    assert await relay.unsent() == 2
    await relay.relay()
    assert sorted({*broker.published}) == ["a", "b"]
    assert broker.published.count("a") == 1
