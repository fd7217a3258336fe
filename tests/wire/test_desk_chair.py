"""The chair's page leads to what the chair does: approve the minutes, cancel the session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.stack.embedded import Stack
from tests.support.council_desk import FIRST, PAGE, Desk, open_desk, summary
from tests.support.desk_forms import sent, shown
from tests.support.signed_in import SIGN_IN, cookie_of
from tests.support.sittings import hold, note_the_rest, post

CHAIR, MINUTES, CANCEL = f"{PAGE}/chu-tri", f"{PAGE}/bien-ban", f"{PAGE}/huy"
LEADER, MEMBER, VIEWER = cookie_of("leader"), cookie_of("member"), cookie_of("viewer")


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await opened.tick(opened.service.clock.now())
        yield opened


async def test_the_leader_is_led_to_the_minutes_once_they_are_written_and_until_they_are_approved(desk: Desk) -> None:
    await hold(desk)
    await note_the_rest(desk)
    assert MINUTES not in await shown(desk, CHAIR, LEADER)
    assert (await post(desk, "minutes/draft")).status_code == 200
    assert f'href="{MINUTES}"' in await shown(desk, CHAIR, LEADER)
    assert MINUTES not in await shown(desk, CHAIR, VIEWER)
    assert "Từ lúc đó thành viên xem được biên bản" in await shown(desk, MINUTES, LEADER)
    assert (await sent(desk, CHAIR, {}, MEMBER, f"{MINUTES}/thong-qua")).status_code == 403
    approved = await sent(desk, MINUTES, {}, LEADER, f"{MINUTES}/thong-qua")
    assert (approved.status_code, approved.headers["location"]) == (303, MINUTES)
    assert MINUTES not in await shown(desk, CHAIR, LEADER)
    assert "Thông qua biên bản" not in await shown(desk, MINUTES, LEADER)
    assert (await post(desk, "close")).status_code == 200
    assert "Thông qua biên bản" not in await shown(desk, MINUTES, LEADER)


async def test_the_leader_is_led_to_the_form_that_cancels_and_it_keeps_the_reason_on_a_page_out_of_date(
    desk: Desk,
) -> None:
    assert f'href="{CANCEL}"' in await shown(desk, CHAIR, LEADER)
    assert CANCEL not in await shown(desk, CHAIR, MEMBER)
    assert (await post(desk, "draft")).status_code == 200
    late = await sent(desk, CANCEL, {"reason": "Bão số 5", "phien-ban": "0"}, LEADER)
    assert (late.status_code, "Bão số 5" in late.text) == (409, True)
    assert (await sent(desk, CANCEL, {"reason": "Bão số 5"}, LEADER)).status_code == 303
    agenda = await desk.agenda()
    step = agenda["meeting"]["steps"][-1]
    assert (agenda["phase"], step["by"], step["reason"]) == ("cancelled", "Người có vai leader", "Bão số 5")
    assert "Việc của người chủ trì" not in await shown(desk, CHAIR, LEADER)
