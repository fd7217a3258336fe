"""Many units judged in one form, sent as a browser sends it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.model import Tier
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import KEY, Desk, open_desk
from tests.support.desk_results import unjudged
from tests.support.movement import units
from tests.support.signed_in import ORIGIN, SIGN_IN, as_browser, cookie_of

COOKIE = cookie_of("secretary")
BROWSER = as_browser(COOKIE, form=False) | {"Origin": ORIGIN, "Accept": "text/html"}
PAGE = "/tieu-chuan/tham-dinh?hinh-thuc=C1"
CRITERION = "hoan-thanh-xuat-sac"
OFFICES = units(Tier.SO)


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council whose offices all wait for judgement on one criterion of the flag."""
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(unjudged("C1", CRITERION, OFFICES))
        yield opened


def fields_of(html: str) -> dict[str, str]:
    """The hidden fields and the ticked boxes of the form."""
    form = html.split("<main")[1]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    ticked = re.findall(r'type="checkbox" [^>]*name="([^"]+)" value="co" checked', form)
    return hidden | dict.fromkeys(ticked, "co") | {"csrf": form_token(COOKIE)}


async def send(desk: Desk, fields: Mapping[str, str]) -> httpx.Response:
    return await desk.http.post(PAGE, headers=BROWSER, data=dict(fields))


async def recorded(desk: Desk) -> dict[str, tuple[str, str]]:
    stored = await desk.service._database.documents("judgements").get(KEY)
    rows = stored["rows"].values() if stored else ()
    return {row["unit"]: (row["verdict"], row["reason"]) for row in rows}


async def opened(desk: Desk) -> dict[str, str]:
    return fields_of((await desk.http.get(PAGE, headers=BROWSER)).text)


async def test_all_units_of_the_list_are_judged_in_one_form_and_the_page_shows_how_many(desk: Desk) -> None:
    """One of them has a verdict and a reason of its own."""
    shown = (await desk.http.get(PAGE, headers=BROWSER)).text
    assert f"{len(OFFICES)} đơn vị chờ thẩm định." in shown
    assert "Ghi rồi vẫn sửa được." in shown
    own = next(name for name, value in fields_of(shown).items() if value == OFFICES[2]).removesuffix("unit")
    typed = {"verdict": "PASS", "reason": "Đã thẩm định.", f"{own}verdict": "FAIL", f"{own}reason": "Chậm 2 việc."}
    answer = await send(desk, fields_of(shown) | typed)
    assert answer.status_code == 303, answer.text
    given = await recorded(desk)
    assert given.pop(OFFICES[2]) == ("FAIL", "Chậm 2 việc.")
    assert given == dict.fromkeys([u for u in OFFICES if u != OFFICES[2]], ("PASS", "Đã thẩm định."))
    after = (await desk.http.get(answer.headers["location"], headers=BROWSER)).text
    assert f"Đã thẩm định cả {len(OFFICES)} đơn vị." in after
    assert f"Lần ghi gần nhất: {len(OFFICES)} đơn vị, Người có vai secretary ghi lúc" in after


async def test_only_ticked_units_are_judged_and_one_can_be_corrected_later(desk: Desk) -> None:
    fields = await opened(desk)
    ticked = [name for name in fields if name.endswith("/chosen")]
    for name in ticked[1:]:
        del fields[name]
    await send(desk, fields | {"verdict": "PASS", "reason": "Đúng."})
    assert list((await recorded(desk)).values()) == [("PASS", "Đúng.")]
    again = await opened(desk)
    assert ticked[0] not in again, "what is judged is not ticked beforehand"
    only = {name: value for name, value in again.items() if not name.endswith("/chosen")}
    answer = await send(desk, only | {ticked[0]: "co", "verdict": "FAIL", "reason": "Nhầm đơn vị."})
    assert answer.status_code == 303
    assert list((await recorded(desk)).values()) == [("FAIL", "Nhầm đơn vị.")]


async def test_a_judgement_that_came_in_between_is_shown_and_nothing_is_recorded_or_lost(desk: Desk) -> None:
    """Neither is what both typed: the page shows the other's beside it, and sending it again replaces that."""
    fields = await opened(desk)
    between = [{"unit": OFFICES[1], "criterion": CRITERION, "verdict": "FAIL", "reason": "Có đơn thư."}]
    assert (await desk.http.post(f"/v1/{KEY}/judgements", json=between)).status_code == 202
    answer = await send(desk, fields | {"verdict": "PASS", "reason": "Đã soát cả khối."})
    assert answer.status_code == 409
    assert "1 đơn vị vừa có người khác ghi ý kiến thẩm định; chưa ghi gì." in answer.text
    assert "Vừa ghi khác: không đạt, Thư ký Hội đồng ghi lúc" in answer.text
    assert "lý do: Có đơn thư." in answer.text
    assert "Đã soát cả khối." in answer.text
    assert await recorded(desk) == {OFFICES[1]: ("FAIL", "Có đơn thư.")}
    shown = fields_of(answer.text)
    assert sum(name.endswith("/chosen") for name in shown) == len(OFFICES)
    assert (await send(desk, shown | {"verdict": "PASS", "reason": "Đã soát cả khối."})).status_code == 303
    assert (await recorded(desk))[OFFICES[1]] == ("PASS", "Đã soát cả khối.")


async def test_the_same_form_sent_twice_is_recorded_once(desk: Desk) -> None:
    fields = await opened(desk) | {"verdict": "PASS", "reason": "Đúng."}
    assert [(await send(desk, fields)).status_code for _ in range(2)] == [303, 303]


async def test_a_form_without_a_verdict_or_a_unit_is_refused_and_keeps_what_was_typed(desk: Desk) -> None:
    fields = await opened(desk)
    answer = await send(desk, fields | {"reason": "Lý do đã gõ"})
    assert answer.status_code == 422
    assert "Chọn ý kiến chung, hoặc ý kiến riêng cho từng đơn vị đã chọn." in answer.text
    assert "Lý do đã gõ" in answer.text
    nobody = {name: value for name, value in fields.items() if not name.endswith("/chosen")}
    answer = await send(desk, nobody | {"verdict": "PASS", "reason": "Đúng."})
    assert (answer.status_code, "Chưa chọn đơn vị nào." in answer.text) == (422, True)
    assert await recorded(desk) == {}


async def test_the_way_to_the_form_is_there_for_the_secretary_only(desk: Desk) -> None:
    link = "Ghi ý kiến thẩm định cho các đơn vị đang lọc"
    assert link in (await desk.http.get("/tieu-chuan?hinh-thuc=C1", headers=BROWSER)).text
    viewer = as_browser(cookie_of("viewer"), form=False) | {"Accept": "text/html"}
    assert link not in (await desk.http.get("/tieu-chuan?hinh-thuc=C1", headers=viewer)).text
    assert (await desk.http.get(PAGE, headers=viewer)).status_code == 403
