"""Who may do what at the council: every route of the service is in one table, and what is not in it is refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from deploy.stack.embedded import Stack
from services.council import access
from services.council.access import ANYONE, ROLES
from services.intake.access.key_store import digest
from tests.support.council_desk import DECISIONS, FIRST, KEY, P4, Desk, open_desk, summary

TABLE = Path(__file__).parents[2] / "docs" / "council.md"
ALL_ROLES = ("secretary", "leader", "member", "officer", "viewer", "operator")
OPERATIONS = {"/livez", "/readyz", "/metrics", "/progress", "/clock"}
KEYS = [{"name": f"Khóa {role}", "role": role, "sha256": digest(role)} for role in ALL_ROLES]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with a key of every role."""
    async with open_desk(servers, desk_keys=KEYS) as opened:
        await opened.apply(summary(C1=[FIRST]))
        yield opened


def routes(of: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Every route of council's own among these, by method and path, also in the routers that are included."""
    for route in of:
        if (router := getattr(route, "original_router", None)) is not None:
            yield from routes(router.routes)
        elif isinstance(route, APIRoute) and route.path not in OPERATIONS:
            yield from ((method, route.path) for method in route.methods or ())


def address(path: str) -> str:
    values = {"province": "thai-binh", "plan": "38-kh-hdtdkt-2023", "session": "P9", "movement": "khac"}
    values["opinion"] = "1"
    return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path)


async def test_every_route_is_in_the_table_and_nothing_else(desk: Desk) -> None:
    """A new route without a row would be closed to everybody."""
    assert sorted(routes(desk.service.api.routes)) == sorted(ROLES)


async def test_each_role_may_do_what_the_table_allows_and_nothing_more(desk: Desk) -> None:
    """An unknown key is 401, a known one without the right 403; the body of neither is read."""
    for (method, path), allowed in ROLES.items():
        if allowed == ANYONE:
            continue
        for role in ("", "nobody", *ALL_ROLES):
            headers = {"Authorization": f"Bearer {role}", "Content-Type": "application/json"} if role else {}
            answer = await desk.http.request(method, address(path), headers=headers, content=b"[")
            status = 401 if role in ("", "nobody") else 403
            if role in allowed:
                assert answer.status_code in (400, 404, 409, 422), (method, path, role)
            else:
                expected = (status, "not_the_desk" if status == 401 else "not_allowed")
                assert (answer.status_code, answer.json()["code"]) == expected, (method, path, role)


async def test_a_route_without_a_row_is_closed_to_everybody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Denied by default, also to the secretary."""
    fewer = {key: roles for key, roles in ROLES.items() if not key[1].endswith("/freeze")}
    monkeypatch.setattr(access, "ROLES", fewer)
    answer = await desk.http.post(f"{P4}/freeze", headers={"Authorization": "Bearer secretary"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_the_documented_table_is_the_one_in_force() -> None:
    """docs/council.md has a row for each route."""
    rows = re.findall(r"^\| (GET|POST|PUT) \| `([^`]+)` \| ([^|]+) \|", TABLE.read_text(encoding="utf-8"), re.M)
    documented = {(method, path): {role.strip() for role in roles.split(",")} for method, path, roles in rows}
    assert documented == {key: {*map(str, roles)} or {"anyone"} for key, roles in ROLES.items()}


async def test_who_acted_is_the_name_of_the_key_whatever_the_caller_writes(desk: Desk) -> None:
    """Judgements and decisions have no other `by` either."""
    key = {"Authorization": "Bearer secretary"}
    decision = {"award": "C1", "subject": FIRST, "status": "granted", "by": "Chủ tịch nước"}
    assert (await desk.http.post(DECISIONS, headers=key, json=[decision])).status_code == 202
    (decided,) = (await desk.http.get(DECISIONS)).json()
    assert decided["by"] == "Khóa secretary"
    given = {"unit": FIRST, "criterion": "hoan-thanh-xuat-sac", "verdict": "PASS", "reason": "x", "by": "Ai đó"}
    assert (await desk.http.post(f"/v1/{KEY}/judgements", headers=key, json=[given])).status_code == 202
    stored = await desk.service._database.documents("judgements").get(KEY)
    assert stored is not None
    assert [row["by"] for row in stored["rows"].values()] == ["Khóa secretary"]
