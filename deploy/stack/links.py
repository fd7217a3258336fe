"""One-time sign-in links of a stack, one for each role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from deploy.stack.embedded import Stack
from shared.contracts.people import ROLE_NAMES, Role

_PEOPLE: Final[Mapping[Role, tuple[str, str]]] = {
    "secretary": ("thu-ky", "Thư ký Hội đồng"),
    "leader": ("lanh-dao", "Lãnh đạo Hội đồng"),
    "member": ("tv-2", "Ủy viên Hội đồng"),
    "officer": ("chuyen-vien", "Chuyên viên"),
    "viewer": ("nguoi-xem", "Người xem"),
    "operator": ("van-hanh", "Người vận hành"),
}
"""The id and the name of a person with each role, whom the stack adds if the role's person is not there yet.

A member's id is the one that the heads of the demo's sessions have (0090).
"""


async def sign_in_links(stack: Stack, agency: str | None = None) -> dict[Role, str]:
    """A new link for a person of each role; the officer is of ``agency``, or else of the standing office.

    Raises ``httpx.HTTPError``.
    """
    assert stack.province is not None
    headers = {"Authorization": f"Bearer {stack.operator_key}"}
    links: dict[Role, str] = {}
    async with httpx.AsyncClient(base_url=stack.urls["intake"], headers=headers, timeout=10) as http:
        there = (await http.get("/v1/people")).raise_for_status().json()
        for role, (person, name) in _PEOPLE.items():
            account: dict[str, str] = {"name": name, "role": role}
            if role == "officer":
                account["agency"] = agency or stack.province.office
            if person not in there:
                (await http.put(f"/v1/people/{person}", json=account)).raise_for_status()
            links[role] = str((await http.post(f"/v1/people/{person}/links")).raise_for_status().json()["url"])
    return links


def link_lines(links: Mapping[Role, str]) -> list[str]:
    """The links as they are printed."""
    return ["  Liên kết đăng nhập (mỗi liên kết dùng một lần, trong 12 giờ)"] + [
        f"    {ROLE_NAMES[role]:<12} {url}" for role, url in links.items()
    ]
