"""A session of the council over HTTP, on a real database: drafted, frozen, held, voted on, closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from tests.support.council_desk import DESK, FIRST, MOVEMENT, P4, SECOND, THIRD, Desk, nomination, open_desk, summary

KEYS = [
    {"name": "Lãnh đạo Ban", "role": "leader", "sha256": digest("leader")},
    {"name": "Người xem", "role": "viewer", "sha256": digest("viewer")},
]
MEMBERS = [
    {"id": f"tv-{n}", "role": "chair" if n == 1 else "member", "office": f"Chức danh số {n}", "substitute": f"Phó {n}"}
    for n in range(1, 10)
]
HEAD = {"day": "2023-12-21", "at": "08:00", "place": "Phòng họp số 1", "chair": "tv-1", "members": MEMBERS}
FLAG, CERTIFICATE = f"candidates/{MOVEMENT}/C1", f"candidates/{MOVEMENT}/B1"


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with candidates for a flag and for certificates, and keys of three roles."""
    async with open_desk(servers, desk_keys=KEYS) as opened:
        await opened.apply(summary(C1=[FIRST, SECOND], B1=[SECOND, THIRD]), nomination("Phòng Một", 1))
        yield opened


async def put(desk: Desk, path: str, body: Any, **headers: str) -> httpx.Response:
    return await desk.http.put(f"{P4}/{path}", json=body, headers={**DESK, **headers})


async def post(desk: Desk, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return await desk.http.post(f"{P4}/{path}", json=body, headers={**DESK, **headers})


async def attend(desk: Desk, present: int) -> None:
    states = [{"member": m["id"], "state": "present" if n < present else "excused"} for n, m in enumerate(MEMBERS)]
    assert (await put(desk, "attendance", {"members": states})).status_code == 200


async def hold(desk: Desk, present: int = 7) -> dict[str, Any]:
    """Bring the session to the point where it begins; return its agenda."""
    assert (await put(desk, "head", HEAD)).status_code == 200
    assert (await post(desk, "freeze")).status_code == 200
    await attend(desk, present)
    answer = await post(desk, "start")
    assert answer.status_code == 200, answer.text
    agenda: dict[str, Any] = answer.json()
    return agenda


def hands(item: str, *rows: tuple[str | None, int, int, int], **more: Any) -> dict[str, Any]:
    named = [{"subject": s, "agree": a, "disagree": d, "no_opinion": n} for s, a, d, n in rows]
    return {"item": item, "way": "hands", "rows": named, **more}


async def note_the_rest(desk: Desk) -> None:
    """Record an outcome for every item that has none."""
    agenda = await desk.agenda()
    decided = {outcome["given"]["item"] for outcome in agenda.get("outcomes", ())}
    for item in agenda["items"]:
        if item["id"] not in decided:
            answer = await post(desk, "outcomes", {"item": item["id"], "outcome": "noted"})
            assert answer.status_code == 200, answer.text


async def test_a_session_is_drafted_frozen_held_with_a_quorum_voted_on_and_closed(desk: Desk) -> None:
    """Each step is refused where it is not possible yet, in words that name what is missing."""
    assert (await post(desk, "draft")).json()["phase"] == "drafted"
    assert (await put(desk, "head", HEAD)).status_code == 200
    frozen = (await post(desk, "freeze")).json()
    assert (frozen["phase"], frozen["numbered"]) == ("frozen", True)
    assert [item["number"] for item in frozen["items"]] == list(range(1, len(frozen["items"]) + 1))
    await attend(desk, 5)
    refused = (await post(desk, "start")).json()
    assert (refused["code"], refused["detail"]) == ("no_quorum", "Có mặt 5/9 thành viên; cần ít nhất 6.")
    await attend(desk, 6)
    sitting = (await post(desk, "start")).json()
    assert (sitting["phase"], sitting["meeting"]["present"], sitting["meeting"]["members"]) == ("held", 6, 9)

    wrong = (await post(desk, "votes", hands(FLAG, (FIRST, 5, 0, 0), (SECOND, 1, 5, 0)))).json()
    assert wrong["code"] == "votes_do_not_add_up"
    assert wrong["detail"] == "Đồng ý 5 + không đồng ý 0 + không có ý kiến 0 = 5, khác số ý kiến 6."
    assert (await post(desk, "votes", hands(FLAG, (FIRST, 5, 0, 1), (SECOND, 1, 5, 0)))).status_code == 200
    both = (await post(desk, "outcomes", {"item": FLAG, "outcome": "proposed"})).json()
    assert both["code"] == "too_many_proposed"
    exception = {"subject": SECOND, "outcome": "not_proposed"}
    decided = await post(desk, "outcomes", {"item": FLAG, "outcome": "proposed", "exceptions": [exception]})
    assert decided.status_code == 200

    refused = (await post(desk, "close")).json()
    assert refused["code"] == "items_open"
    left = [item["number"] for item in sitting["items"] if item["id"] != FLAG]
    assert refused["detail"] == f"Còn {len(left)} nội dung chưa có kết quả: số {', '.join(map(str, left))}."
    await post(desk, "outcomes", {"item": CERTIFICATE, "outcome": "deferred", "reason": "Chờ xác minh"})
    await note_the_rest(desk)
    closed = (await post(desk, "close")).json()
    assert (closed["phase"], closed["status"]) == ("closed", "closed")
    steps = [(step["verb"], step["by"], step["role"]) for step in closed["meeting"]["steps"]]
    assert steps[0] == ("draft", "Thư ký Hội đồng", "secretary")
    assert [verb for verb, _, _ in steps if verb != "outcome"] == [
        *("draft", "head", "freeze", "attendance", "attendance", "start", "vote", "close")
    ]
    assert (await post(desk, "freeze")).json()["detail"] == (
        "Không chốt chương trình được: phiên họp đang ở trạng thái “đã kết thúc”."
    )
