"""Batches of documents: the first one is marked as unsent for all, and a crash at any point loses none."""

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
    """A broker that records the published keys in order and refuses those in ``refused``."""

    def __init__(self, *refused: str) -> None:
        self.published: list[str] = []
        self.refused = set(refused)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Accept all messages, or raise ``Undeliverable`` and accept none."""
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


async def test_a_batch_has_one_pending_document_and_any_relay_publishes_all_of_it(things: Documents) -> None:
    """The writer died between writing and publishing the batch."""
    await things.insert_in_order(batch("a", "b", "c"))
    broker = Broker()
    relay = relay_of(things, broker)
    assert await things.count({"pending": True}) == 1
    assert await relay.unsent() == 3
    assert await relay.relay() == 3
    assert broker.published == ["a", "b", "c"]
    assert (await relay.unsent(), await relay.relay()) == (0, 0)


async def test_documents_without_messages_are_not_waited_for(things: Documents) -> None:
    """The first document of a batch may be one of them."""
    docs = batch("a", "b", "c")
    docs[0]["unsent"] = docs[1]["unsent"] = []
    await things.insert_in_order(docs)
    broker = Broker()
    relay = relay_of(things, broker)
    assert await relay.relay() == 1
    assert (broker.published, await relay.unsent()) == (["c"], 0)


async def test_the_written_part_of_a_cut_off_batch_is_published_by_its_writer(things: Documents) -> None:
    """One document was taken; the later ones were not written, and the relay does not wait for them."""
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


async def test_the_relay_waits_for_a_batch_that_may_still_be_being_written(things: Documents) -> None:
    """A batch is marked as sent only when it is complete or its writer has certainly gone."""
    await things.insert({"_id": "x", "slot": "c"})
    assert await things.insert_in_order(batch("a", "b", "c")) == 2  # and the writer died before it published them
    broker = Broker()
    relay = relay_of(things, broker)
    assert await relay.relay() == 0
    assert await relay.unsent() == 3
    await things.insert({"_id": "c", "slot": "c2"} | {"unsent": []})
    assert await relay.relay() == 2
    assert (broker.published, await relay.unsent()) == (["a", "b"], 0)


async def test_the_written_part_of_a_batch_whose_writer_died_is_published(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It happens after the time limit for writing; the missing documents were never accepted."""
    monkeypatch.setattr(outbox, "WRITING_SECONDS", -1)
    await things.insert({"_id": "x", "slot": "c"})
    assert await things.insert_in_order(batch("a", "b", "c", "d")) == 2
    broker = Broker()
    relay = relay_of(things, broker)
    assert await relay.relay() == 2
    assert sorted(broker.published) == ["a", "b"]
    assert (await relay.unsent(), await relay.relay()) == (0, 0)


async def test_a_slow_writer_marks_every_document_of_its_batch_as_pending(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another relay may have given up on the missing documents and marked the first one as sent."""
    monkeypatch.setattr(mongo, "WRITING_SECONDS", -1)
    await things.insert_in_order(batch("a", "b", "c"))
    assert [doc["_id"] for doc in await things.pending(10)] == ["a", "b", "c"]
    broker = Broker()
    await relay_of(things, broker).relay()
    assert sorted(broker.published) == ["a", "b", "c"]


async def test_a_slow_writer_whose_first_document_is_taken_leaves_the_other_batch_unchanged(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first document of the other batch marks the rest as unsent."""
    await things.insert_in_order(batch("a", "b"))
    monkeypatch.setattr(mongo, "WRITING_SECONDS", -1)
    assert await things.insert_in_order(batch("a", "c")) == 0
    broker = Broker()
    await relay_of(things, broker).relay()
    assert broker.published == ["a", "b"]


async def test_an_undeliverable_document_of_a_batch_delays_no_other(things: Documents) -> None:
    """The others are published once; the failed one is retried by the next relay."""
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


async def test_a_backlog_larger_than_the_batch_size_is_published_in_parts(
    things: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This happens after an outage. A written batch larger than the batch size is one part."""
    monkeypatch.setattr(outbox, "BATCH_SIZE", 4)
    names = [[f"{n}{character}" for character in "abc"[: n % 3 + 1]] for n in range(8)]
    for name in [*names, [f"9{character}" for character in "abcdef"]]:
        await things.insert_in_order(batch(*name))
    broker = Broker()
    assert await relay_of(things, broker).relay() == 21
    assert len(set(broker.published)) == 21


async def test_a_document_of_a_batch_with_a_further_message_publishes_it_on_its_own(things: Documents) -> None:
    """This happens if a report arrives again while its batch is being published, and with a new, empty broker."""
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
