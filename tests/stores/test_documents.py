"""The MongoDB module over both drivers, on a real server."""

from __future__ import annotations

from uuid import uuid4

import pytest

from shared.runtime.mongo import Database, VersionConflict
from tests.support.things import documents, thing


async def test_of_two_writers_over_the_same_revision_one_is_stale_and_writes_nothing(
    database: Database,
) -> None:
    """This compare-and-set fences off a zombie process."""
    things = await documents(database)
    await things.save(thing("a", value=0))
    one, other = await things.get("a"), await things.get("a")
    assert one is not None
    assert other is not None
    await things.save(one | {"value": 1})
    with pytest.raises(VersionConflict):
        await things.save(other | {"value": 2})
    kept = await things.get("a")
    assert kept is not None
    assert (kept["value"], kept["rev"]) == (1, 2)


async def test_a_taken_id_or_a_taken_unique_field_is_stale(database: Database) -> None:
    """Two reports can therefore not both be version n."""
    things = await documents(database)
    await things.insert(thing("a"))
    with pytest.raises(VersionConflict):
        await things.insert(thing("a"))
    with pytest.raises(VersionConflict):
        await things.insert(thing("b") | {"slot": "a"})


async def test_documents_saved_in_one_call_are_each_written_only_over_their_own_revision(database: Database) -> None:
    """The writer gets a conflict if another process has written or created one of them."""
    things = await documents(database)
    old, new = thing("a", value=0), thing("b", value=0)
    await things.save(old)
    batch = [old | {"value": 1, "unsent": ["self"]}, new | {"rev": 0}]
    await things.save_all(batch)
    assert [(doc["rev"], doc["pending"]) for doc in batch] == [(2, True), (1, False)]
    assert await things.get_many(["a", "b"]) == {doc["_id"]: doc for doc in batch}
    for stale in (old | {"value": 2}, thing("b", value=2) | {"rev": 0}):
        with pytest.raises(VersionConflict):
            await things.save_all([stale, thing("c") | {"rev": 0, "slot": uuid4().hex}])
    assert await things.get_many(["a", "b"]) == {doc["_id"]: doc for doc in batch}
    await things.save_all([])


async def test_documents_written_in_order_stop_at_the_first_taken_one(database: Database) -> None:
    """The later documents were decided on the taken one, so they are not written either."""
    things = await documents(database)
    await things.insert(thing("b"))
    batch = [thing("a") | {"unsent": ["self"]}, thing("b"), thing("c")]
    assert await things.insert_in_order(batch) == 1
    assert (batch[0]["rev"], batch[0]["pending"]) == (1, True)
    assert set(await things.get_many(["a", "b", "c"])) == {"a", "b"}
    assert await things.insert_in_order([thing("d"), thing("e") | {"slot": "a"}]) == 1
    assert await things.insert_in_order([thing("f"), thing("g")]) == 2
    assert await things.insert_in_order([]) == 0


async def test_documents_are_marked_as_sent_in_one_call_except_those_with_a_new_revision(database: Database) -> None:
    """Each document is marked only at the revision that was published."""
    things = await documents(database)
    published = [thing(name) | {"unsent": ["self"]} for name in ("a", "b", "c")]
    for doc in published:
        await things.save(doc)
    await things.save(dict(published[2]) | {"value": 2})  # its revision now differs from the others'
    await things.save(dict(published[1]) | {"value": 2})
    published[2] = (await things.get_many(["c"]))["c"]
    assert await things.sent(published) == ["b"]
    assert [doc["_id"] for doc in await things.pending(10)] == ["b"]
    assert await things.sent(published[:1]) == []  # another relay published the same document


async def test_a_value_is_added_to_a_set_once(database: Database) -> None:
    """The same delivery read twice is one delivery."""
    things = await documents(database)
    await things.insert(thing("a", seen=["x"]))
    assert await things.add_to_set("a", "seen", "y", unsent=["answer"])
    assert not await things.add_to_set("a", "seen", "y", unsent=["answer"])
    kept = await things.get("a")
    assert kept is not None
    assert (kept["seen"], kept["unsent"], kept["pending"]) == (["x", "y"], ["answer"], True)
