"""council's own boards and verdicts on a real database: the latest page wins, in whatever order pages arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations

from services.council.store import CouncilStore
from shared.contracts.fast_models import Finding
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.scoring import EligibilityPage, StandingsPage
from shared.runtime.mongo import Database
from tests.support.movement import register, s0, units

NOW = datetime(2023, 12, 5, 9, tzinfo=VIETNAM)
MOVEMENT = "trach-nhiem-ky-cuong-2023"
KEY = f"thai-binh/{MOVEMENT}"
FIRST, SECOND, THIRD = units(Tier.SO)[:3]
C1 = s0().award["C1"]
BOARD = ("chuyen-doi-so", Tier.SO)


def board_page(version: int, **scores: str) -> StandingsPage:
    rows = [
        {"unit": unit, "score": score, "version": 1, "receipt": "r", "as_of": "2023-11-30", "final": True}
        for unit, score in scores.items()
    ]
    return StandingsPage.model_validate(
        {
            "movement": MOVEMENT,
            "field": "chuyen-doi-so",
            "tier": "so",
            "page": 0,
            "version": version,
            "declared_complete": False,
            "rows": rows,
        }
    )


def verdict_page(version: int) -> EligibilityPage:
    finding = {
        "criterion": "ky-luat-ky-cuong",
        "verdict": "HOLD",
        "reason": "inspection_open",
        "count": 1,
        "cases": ["VV-01"],
        "events": ["e1"],
        "cite": "S0 IV.3.a",
    }
    evidence = {"event": "e1", "version": 1, "at": NOW, "by": "so-noi-vu", "report": "12/BC-SNV", "obligation": "OB05"}
    return EligibilityPage.model_validate(
        {
            "movement": MOVEMENT,
            "award": "C1",
            "page": 0,
            "version": version,
            "plan": s0().ref,
            "rows": [{"unit": FIRST, "verdict": "HOLD", "findings": [finding]}],
            "evidence": [evidence],
        }
    )


async def ranks(store: CouncilStore) -> dict[str, int]:
    results = await store.results(s0(), MOVEMENT, register(), [C1], [BOARD])
    return dict(results.ranks(*BOARD))


async def apply(store: CouncilStore, pages: Sequence[tuple[StandingsPage, datetime]]) -> None:
    for page, at in pages:
        await store.apply_standings(f"{KEY}/chuyen-doi-so/so/0", page, at)


async def test_old_repeated_and_late_pages_of_a_board_leave_it_at_its_latest(database: Database) -> None:
    """Versions start again when scoring's database is new, so the instant counts before the version."""
    store = CouncilStore(database)
    await store.prepare()
    latest = board_page(1, **{FIRST: "90.5", SECOND: "90.50", THIRD: "88"})
    older = [(board_page(8, **{FIRST: "10"}), NOW), (board_page(9, **{SECOND: "20"}), NOW)]
    pages = [*older, (latest, NOW + timedelta(minutes=1))]
    for order in permutations(pages):
        await apply(store, [*order, *order])
        assert await ranks(store) == {FIRST: 1, SECOND: 1, THIRD: 3}
        for doc in await database.documents("heard").find():
            await database.documents("heard").remove(doc)


async def test_a_page_without_anything_new_is_not_written_again(database: Database) -> None:
    """A broker that is new to scoring gets every page once more."""
    store = CouncilStore(database)
    await store.prepare()
    page, verdicts = board_page(3, **{FIRST: "90"}), verdict_page(2)
    for _ in range(3):
        await apply(store, [(page, NOW)])
        await store.apply_page(KEY, verdicts, NOW)
    assert {doc["rev"] for doc in await database.documents("heard").find()} == {1}


async def test_a_finding_is_read_back_with_its_reason_and_its_evidence(database: Database) -> None:
    """The pages say why without asking scoring."""
    store = CouncilStore(database)
    await store.prepare()
    await store.apply_page(KEY, verdict_page(1), NOW)
    results = (await store.results(s0(), MOVEMENT, register(), [C1], [BOARD])).results("C1")
    assert results.by_unit[FIRST].verdict is Verdict.HOLD
    assert results.by_unit[FIRST].findings == (
        Finding(
            criterion="ky-luat-ky-cuong",
            verdict=Verdict.HOLD,
            reason="inspection_open",
            count=1,
            cases=("VV-01",),
            events=("e1",),
            cite="S0 IV.3.a",
        ),
    )
    assert results.evidence["e1"].report == "12/BC-SNV"
    assert results.changed_at == NOW


async def test_the_same_page_fills_in_what_an_earlier_release_left_out(database: Database) -> None:
    """0.3.0 kept no reasons; scoring publishes its pages again, unchanged, where an operator asks for it."""
    store = CouncilStore(database)
    await store.prepare()
    await store.apply_page(KEY, verdict_page(1), NOW)
    documents = database.documents("heard")
    (doc,) = await documents.find()
    await documents.save({name: value for name, value in doc.items() if name != "reasons"})
    assert not (await store.results(s0(), MOVEMENT, register(), [C1], [])).results("C1").by_unit
    await store.apply_page(KEY, verdict_page(1), NOW)
    assert (await store.results(s0(), MOVEMENT, register(), [C1], [])).results("C1").by_unit


async def test_scores_keep_their_decimals_and_their_day(database: Database) -> None:
    """A score is printed as it was sent."""
    store = CouncilStore(database)
    await store.prepare()
    await apply(store, [(board_page(1, **{FIRST: "98.970"}), NOW)])
    score = (await store.results(s0(), MOVEMENT, register(), [], [BOARD])).scores(*BOARD).by_unit[FIRST]
    assert (str(score.score), score.score, score.final) == ("98.970", Decimal("98.97"), True)
    assert score.as_of is not None
    assert score.as_of.isoformat() == "2023-11-30"
