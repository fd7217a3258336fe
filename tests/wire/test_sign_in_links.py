"""One-time links, and what a change of a person's role does to who is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.sign_in.store import People
from shared.runtime.app import Service
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.intake_client import OPERATOR, intake_client
from tests.support.signed_in import ORIGIN, SECRET, SIGN_IN
from tests.support.signing_in import COOKIE, HOST, LOCAL, add_people, given, link, signed_in, use, value


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    """An intake without an issuer, which issues links."""
    async with intake_client(servers, **SIGN_IN, sign_in_secret=SECRET, sign_in_links=True) as (service, http):
        await add_people(http)
        yield service, http


@pytest.fixture
def intake(opened: tuple[Service, httpx.AsyncClient]) -> Iterator[httpx.AsyncClient]:
    """A browser without cookies."""
    opened[1].cookies.clear()
    yield opened[1]
    opened[1].cookies.clear()


async def test_a_link_signs_in_once_also_when_two_use_it_at_once(intake: httpx.AsyncClient) -> None:
    path = await link(intake, "chuyen-vien")
    answers = await asyncio.gather(*(use(intake, path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 401} == {"link_used"}
    intake.cookies.clear()
    for method in ("GET", "POST"):
        for gone in (path, "/dang-nhap/lien-ket/khong-co"):
            answer = await intake.request(method, gone, headers=LOCAL | {"Origin": f"http://{HOST}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "link_used")


async def test_opening_a_link_uses_nothing_up_until_the_button_is_pressed_on_our_own_page(
    opened: tuple[Service, httpx.AsyncClient], intake: httpx.AsyncClient
) -> None:
    """Scanners of mail and previews of chats open links. Another site must not sign a person in as somebody else."""
    path = await link(intake, "chuyen-vien")
    for _ in range(3):
        page = await intake.get(path, headers=LOCAL | {"Accept": "text/html"})
        assert (page.status_code, given(page)) == (200, {})
        assert all(text in page.text for text in ("Trần Văn Bình", 'method="post"', "Đăng nhập"))
        assert f"form-action 'self' {ORIGIN}" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999", ""):
        refused = await use(intake, path, Origin=origin)
        assert (refused.status_code, refused.json()["code"], given(refused)) == (403, "other_site", {}), origin
    first = value(await use(intake, path))
    other = await link(intake, "hoa")
    there = {"Cookie": f"{COOKIE}={first}"}
    assert (await use(intake, other, **there)).json()["code"] == "form_expired"
    page = await intake.get(other, headers=LOCAL | there | {"Accept": "text/html"})
    assert f'value="{form_token(first)}"' in page.text
    headers = LOCAL | there | {"Origin": f"http://{HOST}"}
    assert (await intake.post(other, headers=headers, data={"csrf": form_token(first)})).status_code == 303
    assert not await signed_in(intake, first)


async def test_a_name_is_shown_as_text_and_fits_a_cookie(intake: httpx.AsyncClient) -> None:
    account = {"name": '"><script>alert(1)</script>', "role": "viewer"}
    assert (await intake.put("/v1/people/x", headers=OPERATOR, json=account)).status_code == 204
    path = await link(intake, "x")
    page = await intake.get(path, headers=LOCAL | {"Accept": "text/html"})
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    for wrong in ("A\r\nSet-Cookie: x=y", "A\x00", "Ệ" * 201, "A\u202eB", "A\u2028B"):
        answer = await intake.put("/v1/people/x", headers=OPERATOR, json=account | {"name": wrong})
        assert answer.status_code == 422, ascii(wrong)
    longest = account | {"name": "Ệ" * 200}
    assert (await intake.put("/v1/people/x", headers=OPERATOR, json=longest)).status_code == 204
    assert await signed_in(intake, value(await use(intake, await link(intake, "x"))))
    assert (await intake.delete("/v1/people/x", headers=OPERATOR)).status_code == 204


async def test_a_link_that_has_expired_signs_nobody_in(
    opened: tuple[Service, httpx.AsyncClient], intake: httpx.AsyncClient
) -> None:
    path = await link(intake, "hoa")
    links = opened[0]._database.documents("sign_in_links")
    for doc in await links.find():
        await links.save(doc | {"expires_at": doc["expires_at"].replace(year=2020)})
    assert (await intake.get(path, headers=LOCAL)).json()["code"] == "link_used"
    assert (await use(intake, path)).json()["code"] == "link_used"


async def test_a_person_whose_role_changes_or_who_is_removed_is_signed_out(intake: httpx.AsyncClient) -> None:
    account = {"name": "Lê Thị Mai", "role": "member"}
    path = "/v1/people/mai"
    assert (await intake.put(path, headers=OPERATOR, json=account)).status_code == 204
    cookie = value(await use(intake, await link(intake, "mai")))
    intake.cookies.clear()
    assert (await intake.put(path, headers=OPERATOR, json=account)).status_code == 204
    assert await signed_in(intake, cookie), "nothing changed"
    assert (await intake.put(path, headers=OPERATOR, json=account | {"role": "viewer"})).status_code == 204
    assert not await signed_in(intake, cookie)
    unused = await link(intake, "mai")
    assert (await intake.delete(path, headers=OPERATOR)).status_code == 204
    assert (await use(intake, unused)).status_code == 401
    assert (await intake.delete(path, headers=OPERATOR)).status_code == 404
    assert (await intake.post(f"{path}/links", headers=OPERATOR)).status_code == 404


@pytest.mark.parametrize("change", ["role", "removed"])
async def test_a_change_that_was_broken_off_ends_the_sign_ins_when_it_is_repeated(
    opened: tuple[Service, httpx.AsyncClient],
    intake: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    """A cookie says the rights of before, so none of them may outlive the change."""
    path, account = "/v1/people/lan", {"name": "Phạm Thị Lan", "role": "secretary"}
    assert (await intake.put(path, headers=OPERATOR, json=account)).status_code == 204
    cookie = value(await use(intake, await link(intake, "lan")))
    intake.cookies.clear()

    async def apply() -> int:
        if change == "removed":
            return (await intake.delete(path, headers=OPERATOR)).status_code
        return (await intake.put(path, headers=OPERATOR, json=account | {"role": "viewer"})).status_code

    async def broken_off(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(People, "end_all", broken_off)
        assert await apply() >= 500
    assert await apply() == 204
    assert not await signed_in(intake, cookie)
    await intake.delete(path, headers=OPERATOR)


async def test_only_the_operator_keeps_people_and_what_makes_no_sense_is_refused(intake: httpx.AsyncClient) -> None:
    path, account = "/v1/people/x", {"name": "X", "role": "viewer"}
    for method, url in (("GET", "/v1/people"), ("PUT", path), ("DELETE", path), ("POST", f"{path}/links")):
        assert (await intake.request(method, url, headers=LOCAL)).status_code == 401
    for wrong in ({"role": "officer"}, {"agency": "so-noi-vu"}, {"role": "king"}, {"name": ""}):
        assert (await intake.put(path, headers=OPERATOR, json=account | wrong)).status_code == 422, wrong
    taken = await intake.put(path, headers=OPERATOR, json=account | {"subject": "nguyen.van.a"})
    assert (taken.status_code, taken.json()["code"]) == (409, "changed_meanwhile")
    everybody = (await intake.get("/v1/people", headers=OPERATOR)).json()
    assert everybody["hoa"]["role"] == "secretary"
