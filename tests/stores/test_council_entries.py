"""council's judgements and decisions on a real database: each is one row of its movement's document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.store import CouncilStore
from services.council.stored_documents import session_document, session_from
from shared.contracts.council import Judgement
from shared.contracts.model import VIETNAM, Verdict
from shared.runtime.mongo import Database, Documents, VersionConflict
from tests.support.movement import s0

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
MOVEMENT = s0().movement
assert MOVEMENT is not None
KEY = f"thai-binh/{MOVEMENT.id}"


def judgement(unit: str, version: int = 1) -> Judgement:
    return Judgement.model_validate(
        {
            "movement": KEY.partition("/")[2],
            "plan": s0().ref,
            "register_version": 1,
            "unit": unit,
            "tier": "so",
            "page": 0,
            "criterion": "phong-trao",
            "verdict": Verdict.PASS,
            "reason": "đã bàn",
            "by": "Hội đồng",
            "at": NOW,
            "version": version,
        }
    )


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


async def test_a_post_reads_the_document_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries it was decided on are those it is written over."""
    store, reads, get = CouncilStore(database), list[str](), Documents.get
    await store.prepare()

    async def counted(documents: Documents, doc_id: str) -> dict[str, object] | None:
        reads.append(doc_id)
        return await get(documents, doc_id)

    monkeypatch.setattr(Documents, "get", counted)
    for unit in ("so-a", "so-b"):
        stored = await store.stored_judgements(*KEY.split("/"))
        await store.save_judgements(stored, [judgement(unit)])
    assert reads == [KEY, KEY]


async def test_a_new_judgement_leaves_the_others_as_they_were_written(database: Database) -> None:
    """Only the new row becomes unsent; a row that still waits stays unsent."""
    store = CouncilStore(database)
    await store.prepare()
    await store.save_judgements(await store.stored_judgements(*KEY.split("/")), [judgement("so-a"), judgement("so-b")])
    before = await database.documents("judgements").get(KEY)
    assert before is not None
    assert before["unsent"] == ["so-a|phong-trao", "so-b|phong-trao"]
    await database.documents("judgements").sent([before])
    await store.save_judgements(await store.stored_judgements(*KEY.split("/")), [judgement("so-b", 2)])
    after = await database.documents("judgements").get(KEY)
    assert after is not None
    assert after["rows"] == {**before["rows"], "so-b|phong-trao": judgement("so-b", 2).model_dump(mode="json")}
    assert list(after["rows"]) == list(before["rows"])
    assert (after["unsent"], after["pending"], after["rev"]) == (["so-b|phong-trao"], True, 2)


async def test_of_two_posts_decided_on_the_same_entries_the_second_is_refused(database: Database) -> None:
    """It must be decided again."""
    one, other = CouncilStore(database), CouncilStore(database)
    await one.prepare()
    first, second = [await store.stored_judgements(*KEY.split("/")) for store in (one, other)]
    await one.save_judgements(first, [judgement("so-a")])
    with pytest.raises(VersionConflict):
        await other.save_judgements(second, [judgement("so-b")])
    first, second = [await store.stored_judgements(*KEY.split("/")) for store in (one, other)]
    await other.save_judgements(second, [judgement("so-b")])
    with pytest.raises(VersionConflict):
        await one.save_judgements(first, [judgement("so-c")])
    assert [unit for unit, _ in (await one.stored_judgements(*KEY.split("/"))).by_key] == ["so-a", "so-b"]


async def test_nothing_is_written_for_no_judgements(database: Database) -> None:
    """A post that changes nothing publishes nothing."""
    store = CouncilStore(database)
    await store.prepare()
    await store.save_judgements(await store.stored_judgements(*KEY.split("/")), [])
    assert await database.documents("judgements").count() == 0


@pytest.mark.parametrize(
    ("status", "phase", "numbered"),
    [
        ("draft", "planned", False),
        ("frozen", "frozen", True),
        ("closed", "frozen", True),
        ("historical", "historical", False),
    ],
)
def test_a_session_of_the_last_release_opens_and_is_stored_in_the_new_form(
    status: str, phase: str, numbered: bool
) -> None:
    """0.2.0 closed a session when its window ended: nobody had, so it is frozen with the items it had then."""
    item = {"number": 13, "id": "task/T12", "kind": "task", "title": "Họp", "cite": "S1 Phụ lục 12"}
    old = {"_id": "thai-binh/p/P2", "rev": 4, "unsent": [], "pending": False, "version": 29, "session": "P2"}
    old |= {"name": "Phiên thứ Hai", "plan": s0().ref.model_dump(), "status": status, "frozen": status == "frozen"}
    old |= {"frozen_at": NOW if numbered else None, "items": [item], "numbers": {"task/T12": 13}, "changed_at": NOW}
    stored = session_from(old)
    assert (stored.phase, stored.agenda.numbered, stored.agenda.version) == (phase, numbered, 29)
    assert (stored.revision, stored.agenda.frozen_at) == (4, old["frozen_at"])
    assert [(entry.number, entry.id) for entry in stored.agenda.items] == [(13, "task/T12")]
    again = session_from(session_document(stored))
    assert again == stored
