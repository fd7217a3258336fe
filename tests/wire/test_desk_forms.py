"""The forms of the desk, sent as a browser sends them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import FIRST, P4, PAGE, Desk, open_desk, summary
from tests.support.desk_forms import SECRETARY as COOKIE
from tests.support.desk_forms import browser_of, sent
from tests.support.signed_in import SIGN_IN, as_browser

BROWSER = browser_of(COOKIE)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await opened.tick(opened.service.clock.now())
        yield opened


async def test_what_the_freeze_will_do_is_read_before_it_is_done(desk: Desk) -> None:
    shown = await desk.http.get(f"{PAGE}/chot", headers=BROWSER)
    items = (await desk.agenda())["items"]
    assert f"{len(items)} nội dung được đánh số 1 đến {len(items)}." in shown.text
    answer = await sent(desk, f"{PAGE}/chot", {})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    agenda = await desk.agenda()
    assert agenda["phase"] == "frozen"
    step = agenda["meeting"]["steps"][-1]
    assert (step["verb"], step["by"], step["role"]) == ("freeze", "Người có vai secretary", "secretary")


async def test_who_comes_second_sees_who_was_first_and_nothing_is_frozen_twice(desk: Desk) -> None:
    await desk.http.post(f"{P4}/draft")
    answer = await sent(desk, f"{PAGE}/chot", {"phien-ban": "0"})
    assert answer.status_code == 409
    assert "vừa sửa phiên họp này lúc" in answer.text
    assert (await desk.agenda())["phase"] == "drafted"


async def test_a_form_that_cannot_be_read_changes_nothing(desk: Desk) -> None:
    assert (await desk.http.post(f"{PAGE}/chot", headers=BROWSER, data={"csrf": form_token(COOKIE)})).status_code == 400
    as_json = await desk.http.post(f"{PAGE}/chot", headers=as_browser(COOKIE), json={})
    assert as_json.status_code == 415


async def test_a_sign_in_that_has_ended_keeps_what_was_typed_and_sends_it_again(desk: Desk) -> None:
    """First without a sign-in, then with a new one whose token the page does not know yet, then with the token."""
    typed = {"phien-ban": "0", "mau": "chot", "ghi-chu": "Đã soát xong <mục> 2", "csrf": "of the old sign-in"}
    signed_out = BROWSER | {"Cookie": ""}
    first = await desk.http.post(f"{PAGE}/chot", headers=signed_out, data=typed)
    assert first.status_code == 401
    again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', first.text.split("Gửi lại nội dung")[1]))
    assert again == {"csrf": "", "phien-ban": "0", "mau": "chot", "ghi-chu": "Đã soát xong &lt;mục&gt; 2"}
    second = await desk.http.post(f"{PAGE}/chot", headers=BROWSER, data=again)
    assert second.status_code == 403
    assert f'name="csrf" value="{form_token(COOKIE)}"' in second.text.split("Gửi lại nội dung")[1]
    assert (await desk.agenda())["phase"] == "planned"
    third = await desk.http.post(f"{PAGE}/chot", headers=BROWSER, data=again | {"csrf": form_token(COOKIE)})
    assert third.status_code == 303


async def test_the_form_of_another_site_is_not_offered_to_be_sent_again(desk: Desk) -> None:
    for headers in (BROWSER | {"Cookie": ""}, BROWSER):
        other = headers | {"Origin": "https://evil.example"}
        answer = await desk.http.post(f"{PAGE}/chot", headers=other, data={"phien-ban": "0"})
        assert answer.status_code in (401, 403)
        assert "Gửi lại nội dung" not in answer.text
