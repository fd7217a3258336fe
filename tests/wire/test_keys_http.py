"""API keys over HTTP, on a real database: rotation, expiry, withdrawal, and concurrent requests for a second key."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.key_policy import TooManyKeys
from services.intake.access.key_store import ApiKeys, digest
from shared.runtime.app import Service
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import Database
from tests.support.intake_client import OPERATOR, intake_client, key_of

START = datetime(2023, 12, 1, 2, tzinfo=UTC)
DAYS = 30


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    """An intake whose keys are valid for thirty days and whose clock is driven by the test."""
    async with intake_client(servers, key_days=DAYS, clock="driven", clock_start=START) as opened:
        yield opened


@pytest.fixture
def intake(opened: tuple[Service, httpx.AsyncClient]) -> httpx.AsyncClient:
    return opened[1]


async def issue(intake: httpx.AsyncClient, agency: str) -> Any:
    answer = await intake.post(f"/v1/agencies/{agency}/keys", headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(intake: httpx.AsyncClient, agency: str) -> Any:
    answer = await intake.get(f"/v1/agencies/{agency}/keys", headers=OPERATOR)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def status_with_key(intake: httpx.AsyncClient, issued: Any) -> tuple[int, str | None]:
    """Status of a request with this key, and the problem code if it is refused."""
    answer = await intake.get("/v1/receipts", headers={"Authorization": f"Bearer {issued['key']}"})
    return answer.status_code, answer.json()["code"] if answer.is_error else None


async def test_a_system_changes_from_its_old_key_to_a_new_one_without_interruption(
    intake: httpx.AsyncClient,
) -> None:
    """Old and new both work; after the old one is withdrawn, the new one still works and another may be issued."""
    old = await issue(intake, "so-noi-vu")
    new = await issue(intake, "so-noi-vu")
    assert [await status_with_key(intake, key) for key in (old, new)] == [(200, None)] * 2
    gone = await intake.delete(f"/v1/agencies/so-noi-vu/keys/{old['id']}", headers=OPERATOR)
    assert (gone.status_code, gone.content) == (204, b"")
    assert await status_with_key(intake, old) == (401, "unknown_key")
    assert await status_with_key(intake, new) == (200, None)
    assert await status_with_key(intake, await issue(intake, "so-noi-vu")) == (200, None)


async def test_a_third_live_key_is_refused_and_the_two_are_named(intake: httpx.AsyncClient) -> None:
    """The refusal has the ids and dates needed to choose one to withdraw, and no part of a key."""
    agency = "so-tttt"
    issued = [await issue(intake, agency) for _ in range(2)]
    answer = await intake.post(f"/v1/agencies/{agency}/keys", headers=OPERATOR)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "two_keys")
    assert [key["id"] for key in problem["keys"]] == [key["id"] for key in issued]
    for named, kept in zip(problem["keys"], await listed(intake, agency), strict=True):
        for instant in ("issued_at", "expires_at"):
            assert datetime.fromisoformat(named[instant]) == datetime.fromisoformat(kept[instant])
    assert all(f"{key['id']} (cấp 01/12/2023, hết hạn 31/12/2023)" in problem["detail"] for key in issued)
    assert "thu hồi một khóa" in problem["detail"]


async def test_keys_are_listed_by_id_and_dates_and_never_shown_again(intake: httpx.AsyncClient) -> None:
    """The listing has neither the key nor its digest."""
    issued = await issue(intake, "so-khcn")
    answer = await intake.get("/v1/agencies/so-khcn/keys", headers=OPERATOR)
    assert issued["key"] not in answer.text
    assert digest(issued["key"]) not in answer.text
    (shown,) = answer.json()
    assert shown.keys() == {"id", "issued_at", "expires_at", "live"}
    assert (shown["id"], shown["expires_at"], shown["live"]) == (issued["id"], issued["expires_at"], True)
    assert await listed(intake, "so-y-te") == []


async def test_ten_concurrent_requests_give_two_keys_and_eight_refusals(intake: httpx.AsyncClient) -> None:
    """Both issued keys work."""
    path = "/v1/agencies/so-tai-chinh/keys"
    answers = await asyncio.gather(*(intake.post(path, headers=OPERATOR) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 8}
    given = [answer.json() for answer in answers if answer.status_code == 201]
    assert [await status_with_key(intake, key) for key in given] == [(200, None)] * 2
    assert {key["id"] for key in await listed(intake, "so-tai-chinh")} == {key["id"] for key in given}


async def test_a_key_of_one_agency_cannot_be_withdrawn_as_anothers(intake: httpx.AsyncClient) -> None:
    """An id that is not the agency's own is a 404 and withdraws nothing; a second withdrawal is a 404 too."""
    issued = await issue(intake, "so-gtvt")
    wrong = [f"so-nnptnt/keys/{issued['id']}", f"so-gtvt/keys/{'0' * 12}", f"so-gtvt/keys/{digest(issued['key'])}"]
    for path in wrong:
        answer = await intake.delete(f"/v1/agencies/{path}", headers=OPERATOR)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_key_of_that_id"), path
    assert await status_with_key(intake, issued) == (200, None)
    path = f"/v1/agencies/so-gtvt/keys/{issued['id']}"
    assert [(await intake.delete(path, headers=OPERATOR)).status_code for _ in range(2)] == [204, 404]


async def test_issuing_and_withdrawing_keys_is_in_the_audit_chain(
    opened: tuple[Service, httpx.AsyncClient],
) -> None:
    """Entries have the key's id, never the key. A refused request makes no entry."""
    service, intake = opened
    before = await service._database.documents("audit").count({"what": "act"})
    issued = await issue(intake, "so-xay-dung")
    path = f"/v1/agencies/so-xay-dung/keys/{issued['id']}"
    assert [(await intake.delete(path, headers=OPERATOR)).status_code for _ in range(2)] == [204, 404]
    acts = (await service._database.documents("audit").find({"what": "act"}, sort="_id"))[before:]
    assert [(act["verb"], act["object"]) for act in acts] == [
        ("issue an API key", f"so-xay-dung/{issued['id']}"),
        ("withdraw an API key", f"so-xay-dung/{issued['id']}"),
    ]
    assert all(act["actor"].startswith("operator ") for act in acts)


async def test_an_agency_gets_its_next_key_with_its_own(opened: tuple[Service, httpx.AsyncClient]) -> None:
    """Two are live, as when the operator issues them; a third is refused, and the chain says which key asked."""
    service, intake = opened
    old = await issue(intake, "so-tu-phap")
    own = {"Authorization": f"Bearer {old['key']}"}
    answer = await intake.post("/v1/keys", headers=own)
    new = answer.json()
    assert (answer.status_code, new["agency"], new.keys()) == (201, "so-tu-phap", old.keys())
    assert [await status_with_key(intake, key) for key in (old, new)] == [(200, None)] * 2
    third = await intake.post("/v1/keys", headers=own)
    assert (third.status_code, third.json()["code"]) == (409, "two_keys")
    assert "đề nghị người vận hành thu hồi" in third.json()["detail"]
    listed_by_itself = await intake.get("/v1/keys", headers=own)
    assert listed_by_itself.json() == await listed(intake, "so-tu-phap")
    assert [key["id"] for key in listed_by_itself.json()] == [old["id"], new["id"]]
    (act,) = await service._database.documents("audit").find({"what": "act", "object": f"so-tu-phap/{new['id']}"})
    assert (act["verb"], act["actor"]) == ("issue an API key", f"so-tu-phap {old['id']}")
    for headers, code in (({}, "no_key"), ({"Authorization": "Bearer x"}, "unknown_key"), (OPERATOR, "unknown_key")):
        refused = await intake.post("/v1/keys", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, code)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", "/000000000000")])
async def test_only_the_operator_manages_keys(intake: httpx.AsyncClient, method: str, path: str) -> None:
    """Others do not even learn whether a unit exists. For the operator an unknown unit is a 404."""
    for agency in ("so-y-te", "nobody"):
        url = f"/v1/agencies/{agency}/keys{path}"
        nameless = await intake.request(method, url)
        assert (nameless.status_code, nameless.json()["code"]) == (401, "no_key")
        stranger = await intake.request(method, url, headers={"Authorization": "Bearer stranger"})
        assert (stranger.status_code, stranger.json()["code"]) == (401, "unknown_key")
        other = await intake.request(method, url, headers=await key_of(intake, "so-tnmt"))
        assert (other.status_code, other.json()["code"]) == (403, "not_operator")
    answer = await intake.request(method, f"/v1/agencies/nobody/keys{path}", headers=OPERATOR)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_unit")


async def test_an_unauthenticated_request_is_answered_with_the_scheme_to_use(intake: httpx.AsyncClient) -> None:
    """RFC 9110: a 401 names the scheme, and the OpenAPI document declares the header. Other refusals have none."""
    for headers in ({}, {"Authorization": "Bearer no such key"}):
        answer = await intake.get("/v1/receipts", headers=headers)
        assert (answer.status_code, answer.headers.get("www-authenticate")) == (401, "Bearer")
    forbidden = await intake.get("/v1/agencies/so-y-te/keys", headers=await key_of(intake, "so-tnmt"))
    assert forbidden.status_code == 403
    assert "www-authenticate" not in forbidden.headers
    paths = (await intake.get("/openapi.json")).json()["paths"]
    documented = [
        operation["responses"]
        for path in paths.values()
        for operation in path.values()
        if "401" in operation["responses"]
    ]
    assert documented
    assert all(answers["401"]["headers"].keys() == {"WWW-Authenticate"} for answers in documented)


async def test_a_key_expires_after_its_last_day_and_the_refusal_states_when(servers: Stack) -> None:
    """The service's clock counts. The refusal reads expired, not unknown, and the key leaves room for a new one."""
    async with intake_client(servers, key_days=DAYS, clock="driven", clock_start=START) as (_, intake):
        for wrong in ({"now": 0}, {"now": "2023-12-01T09:00:00"}, {"now": START.isoformat(), "then": 1}):
            assert (await intake.post("/clock", json=wrong)).json()["code"] == "invalid", wrong

        async def move(to: datetime) -> None:
            assert (await intake.post("/clock", json={"now": to.isoformat()})).is_success

        old = await issue(intake, "so-y-te")
        end = START + timedelta(days=DAYS)
        assert datetime.fromisoformat(old["expires_at"]) == end
        await move(START + timedelta(days=10))
        new = await issue(intake, "so-y-te")
        await move(end - timedelta(milliseconds=1))
        assert await status_with_key(intake, old) == (200, None)
        await move(end)
        refused = await intake.get("/v1/receipts", headers={"Authorization": f"Bearer {old['key']}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "key_expired")
        assert refused.headers["www-authenticate"] == "Bearer"
        assert "09:00 ngày 31/12/2023" in refused.json()["detail"]
        assert await status_with_key(intake, new) == (200, None)
        third = await issue(intake, "so-y-te")
        assert [key["live"] for key in await listed(intake, "so-y-te")] == [False, True, True]
        assert [await status_with_key(intake, key) for key in (new, third)] == [(200, None)] * 2
        withdrawn = await intake.delete(f"/v1/agencies/so-y-te/keys/{old['id']}", headers=OPERATOR)
        assert withdrawn.status_code == 204
        assert await status_with_key(intake, old) == (401, "unknown_key")


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_two_replicas_over_one_database_count_the_same_keys(servers: Stack, driver: Any) -> None:
    """Each replica sees at once what the other issues or withdraws, and together they never leave three live keys."""
    name = f"test_{uuid4().hex}"
    databases = [Database(servers.mongo, name, driver) for _ in range(2)]
    try:
        intakes = [ApiKeys(database, DAYS) for database in databases]
        for keys in intakes:
            await keys.prepare()

        async def ask(n: int) -> str | None:
            try:
                return (await intakes[n % 2].issue("so-y-te", "operator", START))[0]
            except TooManyKeys:
                return None

        given = [key for key in await asyncio.gather(*map(ask, range(10))) if key]
        kept = await intakes[0].of_agency("so-y-te")
        assert {key.digest for key in kept} == {digest(key) for key in given}
        assert len(kept) == 2
        assert [await keys.agency(key, START) for keys in intakes for key in given] == ["so-y-te"] * 4
        assert await intakes[0].revoke("so-y-te", digest(given[0])[:12])
        with pytest.raises(Refusal) as refused:
            await intakes[1].agency(given[0], START)
        assert refused.value.code == "unknown_key"
        (stored,) = await databases[0].documents("api_keys").find()
        assert given[1] not in str(stored)
    finally:
        await databases[0].drop()
        for database in databases:
            await database.close()
