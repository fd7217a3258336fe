"""The outbox over both drivers, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from deploy.stack.embedded import Stack
from shared.contracts.topics import MAX_MESSAGE_BYTES
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.kafka.records import Record, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.outbox import Outbox, Outgoing, Rendering, Undeliverable
from tests.support.things import documents, thing
from tests.support.waiting import until


async def test_an_unsent_document_is_pending_until_its_current_revision_is_published(database: Database) -> None:
    """A document that changes while it is being published is published again."""
    things = await documents(database)
    doc = thing("a") | {"unsent": ["self"]}
    await things.save(doc)
    (pending,) = await things.pending(10)
    await things.save(doc | {"value": 2})
    assert await things.sent([pending]) == ["a"]
    (again,) = await things.pending(10)
    assert await things.sent([again]) == []
    assert await things.pending(10) == []


async def test_the_newest_state_is_published_last_even_by_a_stale_relay(database: Database) -> None:
    """The slow relay publishes version 1 after the quick one published version 2, so version 2 is published again."""
    things = await documents(database)
    await things.save(thing("a", version=1) | {"unsent": ["self"]})
    versions: list[int] = []

    async def render(doc: Document) -> list[Outgoing]:
        return [Outgoing("topic", b"a", str(doc["version"]).encode())]

    async def publish_slowly(messages: object) -> None:
        if not versions:
            doc = await things.get("a")
            assert doc is not None
            await things.save(doc | {"version": 2, "unsent": ["self"]})
            await quick.relay()
        versions.extend(int(m.value) for m in messages)  # type: ignore[attr-defined]

    async def publish(messages: object) -> None:
        versions.extend(int(m.value) for m in messages)  # type: ignore[attr-defined]

    rendering = Rendering(things, render, lambda doc: ["self"])
    quick = Outbox([rendering], publish, Metrics(), ())
    slow = Outbox([rendering], publish_slowly, Metrics(), ())
    await slow.relay()
    assert versions == [2, 1, 2]


async def test_just_written_documents_are_published_once_and_found_again_after_a_failure(database: Database) -> None:
    """A failing broker loses none of the documents handed over."""
    things = await documents(database)
    published: list[bytes | None] = []
    away = [OSError("no broker")]

    async def render(doc: Document) -> list[Outgoing]:
        return [Outgoing("topic", None, doc["_id"].encode())]

    async def publish(messages: Sequence[Outgoing]) -> None:
        if away and any(message.value == b"b" for message in messages):
            raise away.pop()
        published.extend(message.value for message in messages)

    outbox = Outbox([Rendering(things, render, lambda doc: ["self"])], publish, Metrics(), (OSError,))

    async def nothing_unsent() -> bool:
        return not await outbox.unsent()

    running = asyncio.create_task(outbox.run())
    try:
        for batch in (["a"], ["b", "c"], ["d"]):
            docs = [thing(name) | {"unsent": ["self"]} for name in batch]
            await things.insert_in_order(docs)
            outbox.handover.just_written(things, docs)
            await until(nothing_unsent)
    finally:
        running.cancel()
    assert published == [b"a", b"b", b"c", b"d"]


async def test_a_relay_cancelled_while_it_is_woken_stops() -> None:
    """Otherwise the service would never end."""
    outbox = Outbox([], lambda _: asyncio.sleep(0), Metrics(), ())
    running = asyncio.create_task(outbox.run())
    for _ in range(5):  # iterations of the event loop, not time, until the relay waits
        await asyncio.sleep(0)
    outbox.handover.wake()
    running.cancel()
    assert await asyncio.wait({running}, timeout=5) == ({running}, set())


async def test_everything_is_published_again_to_a_new_broker(database: Database) -> None:
    """This includes documents that were published long ago."""
    things = await documents(database)
    await things.save(thing("a"))
    published: list[bytes | None] = []

    async def render(doc: Document) -> list[Outgoing]:
        return [Outgoing("topic", b"a", what.encode()) for what in doc["unsent"]]

    async def publish(messages: object) -> None:
        published.extend(m.value for m in messages)  # type: ignore[attr-defined]

    outbox = Outbox([Rendering(things, render, lambda doc: ["one", "two"])], publish, Metrics(), ())
    assert await outbox.relay() == 0
    await outbox.republish_all()
    assert await outbox.unsent() == 1
    await outbox.relay()
    assert published == [b"one", b"two"]


async def test_a_writer_that_read_a_document_before_its_mail_was_sent_cannot_restore_the_mail(
    database: Database,
) -> None:
    """A rendering with ``once`` makes that writer stale."""
    things = await documents(database)
    await things.save(thing("a") | {"unsent": ["mail"]})
    read_before = await things.get("a")
    assert read_before is not None

    async def render(doc: Document) -> list[Outgoing]:
        return []

    async def publish(messages: object) -> None:
        """Publish nothing."""

    await Outbox([Rendering(things, render, lambda doc: (), once=True)], publish, Metrics(), ()).relay()
    with pytest.raises(VersionConflict):
        await things.save(read_before)


async def test_an_undeliverable_document_does_not_delay_the_others(database: Database) -> None:
    """It stays pending and is retried by the next relay."""
    things = await documents(database)
    for name in ("a", "b", "c"):
        await things.save(thing(name) | {"unsent": ["self"]})
    published: list[bytes | None] = []

    async def render(doc: Document) -> list[Outgoing]:
        return [Outgoing("topic", None, doc["_id"].encode())]

    async def publish(messages: Sequence[Outgoing]) -> None:
        if any(message.value == b"b" for message in messages):
            raise Undeliverable("no such topic")
        published.extend(message.value for message in messages)

    await Outbox([Rendering(things, render, lambda doc: ["self"])], publish, Metrics(), ()).relay()
    assert sorted(value or b"" for value in published) == [b"a", b"c"]
    assert [doc["_id"] for doc in await things.pending(10)] == ["b"]


@pytest.mark.parametrize(
    ("key", "value", "published_value"),
    [
        (b"k", b"{no json", b"{no json"),
        (None, None, None),
        (b"k", b"x" * (MAX_MESSAGE_BYTES + 1), None),
        (b"k" * 20, b"x" * (MAX_MESSAGE_BYTES - 10), None),
    ],
    ids=["small", "tombstone", "value too large", "key and value together too large"],
)
async def test_every_dead_letter_is_published_and_one_too_large_names_where_its_bytes_are_stored(
    database: Database, key: bytes | None, value: bytes | None, published_value: bytes | None
) -> None:
    """The database has the bytes in every case, and no dead letter is missing from the dead-letter topic."""
    dead_letters = DeadLetters(database.documents("dead_letters"), Metrics())
    record = Record("log", "inbox.so-noi-vu.v1", 0, 7, key, value, ())
    for _ in range(2):
        await dead_letters.store([Refused(record, "a reason")], datetime(2023, 12, 1, tzinfo=UTC))
    published: list[Outgoing] = []

    async def publish(messages: Sequence[Outgoing]) -> None:
        published.extend(messages)

    await Outbox([dead_letters.rendering], publish, Metrics(), ()).relay()
    (message,) = published
    headers = dict(message.headers)
    assert (message.topic, message.value) == ("inbox.so-noi-vu.v1.dlq", published_value)
    assert headers["thidua-origin"] == b"inbox.so-noi-vu.v1/0/7"
    assert ("thidua-kept" in headers) == (published_value != value)
    (kept,) = await dead_letters.documents.find()
    assert (kept["key"], kept["value"]) == (key, value)


async def test_a_document_that_cannot_be_rendered_does_not_block_the_others(servers: Stack) -> None:
    """The failed document is logged and retried; the others are published and the service goes on."""
    database = Database(servers.mongo, f"test_{uuid4().hex}")
    documents, published = database.documents("words"), list[str]()

    async def render(doc: Document) -> list[Outgoing]:
        if doc["_id"] == "b":
            raise ValueError("no word for it")
        return [Outgoing("t", doc["_id"].encode(), b"{}")]

    async def publish(messages: Sequence[Outgoing]) -> None:
        published.extend((message.key or b"").decode() for message in messages)

    for name in ("a", "b", "c"):
        await documents.insert({"_id": name, "unsent": ["self"]})
    outbox = Outbox([Rendering(documents, render, lambda doc: ["self"])], publish, Metrics(), ())
    assert await outbox.relay() == 2
    assert (published, await outbox.unsent()) == (["a", "c"], 1)
    await database.drop()
    await database.close()
