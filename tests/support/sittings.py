"""A session of the council at HTTP: the requests that bring it to a sitting, and the members who attend."""

from __future__ import annotations

from typing import Any

import httpx

from services.intake.access.key_store import digest
from tests.support.council_desk import DESK, MOVEMENT, P4, Desk

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
