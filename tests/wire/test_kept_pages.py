"""What a page shows is kept until it changes: nobody sees an earlier state of it, or a page made for another role."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.kept_documents import TRUSTED_SECONDS
from services.council.paper_life import rules
from services.council.paper_life.state import Made, PaperRecord
from services.council.paper_life.store import PaperLifeStore
from services.council.sessions.actions import Actor
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
from tests.support.sittings import FLAG, KEYS, hands, hold, post
from tests.support.waiting import until

OFFICES = units(Tier.SO)
CRITERION = "hoan-thanh-xuat-sac"
JUDGING = "/tieu-chuan/tham-dinh?hinh-thuc=C1"
PAPERS = f"/van-ban?phien={PAGE.removeprefix('/phien/')}"
CHANGED = "Nội dung đã khác bản lập để trình ký"
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


async def test_the_page_of_a_paper_is_that_of_its_present_text_and_record(desk: Desk) -> None:
    """And of the reader's role; the text may differ from what was made to be signed."""
    await hold(desk)
    page = f"/van-ban/{PAGE.removeprefix('/phien/')}/conclusions"
    assert "Dự thảo" in await read(desk, page)
    assert (await post(desk, "papers/conclusions/make", {})).status_code == 200
    made = await read(desk, page)
    assert "Đã lập để trình ký" in made
    assert CHANGED not in made
    given = {"item": FLAG, "outcome": "deferred", "reason": "Chờ."}
    assert (await post(desk, "outcomes", given)).status_code == 200
    assert CHANGED in await read(desk, page)
    assert (await desk.http.get(page, headers=VIEWER)).status_code == 404
    assert CHANGED in await read(desk, page)


async def test_the_page_of_a_paper_shows_what_another_process_recorded_within_seconds(
    desk: Desk, servers: Stack
) -> None:
    await hold(desk)
    page = f"/van-ban/{PAGE.removeprefix('/phien/')}/conclusions"
    assert "Đã lập để trình ký" not in await read(desk, page)
    database = Database(servers.mongo, f"{desk.service._settings.database_prefix}council")
    made = Made(snapshot="0" * 64, text="1" * 64, by="Người khác", at=START)
    about = {"session": PAGE.removeprefix("/phien/"), "paper": "conclusions", "kind": "conclusions"}
    record = PaperRecord.model_validate({**about, "name": "Thông báo kết luận", "bears_number": True})
    actor = Actor("Người khác", "secretary", START)
    await PaperLifeStore(database).save(0, rules.make(record, made, "", actor))
    await database.close()

    async def shown() -> bool:
        return "Người khác" in await read(desk, page)

    await until(shown, "the other process's edition", seconds=LATER_SECONDS)


async def test_the_form_of_an_opinion_shows_the_item_and_its_units_of_now(desk: Desk) -> None:
    """Its version is that of the opinions recorded so far, and the plan's name is the newest."""
    path = f"/y-kien/hoi?phien={PAGE.removeprefix('/phien/')}&noi-dung=candidates/{MOVEMENT}/C1"
    before = await read(desk, path)
    assert f'name="subjects/*" value="{FIRST}"' in before
    assert 'name="phien-ban" value="0"' in before
    await desk.apply(summary(C1=[OFFICES[1]]).model_copy(update={"time": START + timedelta(minutes=1)}))
    after = await read(desk, path)
    assert f'name="subjects/*" value="{FIRST}"' not in after
    assert f'name="subjects/*" value="{OFFICES[1]}"' in after
    question = {"number": "9/BTĐKT", "date": "2023-12-11", "award": "C1", "about": "Thuế.", "agencies": ["cuc-thue"]}
    assert (await desk.http.post(f"/v1/{KEY}/opinions", json=question)).status_code == 202
    assert 'name="phien-ban" value="1"' in await read(desk, path)


async def test_an_answer_is_recorded_over_the_latest_one(desk: Desk) -> None:
    question = {"number": "9/BTĐKT", "date": "2023-12-11", "award": "C1", "about": "Thuế.", "agencies": ["cuc-thue"]}
    await desk.http.post(f"/v1/{KEY}/opinions", json=question)
    (opinion,) = (await desk.http.get(f"/v1/{KEY}/opinions")).json()
    path = f"/y-kien/{KEY}/{opinion['opinion']['id']}"
    assert "Không nợ thuế." not in await read(desk, path)
    answer = {"date": "2023-12-12", "answer": "Không nợ thuế."}
    answered = await desk.http.post(f"/v1/{KEY}/opinions/{opinion['opinion']['id']}/answer", json=answer)
    assert answered.status_code == 202, answered.text
    assert "Không nợ thuế." in await read(desk, path)


async def test_pages_of_a_session_read_all_that_they_show(desk: Desk) -> None:
    """What they do not name as a part is not read for them: attendance, awards, what closing records."""
    await hold(desk)
    assert "Có mặt" in await read(desk, f"{PAGE}/diem-danh")
    assert "thống nhất đề nghị" not in await read(desk, f"{PAGE}/ket-thuc")
    assert (await post(desk, "votes", hands(FLAG, (FIRST, 7, 0, 0)))).status_code == 200
    assert (await post(desk, "outcomes", {"item": FLAG, "outcome": "proposed"})).status_code == 200
    assert "thống nhất đề nghị" in await read(desk, f"{PAGE}/ket-thuc")
    assert "Không có đề nghị nào chờ" in await read(desk, f"{PAGE}/quyet-dinh")
    assert (await desk.decide({"award": "C1", "subject": FIRST}))[0] == 202
    assert "1 đề nghị của Hội đồng chưa ghi nhận" in await read(desk, f"{PAGE}/quyet-dinh")
    assert "thống nhất đề nghị" not in await read(desk, f"{PAGE}/ket-thuc")
    await post(desk, "items", {"title": "Việc thêm", "basis": "Công văn số 9"})
    assert "Việc thêm" in await read(desk, f"{PAGE}/bien-ban")
