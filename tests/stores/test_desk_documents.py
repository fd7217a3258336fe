"""What the desk's pages are made from, kept by stored revision: never older than the database."""

from __future__ import annotations

from dataclasses import replace

from services.council.desk.views import Views
from services.council.desk_store import DeskStore
from services.council.store import CouncilStore
from shared.contracts.model import Tier
from shared.runtime.mongo import Database
from tests.support.agendas import MOVEMENT, nomination
from tests.support.desk_data import session
from tests.support.movement import units

KEY = f"thai-binh/{MOVEMENT}"
UNIT = units(Tier.SO)[0]


async def test_the_next_page_sees_what_another_process_wrote_and_keeps_what_has_not_changed(database: Database) -> None:
    """Two stores on one database are two replicas of the service."""
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
