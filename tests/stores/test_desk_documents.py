"""What the desk's pages are made from, kept by stored revision."""

from __future__ import annotations

from dataclasses import replace

from deploy.stack.embedded import Stack
from services.council.desk.views import Views
from services.council.desk_store import DeskStore
from services.council.kept_documents import TRUSTED_SECONDS
from services.council.store import CouncilStore
from shared.contracts.model import Tier
from shared.contracts.receipts import ReceiptIssued
from shared.runtime.mongo import Database
from tests.support.agendas import MOVEMENT, nomination
from tests.support.council_desk import receipt
from tests.support.desk_data import session
from tests.support.movement import units
from tests.support.waiting import until

KEY = f"thai-binh/{MOVEMENT}"
UNIT = units(Tier.SO)[0]


async def test_the_next_page_sees_what_this_process_wrote_and_keeps_what_has_not_changed(database: Database) -> None:
    reading, writing = DeskStore(database), CouncilStore(database)

    assert (await reading.documents("thai-binh", [MOVEMENT])).sessions == {}
    first, second = (replace(session(session=name), revision=0) for name in ("P3", "P4"))
    await writing.save_session(first)
    await writing.save_session(second)
    before = await reading.documents("thai-binh", [MOVEMENT])
    assert list(before.sessions) == [first.id, second.id]
    assert await reading.documents("thai-binh", [MOVEMENT]) is before

    await writing.save_session(replace(before.sessions[second.id], agenda=session(session="P4", name="Tên mới").agenda))
    await writing.apply_nominations(KEY, [nomination(1, "D1", UNIT)])
    after = await reading.documents("thai-binh", [MOVEMENT])
    assert after.sessions[second.id].agenda.name == "Tên mới"
    assert after.sessions[first.id] is before.sessions[first.id]
    assert [made.id for made in after.nominations[MOVEMENT]] == ["n1"]
    assert (await reading.documents("thai-binh", [MOVEMENT], ("heard",))).sessions == {}


async def test_a_receipt_that_an_earlier_release_stored_gets_its_instant_when_it_is_consumed_again(
    database: Database,
) -> None:
    store, consumed = CouncilStore(database), database.documents("heard")
    event = receipt("OB07", "so-tttt", 1, complete=True)
    assert isinstance(event, ReceiptIssued)
    await store.apply_receipts(KEY, [("OB07", event.data)])
    doc = await consumed.get(f"{KEY}/receipts")
    assert doc is not None
    for row in doc["rows"].values():
        del row["complete_at"], row["last_day"]
    await consumed.save(doc)
    assert await store.desk.arrivals("thai-binh", [MOVEMENT]) == {}

    await store.apply_receipts(KEY, [("OB07", event.data)])
    (arrival,) = (await store.desk.arrivals("thai-binh", [MOVEMENT])).values()
    assert arrival.at == event.data.complete_at


async def test_a_page_sees_what_another_process_wrote_after_a_second(database: Database, servers: Stack) -> None:
    """Until then it asks the database nothing, so that a page costs little more than its template (0093)."""
    other = Database(servers.mongo, database._db.name)
    reading, writing = DeskStore(database), CouncilStore(other)
    assert (await reading.documents("thai-binh", [MOVEMENT])).sessions == {}
    await writing.save_session(replace(session(session="P3"), revision=0))

    async def seen() -> bool:
        return bool((await reading.documents("thai-binh", [MOVEMENT])).sessions)

    await until(seen, seconds=TRUSTED_SECONDS + 5)
    await other.close()


async def test_revisions_are_given_again_until_this_process_writes(database: Database, servers: Stack) -> None:
    other = Database(servers.mongo, database._db.name)
    own, others = database.documents("things"), other.documents("things")
    assert await database.revisions({"things": None}, within=60) == frozenset()
    await others.append({"_id": "x", "rev": 1, "unsent": []})
    assert await database.revisions({"things": None}, within=60) == frozenset()
    assert await database.revisions({"things": None}) == {("things", "x", 1)}
    await own.insert({"_id": "y", "unsent": []})
    assert await database.revisions({"things": None}, within=60) == {("things", "x", 1), ("things", "y", 1)}
    await other.close()


async def test_a_write_that_is_under_way_when_revisions_are_read_is_not_missed(database: Database) -> None:
    """The answer is given again only if no write began or ended since it was asked for."""
    documents = database.documents("things")
    await documents.prepare()
    with database._looks["things"].writing():
        read = await database.revisions({"things": None}, within=60)
        await documents.append({"_id": "x", "rev": 1, "unsent": []})
    assert read == frozenset()
    assert await database.revisions({"things": None}, within=60) == {("things", "x", 1)}


def test_a_view_is_made_again_only_from_other_objects_or_for_another_key() -> None:
    """Two documents that are equal are still two reads; the day belongs in the key."""
    views, made = Views(), list[str]()

    def view(key: str, *made_from: object) -> str:
        def make() -> str:
            made.append(key)
            return str(len(made))

        return views.view(key, made_from, make)

    documents, plan, read_again = ["a"], object(), ["a"]
    assert view("monday", documents, plan) == view("monday", documents, plan) == "1"
    assert view("tuesday", documents, plan) == "2"
    assert view("monday", read_again, plan) == "3"
    assert view("monday", read_again) == "4"
