"""How ``thidua rebuild`` names what it compared and what differs."""

from __future__ import annotations

from datetime import UTC, datetime

from deploy.maintenance.rebuild import FactDifference
from services.council.derived_state import RebuiltCouncil
from services.notify.derived_state import RebuiltNotify
from services.scoring.derived_state import RebuiltScoring
from shared.runtime.mongo import Database
from shared.wording.stored_data import COLLECTIONS


async def test_every_compared_collection_has_a_name_in_vietnamese() -> None:
    """It was printed as the database calls it, in English."""
    database, now = Database("mongodb://127.0.0.1:9", "nowhere"), datetime(2023, 12, 1, tzinfo=UTC)
    try:
        for rebuilt in (RebuiltScoring(database, now), RebuiltCouncil(database, now), RebuiltNotify(database, now)):
            assert {derived.collection for derived in rebuilt.derived} <= COLLECTIONS.keys()
    finally:
        await database.close()


def test_a_difference_names_document_and_fact_in_vietnamese() -> None:
    difference = FactDifference("boards", "thai-binh/p/cap-xa/0", 3, "unit 12433", 55, 54)
    assert str(difference) == "bảng số liệu thai-binh/p/cap-xa/0, đơn vị 12433: đang giữ 55, tính lại 54"
    other = FactDifference("sessions", "thai-binh/p/P4", 3, "plan", "a", "b")
    assert str(other) == "phiên họp thai-binh/p/P4, kế hoạch: đang giữ a, tính lại b"
