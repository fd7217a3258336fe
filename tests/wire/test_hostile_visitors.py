"""Outsiders, and people with few rights, at council's desk: nothing lets them in, and nothing they write runs."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.sign_in.signing import Signer
from shared.contracts.people import Person
from shared.runtime.http.sign_in.tokens import SIGN_IN_SECONDS, form_token
from tests.support.council_desk import DECISIONS, DESK, FIRST, KEY, NO_KEY, P4, PAGE, SECOND, Desk, open_desk, summary
from tests.support.issuer import forged
from tests.support.signed_in import ORIGIN, PUBLIC, SECRET, SIGN_IN, as_browser, cookie_of

_OWN_SCRIPT = re.compile(r'<script src="/static/[a-z-]+-[0-9a-f]{12}\.js" defer></script>')
MARKUP = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"""
PAGES = ("/", "/phien", PAGE, f"{PAGE}/chu-tri", f"{PAGE}/thanh-vien", "/tieu-chuan", "/xep-hang", "/de-nghi",
         "/nhat-ky", f"/vi-sao/{KEY}/{FIRST}", "/tim")  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST, SECOND]))
        yield opened


def now() -> int:
    return int(time.time())


async def test_what_people_write_is_shown_as_text_on_every_page(desk: Desk) -> None:
    """Names of people, reasons, titles of items, what is typed into the search and into an address."""
    cookie = Signer(SECRET, "test").sign_in(Person("x", MARKUP, "secretary"), now()).value
    browser = as_browser(cookie)

    async def post(path: str, body: object) -> None:
        answer = await desk.http.post(path, headers=browser, json=body)
        assert answer.status_code in (200, 201, 202, 204), (path, answer.text)

    judged = {"unit": FIRST, "criterion": "hoan-thanh-xuat-sac", "verdict": "FAIL", "reason": MARKUP}
    await post(f"/v1/{KEY}/judgements", [judged])
    await post(DECISIONS, [{"award": "C1", "subject": SECOND, "status": "declined", "reason": MARKUP}])
    await post(f"{P4}/draft", None)
    await post(f"{P4}/items", {"title": MARKUP, "basis": MARKUP})
    shown = 0
    for path in PAGES:
        query = {"q": MARKUP} if path == "/tim" else {}
        page = await desk.http.get(path, params=query, headers=browser | {"Accept": "text/html"})
        assert page.status_code == 200, (path, page.text)
        assert "<script" not in _OWN_SCRIPT.sub("", page.text).lower(), path
        assert "<img" not in page.text.lower(), path
        assert "49" not in page.text or "{{7*7}}" in page.text, path
        shown += page.text.count("&lt;script&gt;")
    assert shown > len(PAGES)
    for path in (f"/vi-sao/{KEY}/{MARKUP}", f"/phien/{MARKUP}/x/y", f"/?nam={MARKUP}", f"/khong-co/{MARKUP}"):
        page = await desk.http.get(path, headers=browser | {"Accept": "text/html"})
        assert (page.status_code in (404, 422), "<script" in _OWN_SCRIPT.sub("", page.text).lower()) == (True, False), (
            path
        )


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"alg": "Ed25519", "crit": 5}])
async def test_a_forged_cookie_is_nobody(desk: Desk, header: dict[str, object]) -> None:
    claims = {"iss": "thidua", "aud": "test", "jti": "s1", "sub": "x", "name": "X", "role": "secretary"}
    claims |= {"iat": now(), "exp": now() + SIGN_IN_SECONDS}  # type: ignore[dict-item]
    for secret in (None, PUBLIC.encode(), bytes.fromhex(PUBLIC)):
        answer = await desk.http.get("/v1/sessions", headers=as_browser(forged(header, claims, secret)))
        assert answer.status_code == 401


async def test_of_two_cookies_of_one_name_a_bad_one_lets_nobody_in(desk: Desk) -> None:
    """Another port of the machine can plant a cookie of that name, and a proxy may join two headers."""
    good, name = cookie_of("viewer"), "thidua-test"
    for pair in (f"{name}={good}; {name}=x", f"{name}={good}, {name}=x", f"{name}={'x' * 60_000}"):
        headers = as_browser(good) | {"Cookie": pair}
        assert (await desk.http.get("/v1/sessions", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "", "desk:80:80", "127.0.0.1,evil"]
)
async def test_a_host_that_only_looks_like_ours_is_refused(desk: Desk, host: str) -> None:
    """Also on the way to the sign-in, which would send a browser back to it."""
    for path in ("/", "/dang-nhap?ve=/", "/v1/sessions"):
        answer = await desk.http.get(path, headers={"Host": host, "Authorization": "Basic x"})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host"), path


async def test_another_sites_form_at_sign_out_neither_ends_nor_forgets_a_sign_in(desk: Desk) -> None:
    """A browser leaves the cookie out of it, and would take an answer that forgets it."""
    cookie = cookie_of("viewer")
    for origin in ("https://evil.example", "null", "", "http://127.0.0.1:9999", "http://[", f"{ORIGIN}.evil.example"):
        for headers in (as_browser(cookie), NO_KEY | {"Host": "127.0.0.1:8103"}):
            answer = await desk.http.post("/dang-xuat", headers=headers | {"Origin": origin})
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), origin
    away = await desk.http.post("/dang-xuat?ve=https://evil.example", headers=as_browser(cookie))
    assert (away.status_code, "location" in away.headers) == (422, False)


async def test_a_person_with_few_rights_gets_no_further_with_forms_of_others(desk: Desk) -> None:
    """Neither with the token of a secretary nor by another method or another spelling of the path."""
    mine, others = cookie_of("member"), cookie_of("secretary")
    headers = as_browser(mine) | {"X-CSRF-Token": form_token(others)}
    assert (await desk.http.post(f"{P4}/freeze", headers=headers)).status_code == 403
    paths = (f"{P4}/freeze/", f"{P4}//freeze", f"{P4}/./freeze", f"{P4}/freeze%2f", f"{P4}/FREEZE")
    answers = await asyncio.gather(*(desk.http.post(path, headers=as_browser(mine)) for path in paths))
    assert all(answer.status_code in (307, 403, 404, 405) for answer in answers)
    override = as_browser(mine) | {"X-HTTP-Method-Override": "POST", "X-Forwarded-User": "thu-ky"}
    assert (await desk.http.get(f"{P4}/freeze", headers=override)).status_code in (403, 404, 405)
    assert (await desk.http.get("/v1/sessions", headers=DESK)).status_code == 200
