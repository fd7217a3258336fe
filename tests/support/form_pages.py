"""The council's forms as they are when they can be filled in, which no session of the played year needs any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from shared.contracts.json_values import JsonObject
from tests.support.desk_pages import DeskPage
from tests.support.signed_in import person

_PLAN: Final = "thai-binh/38-kh-hdtdkt-2023"
_MOVEMENT: Final = "trach-nhiem-ky-cuong-2023"
_DRAFTED, _HELD = "ban-du-thao", "dang-hop"
_DRAFT: Final = f"/phien/{_PLAN}/{_DRAFTED}"
_SITTING: Final = f"/phien/{_PLAN}/{_HELD}"
_LIST: Final = f"candidates/{_MOVEMENT}/B3"

FORM_PAGES: Final = (
    DeskPage("composing", f"{_DRAFT}/soan"),
    DeskPage("head", f"{_DRAFT}/thong-tin"),
    DeskPage("freezing", f"{_DRAFT}/chot"),
    DeskPage("cancelling", f"{_DRAFT}/huy"),
    DeskPage("attending", f"{_SITTING}/diem-danh"),
    DeskPage("list", f"{_SITTING}/dieu-hanh?noi-dung={{list}}"),
    DeskPage("ballots", f"{_SITTING}/kiem-phieu?noi-dung={{list}}"),
    DeskPage("minutes-form", f"{_SITTING}/bien-ban"),
    DeskPage("closing-form", f"{_SITTING}/ket-thuc"),
    DeskPage("asking", f"/y-kien/hoi?phien={_PLAN}/{_HELD}&noi-dung={_LIST}"),
    DeskPage("answering", f"/y-kien/thai-binh/{_MOVEMENT}/{{opinion}}"),
    DeskPage("paper", f"/van-ban/{_PLAN}/P4/minutes"),
    DeskPage("long-file", f"/van-ban/{_PLAN}/P4/tep/bundle.pdf"),
    DeskPage("revoking", f"/phien/{_PLAN}/P4/quyet-dinh?hinh-thuc={_MOVEMENT}/B3&viec=huy-bo"),
    DeskPage("reason", f"/vi-sao/thai-binh/{_MOVEMENT}/12808?hinh-thuc=B3"),
    DeskPage("confirming", f"/phien/{_PLAN}/{_DRAFTED}/thanh-vien", role="member"),
)
"""Forms that ``tests.support.desk_pages`` has not, or has as they are once nothing can be recorded.

What stands in braces is found by ``open_forms``.
"""


async def open_forms(http: httpx.AsyncClient, day: str) -> Mapping[str, str]:
    """Call two sessions for an ISO day and begin one of them, and ask an agency; ``http`` has the desk's key.

    Returns what stands in braces in the addresses of ``FORM_PAGES``. Raises ``httpx.HTTPStatusError``.
    """
    members: list[JsonObject] = [
        {"id": f"tv-{n}", "role": "chair" if n == 1 else "member", "office": f"Chức danh số {n}"} for n in range(1, 9)
    ]
    members.append({"id": person("member").id, "role": "member", "office": "Chức danh số 9"})
    head: JsonObject = {"day": day, "at": "08:00", "place": "Phòng họp số 1", "chair": "tv-1", "members": [*members]}
    for session, name in ((_DRAFTED, "Phiên bất thường"), (_HELD, "Phiên bất thường đang họp")):
        session_body: JsonObject = {
            "id": session,
            "name": name,
            "day": day,
            "movements": [_MOVEMENT],
            "reason": "Công văn số 5",
        }
        await _send(http, "POST", f"/v1/sessions/{_PLAN}", session_body)
        await _send(http, "PUT", f"/v1/sessions/{_PLAN}/{session}/head", head)
    sitting = f"/v1/sessions/{_PLAN}/{_HELD}"
    attendance: list[JsonObject] = [{"member": member["id"], "state": "present"} for member in members]
    await _send(http, "POST", f"{sitting}/freeze")
    await _send(http, "PUT", f"{sitting}/attendance", {"members": [*attendance]})
    agenda = await _send(http, "POST", f"{sitting}/start")
    request: JsonObject = {"number": "25/BTĐKT-NV", "date": day, "award": "B3", "agencies": ["cuc-thue"]}
    await _send(http, "POST", f"/v1/thai-binh/{_MOVEMENT}/opinions", {**request, "about": "Nghĩa vụ thuế."})
    (opinion, *_) = (await http.get(f"/v1/thai-binh/{_MOVEMENT}/opinions")).raise_for_status().json()
    number = next(item["number"] for item in agenda.json()["items"] if item["id"] == _LIST)
    return {"list": str(number), "opinion": opinion["opinion"]["id"]}


async def _send(http: httpx.AsyncClient, method: str, path: str, body: JsonObject | None = None) -> httpx.Response:
    return (await http.request(method, path, json=body)).raise_for_status()
