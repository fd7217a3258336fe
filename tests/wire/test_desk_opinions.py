"""Opinions of other agencies on pages: a letter is recorded, an answer, and what is missing is seen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from html import unescape

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import FIRST, KEY, PAGE, START, Desk, open_desk, summary
from tests.support.signed_in import ORIGIN, SIGN_IN, as_browser, cookie_of

COOKIE = cookie_of("secretary")
BROWSER = as_browser(COOKIE, form=False) | {"Origin": ORIGIN, "Accept": "text/html"}
ASK = "/y-kien/hoi"
REQUEST: Mapping[str, str | list[str]] = {
    "number": "25/BTĐKT-NV",
    "date": "11/12/2023",
    "answer_by": "2023-12-20",
    "award": "C1",
    "about": "Việc chấp hành nghĩa vụ thuế.",
    "agencies/*": ["cuc-thue", "cong-an-tinh"],
}
ANSWER = {"date": "20/12/2023", "answer": "Không nợ thuế."}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await opened.tick(START)
        yield opened


async def read(desk: Desk, path: str) -> str:
    return unescape((await desk.http.get(path, headers=BROWSER)).text)


async def sent(desk: Desk, path: str, fields: Mapping[str, str | list[str]]) -> httpx.Response:
    version = re.search(r'name="phien-ban" value="(\d+)"', await read(desk, path))
    assert version is not None
    form = {"csrf": form_token(COOKIE), "phien-ban": version[1], **fields}
    return await desk.http.post(path, headers=BROWSER, data=form)


async def test_a_request_is_recorded_and_each_agencys_answer_is_followed(desk: Desk) -> None:
    assert "Chưa ghi công văn xin ý kiến nào." in await read(desk, "/y-kien")
    answer = await sent(desk, ASK, REQUEST)
    assert (answer.status_code, answer.headers["location"]) == (303, "/y-kien"), answer.text
    assert "Còn 2 ý kiến chưa trả lời; đã trả lời 0." in await read(desk, "/y-kien")
    await desk.tick(START + timedelta(days=1))
    page = await read(desk, "/y-kien")
    assert "Còn 2 ý kiến chưa trả lời, trong đó 2 quá thời hạn; đã trả lời 0." in page
    assert "trả lời chậm nhất hết ngày 20/12/2023" in page
    form = re.findall(rf'href="(/y-kien/{KEY}/[^"]+)"', page)[0]
    assert (await sent(desk, form, ANSWER)).status_code == 303
    page = await read(desk, "/y-kien")
    assert "Còn 1 ý kiến chưa trả lời, trong đó 1 quá thời hạn; đã trả lời 1." in page
    assert "Ngày 20/12/2023: Không nợ thuế." in page


async def test_an_item_of_the_agenda_leads_to_a_request_about_it(desk: Desk) -> None:
    """Its award and its units are there to be chosen, and the opinion then stands at the item."""
    form = re.findall(r'href="(/y-kien/hoi\?phien=[^"]+)"', await read(desk, PAGE))[0]
    page = await read(desk, form)
    assert f'name="subjects/*" value="{FIRST}"' in page
    assert (await sent(desk, form, {**REQUEST, "subjects/*": [FIRST]})).status_code == 303
    (opinion, _) = (await desk.http.get(f"/v1/{KEY}/opinions")).json()
    assert (opinion["opinion"]["award"], opinion["opinion"]["subjects"]) == ("C1", [FIRST])
    assert "(Công văn số 25/BTĐKT-NV ngày 11/12/2023): chưa trả lời" in await read(desk, PAGE)


async def test_who_comes_from_a_session_is_led_back_to_it(desk: Desk) -> None:
    """From the list, from the form of a letter and from that of an answer, also after they are sent."""
    session = PAGE.removeprefix("/phien/")
    name = (await desk.agenda())["name"]
    (of_session,) = re.findall(r'href="(/y-kien\?phien=[^"]+)"', await read(desk, PAGE))
    listed = await read(desk, of_session)
    assert f'<a href="{PAGE}">{name}</a>' in listed
    (ask,) = re.findall(r'href="(/y-kien/hoi\?phien=[^"]+)"', listed)
    assert f'href="{of_session}"' in await read(desk, ask)
    assert (await sent(desk, ask, REQUEST)).headers["location"] == of_session
    answering = re.findall(rf'href="(/y-kien/{KEY}/[^"]+)"', await read(desk, of_session))[0]
    assert f'href="{of_session}"' in await read(desk, answering)
    assert (await sent(desk, answering, ANSWER)).headers["location"] == of_session
    assert (await desk.http.get(f"/y-kien?phien={session}x", headers=BROWSER)).status_code == 404


async def test_districts_may_be_asked_and_the_standing_office_does_not_ask_itself(desk: Desk) -> None:
    page = await read(desk, ASK)
    offered = set(re.findall(r'name="agencies/\*" value="([^"]+)"', page))
    assert {"336", "338", "cuc-thue"} <= offered
    assert "ban-tdkt" not in offered
    assert "12808" not in offered, "there are 260 communes"


async def test_what_somebody_else_recorded_in_between_is_not_replaced_unread(desk: Desk) -> None:
    """A letter and an answer alike; what was typed stays."""
    body = {key.removesuffix("/*"): value for key, value in REQUEST.items()}
    earlier = body | {"date": "2023-12-11", "about": "Về môi trường."}
    assert (await desk.http.post(f"/v1/{KEY}/opinions", json=earlier)).status_code == 202
    late = await sent(desk, ASK, {**REQUEST, "phien-ban": "0"})
    assert (late.status_code, "Công văn số 25/BTĐKT-NV vừa được ghi khác lúc" in late.text) == (409, True)
    assert "Việc chấp hành nghĩa vụ thuế." in late.text
    form = re.findall(rf'href="(/y-kien/{KEY}/[^"]+)"', await read(desk, "/y-kien"))[0]
    given = {"date": "2023-12-19", "answer": "Có nợ."}
    answered = f"/v1/{KEY}/opinions/{form.rpartition('/')[2]}/answer"
    assert (await desk.http.post(answered, json=given)).status_code == 202
    late = await sent(desk, form, {**ANSWER, "phien-ban": "1"})
    assert late.status_code == 409
    assert "Không nợ thuế." in late.text
    assert "Bản mới nhất: Có nợ." in late.text
    assert (await sent(desk, form, ANSWER)).status_code == 303


async def test_a_request_without_an_agency_is_refused_and_keeps_what_was_typed(desk: Desk) -> None:
    refused = await sent(desk, ASK, {key: value for key, value in REQUEST.items() if key != "agencies/*"})
    assert refused.status_code == 422
    assert 'value="25/BTĐKT-NV"' in refused.text
    assert re.search(r'<legend>Cơ quan được xin ý kiến</legend>\s*<p class="problem">', refused.text)
    assert (await desk.http.get(f"/v1/{KEY}/opinions")).json() == []


async def test_a_request_of_tomorrow_is_refused_at_its_date(desk: Desk) -> None:
    refused = await sent(desk, ASK, {**REQUEST, "date": "21/12/2023"})
    assert refused.status_code == 422
    assert 'id="loi-date"' in refused.text
