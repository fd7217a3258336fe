"""What a page shows is kept until it changes: nobody sees an earlier state of it, or a page made for another role."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.kept_documents import TRUSTED_SECONDS
from services.council.store import CouncilStore
from shared.contracts.council import Judgement
from shared.contracts.intake import PlanPublished
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import EligibilityChanged
from shared.runtime.mongo import Database
from tests.support.council_desk import DESK, FIRST, KEY, MOVEMENT, PAGE, START, Desk, event_of, open_desk, summary
from tests.support.desk_results import unjudged
from tests.support.movement import s0, s1, units
from tests.support.sittings import KEYS, hold, post
from tests.support.waiting import until

OFFICES = units(Tier.SO)
CRITERION = "hoan-thanh-xuat-sac"
JUDGING = "/tieu-chuan/tham-dinh?hinh-thuc=C1"
PAPERS = f"/van-ban?phien={PAGE.removeprefix('/phien/')}"
SECRETARY, VIEWER = DESK, {"Authorization": "Bearer viewer"}
LATER_SECONDS = TRUSTED_SECONDS + 5


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council whose offices wait for a judgement, with a secretary and a viewer."""
    async with open_desk(servers, desk_keys=KEYS) as opened:
        await opened.apply(summary(C1=[FIRST]), unjudged("C1", CRITERION, OFFICES))
        await opened.tick(START)
        yield opened


async def read(desk: Desk, path: str, who: dict[str, str] = SECRETARY) -> str:
    answer = await desk.http.get(path, headers=who)
    assert answer.status_code == 200, (path, answer.text)
    return unescape(answer.text)


async def test_a_page_that_the_secretary_opened_is_another_one_for_a_viewer(desk: Desk) -> None:
    await hold(desk)
    for path, only_for_the_secretary in ((PAGE, "/dieu-hanh"), (PAPERS, "/tables/agenda.xlsx"), (PAPERS, "Tờ trình")):
        assert only_for_the_secretary in await read(desk, path)
        assert only_for_the_secretary not in await read(desk, path, VIEWER), path
        assert only_for_the_secretary in await read(desk, path)


async def test_the_papers_of_a_session_are_those_of_its_present_state(desk: Desk) -> None:
    """Also where each of them stands, and the other sessions beside it."""
    early = await read(desk, PAPERS)
    await hold(desk)
    before = await read(desk, PAPERS)
    assert before != early
    assert "Đã lập để trình ký" not in before
    assert (await post(desk, "papers/conclusions/make", {})).status_code == 200
    assert "Đã lập để trình ký" in await read(desk, PAPERS)


async def test_the_form_of_judgements_shows_what_was_just_recorded_here(desk: Desk) -> None:
    assert f"{len(OFFICES)} đơn vị chờ thẩm định." in await read(desk, JUDGING)
    given = [{"unit": OFFICES[0], "criterion": CRITERION, "verdict": "PASS", "reason": "Đúng."}]
    assert (await desk.http.post(f"/v1/{KEY}/judgements", json=given)).status_code == 202
    page = await read(desk, JUDGING)
    assert f"{len(OFFICES) - 1} đơn vị chờ thẩm định, 1 đơn vị đã thẩm định." in page
    assert re.search(r'name="rows/\d+/seen" value="1"', page)


async def test_the_form_of_judgements_shows_what_another_process_recorded_within_seconds(
    desk: Desk, servers: Stack
) -> None:
    """And its stream is that of the state it shows."""
    before = await read(desk, JUDGING)
    database = Database(servers.mongo, f"{desk.service._settings.database_prefix}council")
    store = CouncilStore(database)
    about = {"movement": MOVEMENT, "plan": s0().ref, "register_version": 1, "tier": Tier.SO, "page": 0, "version": 1}
    given = {"unit": OFFICES[0], "criterion": CRITERION, "verdict": Verdict.PASS, "reason": "Đúng."}
    judgement = Judgement.model_validate({**about, **given, "by": "Người khác", "at": START})
    await store.save_judgements(await store.stored_judgements(*KEY.split("/")), [judgement])
    await database.close()

    async def shown() -> bool:
        return "Người khác ghi lúc" in await read(desk, JUDGING)

    await until(shown, "the other process's judgement", seconds=LATER_SECONDS)
    assert stream_of(await read(desk, JUDGING)) != stream_of(before)


def stream_of(page: str) -> str:
    return str(re.findall(r'data-stream="([^"]+)"', page)[0])


async def test_the_places_of_results_follow_their_results(desk: Desk) -> None:
    before = await read(desk, "/tieu-chuan?hinh-thuc=C1")
    event = unjudged("C1", CRITERION, OFFICES[1:])
    assert isinstance(event, EligibilityChanged)
    await desk.apply(event.model_copy(update={"data": event.data.model_copy(update={"version": 2})}))
    after = await read(desk, "/tieu-chuan?hinh-thuc=C1")
    assert stream_of(after) != stream_of(before)


async def test_a_session_is_called_under_the_newest_version_of_a_plan(desk: Desk) -> None:
    assert "99/KH-HĐTĐKT" not in await read(desk, "/phien/trieu-tap")
    plan = s1().model_dump(mode="json")
    newer = Plan.model_validate(plan | {"version": 2, "source": plan["source"] | {"number": "99/KH-HĐTĐKT"}})
    await desk.apply(event_of(PlanPublished, newer, newer.key))
    assert "99/KH-HĐTĐKT" in await read(desk, "/phien/trieu-tap")


async def test_the_journal_of_one_filter_is_not_that_of_another(desk: Desk) -> None:
    await hold(desk)
    assert "Bắt đầu phiên họp" in await read(desk, "/nhat-ky?loai=phien-hop")
    assert "Bắt đầu phiên họp" not in await read(desk, "/nhat-ky?loai=tham-dinh")
    await post(desk, "outcomes", {"item": f"candidates/{MOVEMENT}/C1", "outcome": "deferred", "reason": "Chờ."})
    await post(desk, "items", {"title": "Việc thêm", "basis": "Công văn số 9"})
    assert "Việc thêm" in await read(desk, "/nhat-ky?loai=phien-hop")
