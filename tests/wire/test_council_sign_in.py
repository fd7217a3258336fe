"""People who are signed in use council's desk by a cookie; what changes something must come from a page of ours."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from starlette.requests import Request

from deploy.stack.embedded import Stack
from services.council.access import ROLES
from shared.contracts.people import ROLE_NAMES
from shared.contracts.sign_ins import EndedSignIn, SignInEnded
from shared.runtime.http.sign_in.ended import TRUSTED_SECONDS, EndedSignIns
from shared.runtime.http.sign_in.reader import SignIns
from shared.runtime.http.sign_in.tokens import form_token, public_key, verified
from shared.runtime.mongo import Database
from tests.support.council_desk import DESK, FIRST, KEY, NO_KEY, P4, Desk, event_of, open_desk, summary
from tests.support.guarded_routes import address
from tests.support.signed_in import SIGN_IN, as_browser, cookie_of
from tests.support.waiting import until

JUDGEMENTS = f"/v1/{KEY}/judgements"
GIVEN = [{"unit": FIRST, "criterion": "hoan-thanh-xuat-sac", "verdict": "PASS", "reason": "Đã thẩm định."}]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        yield opened


async def test_each_role_reaches_the_routes_of_its_row_by_cookie_and_no_other(desk: Desk) -> None:
    """Reads too. A signed-in person without the right gets 403, nobody gets anything without signing in."""
    cookies = {role: cookie_of(role) for role in ROLE_NAMES}
    for (method, path), allowed in ROLES.items():
        nobody = await desk.http.request(method, address(path), headers=NO_KEY, content=b"[")
        assert nobody.status_code == 401, path
        for role, cookie in cookies.items():
            answer = await desk.http.request(method, address(path), headers=as_browser(cookie), content=b"[")
            assert (answer.status_code != 403) is (role in allowed), (method, path, role, answer.text)


async def test_who_acted_is_the_person_who_is_signed_in(desk: Desk) -> None:
    answer = await desk.http.post(JUDGEMENTS, headers=as_browser(cookie_of("secretary")), json=GIVEN)
    assert answer.status_code == 202
    stored = await desk.service._database.documents("judgements").get(KEY)
    assert stored is not None
    assert {row["by"] for row in stored["rows"].values()} == {"Người có vai secretary"}


async def test_a_form_of_another_site_or_without_the_token_of_this_sign_in_changes_nothing(desk: Desk) -> None:
    cookie = cookie_of("secretary")
    good = as_browser(cookie)
    other = form_token(cookie_of("secretary", age=1))
    for change, code in (
        ({"Origin": "https://evil.example"}, "other_site"),
        ({"Origin": "http://127.0.0.1:9999"}, "other_site"),
        ({"Origin": "null"}, "other_site"),
        ({"Origin": ""}, "other_site"),
        ({"X-CSRF-Token": ""}, "form_expired"),
        ({"X-CSRF-Token": other}, "form_expired"),
        ({"X-CSRF-Token": "ư"}, "form_expired"),
    ):
        headers = [(name.encode(), value.encode()) for name, value in (good | change).items()]
        answer = await desk.http.post(f"{P4}/freeze", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, code), change
    form = {"csrf": form_token(cookie)}
    without = as_browser(cookie, form=False) | {"Origin": "http://127.0.0.1:8103"}
    assert (await desk.http.post(f"{P4}/freeze", headers=without, data={"csrf": "x"})).status_code == 403
    assert (await desk.http.post(f"{P4}/draft", headers=without, data=form)).status_code == 200


@pytest.mark.parametrize(
    "cookie",
    ["", "no cookie", cookie_of("secretary", stack="other"), cookie_of("secretary", secret="22" * 32),
     cookie_of("secretary", age=8 * 3600)],
)  # fmt: skip
async def test_what_is_no_cookie_of_this_stack_signs_nobody_in(desk: Desk, cookie: str) -> None:
    """Neither another stack's, nor another key's, nor one of eight hours ago; the clock is the machine's."""
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie))).status_code == 401


async def test_outside_this_machine_only_the_secure_cookie_counts(desk: Desk) -> None:
    cookie = cookie_of("viewer")
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie, host="desk"))).status_code == 200
    plain = as_browser(cookie) | {"Host": "desk"}
    assert (await desk.http.get("/v1/sessions", headers=plain)).status_code == 401


async def test_two_stacks_on_one_machine_do_not_sign_each_other_out(desk: Desk) -> None:
    """The browser sends both cookies to both stacks."""
    other = f"thidua-other={cookie_of('leader', stack='other')}"
    headers = as_browser(cookie_of("viewer"))
    headers["Cookie"] = f"{other}; {headers['Cookie']}"
    assert (await desk.http.get("/v1/sessions", headers=headers)).status_code == 200


async def test_a_sign_in_that_has_ended_is_refused_also_after_its_event_comes_again(desk: Desk) -> None:
    cookie = cookie_of("viewer")
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie))).status_code == 200
    sign_in = verified(cookie, [public_key(key) for key in SIGN_IN["sign_in_keys"]], "test", time.time())
    assert sign_in is not None
    data = EndedSignIn(sign_in=sign_in.id, expires_at=datetime.now(UTC) + timedelta(hours=1))
    await desk.apply(event_of(SignInEnded, data.model_dump(), sign_in.id))
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie))).status_code == 401
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie_of("viewer")))).status_code == 200
    await desk.service._sign_ins.ended.prepare()
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie))).status_code == 401, "after a restart"


async def test_the_end_of_a_sign_in_elsewhere_stops_acts_at_once_and_reading_within_seconds(
    desk: Desk, servers: Stack
) -> None:
    """Another process of the service has consumed the event. Who only reads is not looked up at every page (0093)."""
    cookie = cookie_of("secretary")
    sign_in = verified(cookie, [public_key(key) for key in SIGN_IN["sign_in_keys"]], "test", time.time())
    assert sign_in is not None
    assert (await desk.http.get("/v1/sessions", headers=as_browser(cookie))).status_code == 200
    database = Database(servers.mongo, f"{desk.service._settings.database_prefix}council")
    ended = EndedSignIn(sign_in=sign_in.id, expires_at=datetime.now(UTC) + timedelta(hours=1))
    await EndedSignIns(database).end([ended])
    await database.close()
    assert (await desk.http.post(f"{P4}/draft", headers=as_browser(cookie))).status_code == 401

    async def refused() -> bool:
        return (await desk.http.get("/v1/sessions", headers=as_browser(cookie))).status_code == 401

    await until(refused, "the end of the sign-in", seconds=TRUSTED_SECONDS + 3)


async def test_a_cookie_that_was_verified_before_still_expires_and_is_nobody_elses(desk: Desk) -> None:
    """Its signature is verified once; each request looks at the clock, and at the cookie as it is."""
    seconds = [time.time()]
    sign_ins = SignIns(desk.service._sign_ins.ended, SIGN_IN["sign_in_keys"], "test", now=lambda: seconds[0])

    async def reader(cookie: str) -> str:
        headers = [(name.lower().encode(), value.encode()) for name, value in as_browser(cookie).items()]
        sign_in = await sign_ins.find(Request({"type": "http", "method": "GET", "headers": headers}))
        return sign_in.person.role if sign_in else ""

    secretary, viewer = cookie_of("secretary"), cookie_of("viewer")
    forged = f"{secretary.rpartition('.')[0]}.{viewer.rpartition('.')[2]}"
    assert [await reader(cookie) for cookie in (secretary, viewer, forged)] == ["secretary", "viewer", ""]
    seconds[0] += 8 * 3600 - 1
    assert await reader(secretary) == "secretary"
    seconds[0] += 2
    assert [await reader(secretary), await reader(viewer)] == ["", ""]


async def test_a_host_that_is_not_ours_is_refused_unless_a_key_or_a_probe_calls(desk: Desk) -> None:
    foreign = {"Host": "evil.example"}
    headers = as_browser(cookie_of("viewer")) | foreign
    del headers["Authorization"]
    desk.http.headers.pop("authorization")
    try:
        answer = await desk.http.get("/v1/sessions", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")
        assert (await desk.http.get("/livez", headers=foreign)).status_code == 200
        assert (await desk.http.get("/v1/sessions", headers=DESK | foreign)).status_code == 200
    finally:
        desk.http.headers["authorization"] = "Bearer desk"


async def test_every_answer_keeps_browsers_from_guessing_embedding_and_loading(desk: Desk) -> None:
    """Pages, refusals and JSON alike."""
    for path, headers in (("/", as_browser(cookie_of("viewer"))), ("/", NO_KEY | {"Accept": "text/html"}),
                          ("/v1/sessions", NO_KEY), ("/livez", NO_KEY), ("/khong-co", NO_KEY)):  # fmt: skip
        answer = await desk.http.get(path, headers=headers)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "same-origin", path
        policy = answer.headers["content-security-policy"]
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; ")), path
        assert "unsafe" not in policy, path


async def test_a_browser_gets_a_page_with_the_way_to_sign_in_and_a_program_a_problem(
    desk: Desk,
) -> None:
    page = await desk.http.get("/", headers=NO_KEY | {"Accept": "text/html"})
    assert (page.status_code, "Đăng nhập" in page.text) == (401, True)
    assert 'href="/dang-nhap?ve=%2F"' in page.text
    program = await desk.http.get("/", headers=NO_KEY)
    assert program.headers["content-type"] == "application/problem+json"
    officer = await desk.http.get("/", headers=as_browser(cookie_of("officer")) | {"Accept": "text/html"})
    assert (officer.status_code, "Người có vai officer" in officer.text) == (403, True)


async def test_sign_in_at_council_leads_to_intake_and_back_to_the_page(desk: Desk) -> None:
    local = {"Host": "127.0.0.1:8103"}
    answer = await desk.http.get("/dang-nhap?ve=/phien?loc%3Dxa", headers=local)
    where = "http://127.0.0.1:8101/dang-nhap?ve=http%3A%2F%2F127.0.0.1%3A8103%2Fphien%3Floc%3Dxa"
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    away = await desk.http.get("/dang-nhap?ve=//evil.example", headers=local)
    assert away.headers["location"].endswith("?ve=http%3A%2F%2F127.0.0.1%3A8103%2F")
