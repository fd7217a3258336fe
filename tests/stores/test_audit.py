"""The audit chain of a service in a real database, and the relay that writes it before it publishes anything."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.audit import HeadPublished
from shared.contracts.model import VIETNAM
from shared.contracts.topics import HEADS, MAX_MESSAGE_BYTES
from shared.runtime.audit.hash_chain import ChainFault, Entry, FaultKind, Head, first_fault
from shared.runtime.audit.trail import Audit, audit_line
from shared.runtime.clock import DrivenClock
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.kafka.records import Record, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document, Documents
from shared.runtime.outbox import Outbox, Outgoing, Rendering

NOW = datetime(2023, 12, 4, 9, tzinfo=VIETNAM)
TOPIC = "council.agendas.v1"


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def database(request: pytest.FixtureRequest, servers: Stack) -> AsyncIterator[Database]:
    driver: Literal["motor", "pymongo"] = request.param
    made = Database(servers.mongo, f"test_{uuid4().hex}", driver)
    yield made
    await made.drop()
    await made.close()


async def audit_of(database: Database) -> Audit:
    """The audit trail of one more process of the service."""
    made = Audit(database, "council", DrivenClock(NOW))
    await made.prepare()
    return made


def event(name: str, text: str = "") -> bytes:
    return f'{{"specversion":"1.0","id":"{name}","type":"t","data":"{text}"}}'.encode()


def message(name: str, text: str = "") -> Outgoing:
    return Outgoing(TOPIC, b"thai-binh/P4", event(name, text))


def as_line(name: str, text: str = "") -> str:
    return f"{TOPIC} {name} {hashlib.sha256(event(name, text)).hexdigest()} thai-binh/P4"


async def chain(audit: Audit) -> list[Entry]:
    return [entry async for entry in audit.entries()]


async def lines_of(audit: Audit) -> list[str]:
    return [text for entry in await chain(audit) for text in entry.get("said", ())]


class Wire:
    """A broker that records its messages and fails while ``fails`` is set."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.fails = False
        self.seen_in_chain: list[bool] = []
        self.audit: Audit | None = None

    async def __call__(self, messages: Sequence[Outgoing]) -> None:
        if self.audit is not None:
            entered = {*await lines_of(self.audit)}
            self.seen_in_chain.append({audit_line(message) for message in messages} <= entered)
        if self.fails:
            raise ConnectionResetError
        self.messages.extend(messages)


async def test_appended_events_and_actions_are_read_back_as_a_valid_chain_with_its_head(database: Database) -> None:
    """Published events and actions of people are in one chain."""
    audit = await audit_of(database)
    await audit.append_events([message("a"), message("b")])
    await audit.append_action("an", "read the name of a person", "p-1", "đối chiếu hồ sơ")
    first, second = await chain(audit)
    assert first["said"] == [as_line("a"), as_line("b")]
    assert (first["_id"], first["at"]) == (1, "2023-12-04T02:00:00.000000+00:00")
    assert {k: second[k] for k in ("what", "actor", "verb", "object", "reason")} == {
        "what": "act",
        "actor": "an",
        "verb": "read the name of a person",
        "object": "p-1",
        "reason": "đối chiếu hồ sơ",
    }
    head = await audit.head()
    assert head == Head(2, second["hash"], second["at"])
    assert first_fault([first, second], [head]) is None


async def test_two_processes_that_append_concurrently_make_one_chain_without_duplicates(database: Database) -> None:
    """Both relays have the same messages and some of their own, and people act meanwhile."""
    one, other = await audit_of(database), await audit_of(database)

    async def relay(audit: Audit, name: str) -> None:
        for n in range(15):
            await audit.append_events([message(f"both-{n}"), message(f"{name}-{n}")])
            await audit.append_action(name, "issue an API key", str(n), "")

    await asyncio.gather(relay(one, "one"), relay(other, "other"))
    entries = await chain(one)
    assert first_fault(entries) is None
    expected = [as_line(f"{name}-{n}") for name in ("both", "one", "other") for n in range(15)]
    assert sorted(await lines_of(other)) == sorted(expected)
    assert sum(entry["what"] == "act" for entry in entries) == 30


async def test_a_process_with_a_stale_head_appends_after_the_entries_of_others(database: Database) -> None:
    """Its cached head is old, and the number that it would use is taken."""
    one, other = await audit_of(database), await audit_of(database)
    await one.append_events([message("a")])
    await other.append_events([message("b")])
    await one.append_events([message("c")])
    assert await lines_of(one) == [as_line("a"), as_line("b"), as_line("c")]
    assert first_fault(await chain(one)) is None


async def test_each_damage_done_to_the_collection_is_named(database: Database) -> None:
    """Entries are changed, swapped, inserted and removed, as somebody with write access to the database could do."""
    audit = await audit_of(database)
    for n in range(6):
        await audit.append_events([message(f"e-{n}")])
    head, entries = await audit.head(), database._db["audit"]
    assert head is not None
    await entries.drop_indexes()  # somebody with write access could do that first

    async def damaged() -> ChainFault | None:
        return first_fault(await chain(audit), [head])

    kept = await chain(audit)

    async def restore() -> None:
        await entries.delete_many({})
        await entries.insert_many([dict(entry) for entry in kept])
        assert await damaged() is None

    await entries.update_one({"_id": 3}, {"$set": {"said.0": as_line("e-2").replace("e-2", "e-3")}})
    assert await damaged() == ChainFault(3, FaultKind.ALTERED)
    await restore()
    await entries.update_one({"_id": 3}, {"$set": {"weight": 1.5}})
    assert await damaged() == ChainFault(3, FaultKind.ALTERED)
    await restore()
    for n, other in ((2, 4), (4, 2)):
        await entries.replace_one({"_id": n}, kept[other - 1] | {"_id": n})
    assert await damaged() == ChainFault(2, FaultKind.ALTERED)
    await restore()
    await entries.delete_one({"_id": 4})
    assert await damaged() == ChainFault(4, FaultKind.MISSING)
    await restore()
    await entries.insert_one({**kept[2], "_id": 2.5})
    assert await damaged() == ChainFault(3, FaultKind.OUT_OF_ORDER)
    await restore()
    await entries.delete_many({"_id": {"$gt": 4}})
    assert await damaged() == ChainFault(5, FaultKind.SHORTER)


async def things(database: Database) -> Documents:
    made = database.documents("things")
    await made.prepare()
    return made


async def render(doc: Document) -> Iterable[Outgoing]:
    return [message(f"{doc['_id']}-{doc['version']}", what) for what in doc["unsent"]]


def relay(documents: Documents, audit: Audit, wire: Wire) -> Outbox:
    rendering = Rendering(documents, render, lambda doc: ["self"])
    return Outbox([rendering, audit.rendering], wire, Metrics(), (ConnectionResetError,), audit.append_events)


async def test_every_message_is_in_the_chain_before_it_is_published_in_one_entry_per_batch(database: Database) -> None:
    """Five documents make one entry."""
    documents, audit, wire = await things(database), await audit_of(database), Wire()
    wire.audit = audit
    for n in range(5):
        await documents.save({"_id": f"d{n}", "version": 1, "unsent": ["self"]})
    await relay(documents, audit, wire).relay()
    assert wire.seen_in_chain == [True]
    assert sorted(await lines_of(audit)) == sorted(audit_line(message) for message in wire.messages)
    assert len(await chain(audit)) == 1


async def test_a_crash_between_the_entry_and_the_publishing_makes_no_second_entry(database: Database) -> None:
    """The next process finds the document unsent and publishes it; the chain has its line already."""
    documents, audit, wire = await things(database), await audit_of(database), Wire()
    await documents.save({"_id": "d", "version": 1, "unsent": ["self"]})
    wire.fails = True
    with pytest.raises(ConnectionResetError):
        await relay(documents, audit, wire).relay()
    assert (await lines_of(audit), wire.messages) == ([as_line("d-1", "self")], [])
    wire.fails = False
    after = await audit_of(database)
    await relay(documents, after, wire).relay()
    assert (await lines_of(after), len(wire.messages)) == ([as_line("d-1", "self")], 1)


async def test_republishing_to_a_new_broker_enters_only_new_lines(database: Database) -> None:
    """One document has a new version meanwhile."""
    documents, audit, wire = await things(database), await audit_of(database), Wire()
    for name in ("a", "b"):
        await documents.save({"_id": name, "version": 1, "unsent": ["self"]})
    outbox = relay(documents, audit, wire)
    await outbox.relay()
    moved = await documents.get("b")
    assert moved is not None
    await documents.save({**moved, "version": 2})
    await outbox.republish_all()
    await outbox.relay()
    assert len(wire.messages) == 4
    assert await lines_of(audit) == [as_line("a-1", "self"), as_line("b-1", "self"), as_line("b-2", "self")]
    assert first_fault(await chain(audit)) is None


async def test_a_large_batch_is_entered_in_several_entries(database: Database) -> None:
    """No entry comes near the size limit of a document."""
    audit = await audit_of(database)
    await audit.append_events([message(f"e-{n}") for n in range(2500)])
    entries = await chain(audit)
    assert [len(entry["said"]) for entry in entries] == [1000, 1000, 500]
    assert first_fault(entries) is None


async def test_the_head_is_published_once_per_local_day_and_again_to_a_new_broker(database: Database) -> None:
    """The day is the province's: 00:30 there is 17:30 UTC of the day before."""
    audit, wire = await audit_of(database), Wire()
    outbox = Outbox([audit.rendering], wire, Metrics(), (), audit.append_events)
    await audit.publish_head(NOW)
    await outbox.relay()
    assert wire.messages == []  # an empty chain has no head
    await audit.append_events([message("a")])
    late, early = datetime(2023, 12, 4, 23, 59, tzinfo=VIETNAM), datetime(2023, 12, 4, 17, 30, tzinfo=UTC)
    for now in (NOW, NOW + timedelta(hours=5), late, early, early):
        await audit.publish_head(now)
        await outbox.relay()
    await outbox.republish_all()
    await outbox.relay()
    heads = [HEADS.by_contract(message.value or b"") for message in wire.messages]
    assert {message.topic for message in wire.messages} == {HEADS.name}
    assert [head.time for head in heads] == [NOW, early, early]
    assert all(isinstance(head, HeadPublished) for head in heads)
    entries = await chain(audit)
    named = [Head(head.data.n, head.data.hash) for head in heads if isinstance(head, HeadPublished)]
    assert [head.n for head in named] == [1, 2, 2]
    assert first_fault(entries, named) is None
    assert len(entries) == 3  # the event and the two heads


async def test_a_dead_letter_is_entered_by_its_own_id_whatever_its_bytes_and_headers(database: Database) -> None:
    """Two dead letters with the same bytes are two lines; a forged replay header changes nothing."""
    audit, wire, dead_letters = await audit_of(database), Wire(), DeadLetters(database.documents("letters"), Metrics())
    forged = (("thidua-replay", b"\xff x"), ("thidua-letter", b"mine"))
    records = [
        Record("log", "inbox.so-noi-vu.v1", 0, n, key, value, forged)
        for n, (key, value) in enumerate(
            [
                (b"k", b"{no"),
                (b"k", b"{no"),
                (b"\xff\0", None),
                (b"k" * 400, b""),
                (b"", b"x" * (MAX_MESSAGE_BYTES + 1)),
            ]
        )
    ]
    await dead_letters.store([Refused(record, "why") for record in records], NOW)
    outbox = Outbox([dead_letters.rendering], wire, Metrics(), (), audit.append_events)
    await outbox.relay()
    await outbox.republish_all()
    await outbox.relay()
    lines = await lines_of(audit)
    assert [text.split(" ")[:2] for text in lines] == [["inbox.so-noi-vu.v1.dlq", r.place] for r in records]
    assert len(wire.messages) == 10
    assert lines[2].split(" ", 2)[2] == r"- \\xff\x00"
    assert lines[3].split(" ")[3].startswith("sha256:")


def test_a_line_names_topic_event_digest_and_key() -> None:
    """The id of our own events is read without decoding the whole value."""
    value = json.dumps({"specversion": "1.0", "id": "x"}).encode()
    assert audit_line(message("a")) == as_line("a")
    assert audit_line(Outgoing(TOPIC, b"k", value)).split(" ")[1] == "-"
    assert audit_line(Outgoing(TOPIC, None, None)) == f"{TOPIC} - - "
