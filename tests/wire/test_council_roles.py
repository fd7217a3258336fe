"""Who may do what at the council: every route of the service is in one table, and what is not in it is refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.access import ROLES
from shared.contracts.people import ROLE_NAMES
from tests.support.council_desk import DECISIONS, FIRST, KEY, P4, SECOND, Desk, open_desk, summary
from tests.support.guarded_routes import KEYS, address, routes

TABLE = Path(__file__).parents[2] / "docs" / "council.md"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with a key of every role."""
    async with open_desk(servers, desk_keys=KEYS) as opened:
        await opened.apply(summary(C1=[FIRST]))
        yield opened


async def test_every_route_is_in_the_table_and_nothing_else(desk: Desk) -> None:
    """A new route without a row would be closed to everybody."""
    assert sorted(routes(desk.service.api.routes)) == sorted(ROLES)


async def test_each_role_may_do_what_the_table_allows_and_nothing_more(desk: Desk) -> None:
    """An unknown key is 401, a known one without the right 403; the body of neither is read."""
    for (method, path), allowed in ROLES.items():
        for role in ("", "nobody", *ROLE_NAMES):
            headers = {"Authorization": f"Bearer {role}" if role else "", "Content-Type": "application/json"}
            answer = await desk.http.request(method, address(path), headers=headers, content=b"[")
            status = 401 if role in ("", "nobody") else 403
            if role in allowed:
                assert answer.status_code in (200, 400, 404, 409, 415, 422), (method, path, role)
            else:
                expected = (status, "not_the_desk" if status == 401 else "not_allowed")
                assert (answer.status_code, answer.json()["code"]) == expected, (method, path, role)


async def test_a_route_without_a_row_is_closed_to_everybody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Denied by default, also to the secretary."""
    table: Any = ROLES
    monkeypatch.delitem(table, next(key for key in ROLES if key[1].endswith("/freeze")))
    answer = await desk.http.post(f"{P4}/freeze", headers={"Authorization": "Bearer secretary"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_the_documented_table_is_the_one_in_force() -> None:
    """docs/council.md has a row for each route."""
    rows = re.findall(r"^\| (GET|POST|PUT) \| `([^`]+)` \| ([^|]+) \|", TABLE.read_text(encoding="utf-8"), re.M)
    documented = {(method, path): {role.strip() for role in roles.split(",")} for method, path, roles in rows}
    assert documented == {key: {*map(str, roles)} for key, roles in ROLES.items()}


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


async def test_who_recorded_an_award_or_an_opinion_is_the_name_of_the_key(desk: Desk) -> None:
    """Their forms have no `by`, and nobody needs to send one with a decision or a judgement."""
    key, of_movement = {"Authorization": "Bearer secretary"}, f"/v1/{KEY}"

    async def post(path: str, body: Any) -> int:
        return (await desk.http.post(f"{of_movement}/{path}", headers=key, json=body)).status_code

    assert await post("decisions", [{"award": "C1", "subject": FIRST, "status": "granted"}]) == 202
    signer = "Chủ tịch Ủy ban nhân dân tỉnh"
    paper = {"date": "2023-12-20", "signer": signer, "awards": [{"award": "C1", "subject": FIRST}]}
    assert await post("awards", {**paper, "number": "57/QĐ-UBND", "by": "Ai đó"}) == 422
    assert await post("awards", {**paper, "number": "57/QĐ-UBND"}) == 202
    assert await post("awards/revocations", {**paper, "number": "58/QĐ-UBND", "reason": "Kê khai sai."}) == 202
    (award,) = (await desk.http.get(f"{of_movement}/awards")).json()
    question = {"number": "25/BTĐKT-NV", "date": "2023-12-11", "award": "C1", "about": "Thuế."}
    assert await post("opinions", {**question, "agencies": ["cuc-thue"]}) == 202
    (waiting,) = (await desk.http.get(f"{of_movement}/opinions")).json()
    answer = {"date": "2023-12-20", "answer": "Không nợ thuế."}
    assert await post(f"opinions/{waiting['opinion']['id']}/answer", answer) == 202
    (answered,) = (await desk.http.get(f"{of_movement}/opinions")).json()
    judged = {"units": [SECOND], "criterion": "hoan-thanh-xuat-sac", "verdict": "PASS", "reason": "Đã thẩm định."}
    assert await post("judgements/batch", judged) == 202
    judgements = await desk.service._database.documents("judgements").get(KEY)
    assert judgements is not None
    recorded = [award, answered["opinion"], answered["opinion"]["answer"], *judgements["rows"].values()]
    assert {row["by"] for row in recorded} == {"Khóa secretary"}
