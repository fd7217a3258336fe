"""Nothing but sign-in, probes and calendars at secret addresses is readable without a key or a sign-in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.roles import ROLES as INTAKE
from services.notify.access import ROLES as NOTIFY
from services.scoring.access import ROLES as SCORING
from shared.contracts.people import ROLE_NAMES
from shared.runtime.app import Service
from shared.runtime.http.sign_in.roles import Roles
from tests.support.guarded_routes import KEYS, address, disagreements, routes
from tests.support.intake_client import OPERATOR, intake_client, key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.notify_client import notify_client
from tests.support.one_service import NOW, scoring
from tests.support.signed_in import SIGN_IN, as_browser, cookie_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
TABLES: dict[str, Roles] = {"scoring": SCORING, "notify": NOTIFY, "intake": INTAKE}
Opened = dict[str, tuple[Service, httpx.AsyncClient]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(servers: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Opened]:
    """Three services with a key of every role, where people can also sign in."""
    ours = scoring(servers, MemoryKafka(), desk_keys=KEYS, **SIGN_IN)
    await ours._prepare()
    folder: Path = tmp_path_factory.mktemp("outbox")
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app=ours.api), base_url="http://127.0.0.1") as http,
        notify_client(servers, folder, NOW, desk_keys=KEYS, **SIGN_IN) as notify,
        intake_client(servers, desk_keys=KEYS, **SIGN_IN) as intake,
    ):
        yield {"scoring": (ours, http), "notify": (notify.service, notify.http), "intake": intake}
    await ours._database.drop()
    await ours._database.close()


@pytest.mark.parametrize("name", TABLES)
async def test_every_route_refuses_a_caller_without_a_key(opened: Opened, name: str) -> None:
    """Also those of agencies at intake. A new route that forgets who calls is found here."""
    service, http = opened[name]
    for method, path in routes(service.api.routes):
        answer = await http.request(method, address(path), headers={"Host": "127.0.0.1"}, content=b"[")
        assert answer.status_code == 401, (method, path, answer.text)


@pytest.mark.parametrize("name", ["scoring", "notify"])
async def test_every_route_is_in_the_table_and_nothing_else(opened: Opened, name: str) -> None:
    assert sorted(routes(opened[name][0].api.routes)) == sorted(TABLES[name])


@pytest.mark.parametrize("name", TABLES)
async def test_each_role_may_do_what_the_table_allows_and_nothing_more(opened: Opened, name: str) -> None:
    """With a key and signed in alike."""
    http = opened[name][1]
    by_key = {role: {"Authorization": f"Bearer {role}"} for role in ROLE_NAMES}
    assert await disagreements(http, TABLES[name], by_key | {"": {"Authorization": "Bearer nobody"}}) == []
    by_cookie = {role: as_browser(cookie_of(role), host="127.0.0.1") for role in ROLE_NAMES}
    for headers in by_cookie.values():
        del headers["Authorization"]
    assert await disagreements(http, TABLES[name], by_cookie | {"": {"Host": "127.0.0.1"}}) == []


async def test_the_key_of_an_agency_opens_nothing_of_the_desk(opened: Opened) -> None:
    """At intake it goes on to open what is the agency's own; the operator's key reads the counts."""
    http = opened["intake"][1]
    agency = await key_of(http, "so-noi-vu")
    assert (await http.get("/v1/counts", headers=agency)).status_code == 401
    assert (await http.get("/v1/nominations", headers=agency)).status_code == 200
    assert (await http.get("/v1/counts", headers=OPERATOR)).status_code == 200


@pytest.mark.parametrize("name", TABLES)
async def test_each_guarded_route_is_marked_in_the_openapi_document(opened: Opened, name: str) -> None:
    document = (await opened[name][1].get("/openapi.json", headers={"Host": "127.0.0.1"})).json()
    for method, path in TABLES[name]:
        operation = document["paths"][path][method.lower()]
        assert (operation["security"], {"401", "403"} <= set(operation["responses"])) == ([{"HTTPBearer": []}], True)


@pytest.mark.parametrize("name", TABLES)
def test_the_documented_table_is_the_one_in_force(name: str) -> None:
    """docs/operations.md has a row for each route."""
    rows = re.findall(rf"^\| {name} \| ([A-Z]+) \| `([^`]+)` \| ([^|]+) \|", DOCUMENT.read_text(encoding="utf-8"), re.M)
    documented = {(method, path): {role.strip() for role in roles.split(",")} for method, path, roles in rows}
    assert documented == {key: {*map(str, roles)} for key, roles in TABLES[name].items()}
