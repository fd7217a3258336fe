"""What the chair does on the chair's page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.people import Role
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import FIRST, PAGE, Desk, open_desk, summary
from tests.support.signed_in import ORIGIN, SIGN_IN, as_browser, cookie_of
from tests.support.sittings import hold, note_the_rest
from tests.support.sittings import post as request

CHAIR = f"{PAGE}/chu-tri"
ROLES: tuple[Role, ...] = ("secretary", "leader", "member", "viewer")
COOKIES = {role: cookie_of(role) for role in ROLES}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await opened.tick(opened.service.clock.now())
        yield opened


def browser(role: Role) -> dict[str, str]:
    return as_browser(COOKIES[role], form=False) | {"Origin": ORIGIN, "Accept": "text/html"}


async def shown(desk: Desk, role: Role = "leader") -> str:
    return (await desk.http.get(CHAIR, headers=browser(role))).text


async def sent(desk: Desk, form: str, role: Role = "leader", reason: str = "", version: str = "") -> httpx.Response:
    """Send a form of the page as it is now, unless it is an older version's."""
    newest = re.search(r'name="phien-ban" value="(\d+)"', await shown(desk))
    seen = version or (newest[1] if newest else "0")
    fields = {"csrf": form_token(COOKIES[role]), "mau": form, "phien-ban": seen, "reason": reason}
    return await desk.http.post(CHAIR, headers=browser(role), data=fields)


async def test_the_leader_approves_the_minutes_once_they_are_written(desk: Desk) -> None:
    await hold(desk)
    await note_the_rest(desk)
    assert "Thông qua biên bản" not in await shown(desk)
    await request(desk, "minutes/draft")
    assert "từ lúc đó thành viên xem được biên bản" in await shown(desk)
    assert "Thông qua biên bản" not in await shown(desk, "viewer")
    assert (await sent(desk, "thong-qua", "member")).status_code == 403
    answer = await sent(desk, "thong-qua")
    assert (answer.status_code, answer.headers["location"]) == (303, CHAIR)
    agenda = await desk.agenda()
    step = agenda["meeting"]["steps"][-1]
    assert (agenda["phase"], step["by"], step["role"]) == ("approved", "Người có vai leader", "leader")
    assert "Thông qua biên bản" not in await shown(desk)


async def test_a_session_is_cancelled_with_a_reason_and_not_on_a_page_that_is_out_of_date(desk: Desk) -> None:
    without = await sent(desk, "huy")
    assert without.status_code == 422
    assert "<details open>" in without.text
    version = re.search(r'name="phien-ban" value="(\d+)"', await shown(desk))
    assert version is not None
    await request(desk, "draft")
    late = await sent(desk, "huy", reason="Bão số 5", version=version[1])
    assert (late.status_code, "Bão số 5" in late.text) == (409, True)
    assert (await sent(desk, "huy", reason="Bão số 5")).status_code == 303
    agenda = await desk.agenda()
    assert (agenda["phase"], agenda["meeting"]["steps"][-1]["reason"]) == ("cancelled", "Bão số 5")
    assert "Việc của người chủ trì" not in await shown(desk)
