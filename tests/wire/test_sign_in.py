"""People sign in at intake, by the province's issuer or by a one-time link, and out of all services at once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError

from deploy.stack.embedded import Stack
from services.intake.access.issuer_keys import RETRY_SECONDS
from services.intake.access.tokens import Tokens
from services.intake.settings import IntakeSettings
from services.intake.sign_in.openid import OpenId
from services.intake.sign_in.signing import Signer
from shared.contracts.topics import SIGN_OUTS
from shared.runtime.app import Service
from shared.runtime.http.problems import Refusal
from shared.runtime.http.sign_in.tokens import SIGN_IN_SECONDS, form_token
from tests.support.intake_client import intake_client
from tests.support.issuer import AUDIENCE, Issuer, ec_key, jwk, rsa_key
from tests.support.memory_kafka import MemoryKafka
from tests.support.provinces import SERVED
from tests.support.signed_in import ORIGIN, SECRET, SIGN_IN
from tests.support.signing_in import COOKIE, LOCAL, add_people, given, link, signed_in, use, value


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    ours = Issuer()
    yield ours
    ours.close()


@pytest.fixture(autouse=True)
def _as_usual(issuer: Issuer) -> None:
    issuer.id_token = {}


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack, issuer: Issuer) -> AsyncIterator[tuple[Service, httpx.AsyncClient, MemoryKafka]]:
    kafka = MemoryKafka()
    async with intake_client(
        servers,
        kafka=kafka,
        **SIGN_IN,
        sign_in_secret=SECRET,
        sign_in_links=True,
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        oidc_client_id="thidua-pages",
    ) as (service, http):
        await add_people(http)
        yield service, http, kafka


@pytest.fixture
def intake(opened: tuple[Service, httpx.AsyncClient, MemoryKafka]) -> Iterator[httpx.AsyncClient]:
    """A browser without cookies."""
    opened[1].cookies.clear()
    yield opened[1]
    opened[1].cookies.clear()


async def begin(intake: httpx.AsyncClient, query: str = "") -> tuple[str, str, dict[str, str]]:
    """Begin at intake and sign in at the issuer: the cookie of the beginning, and the issuer's answer."""
    intake.cookies.clear()
    answer = await intake.get(f"/dang-nhap{query}", headers=LOCAL)
    assert answer.status_code == 303, answer.text
    async with httpx.AsyncClient() as http:
        sent_back = await http.get(answer.headers["location"])
    address = urlsplit(sent_back.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{SIGN_IN['sign_in_url']}/ve"
    return answer.headers["location"], value(answer, f"{COOKIE}-ve"), dict(parse_qsl(address.query))


async def finish(intake: httpx.AsyncClient, cookie: str, answer: dict[str, str], **headers: str) -> httpx.Response:
    intake.cookies.clear()
    return await intake.get(
        "/dang-nhap/ve", params=answer, headers=LOCAL | {"Cookie": f"{COOKIE}-ve={cookie}"} | headers
    )


async def test_a_person_signs_in_at_the_issuer_and_returns_to_the_page(intake: httpx.AsyncClient) -> None:
    """Code flow with PKCE, state and nonce; the cookie is for no script, no other site's form and eight hours."""
    sent_to, cookie, answer = await begin(intake, f"?ve={ORIGIN}/phien")
    query = dict(parse_qsl(urlsplit(sent_to).query))
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert (query["client_id"], len(query["nonce"]) > 40) == ("thidua-pages", True)
    signed_in = await finish(intake, cookie, answer)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, f"{ORIGIN}/phien")
    flags = {part.strip().lower() for part in given(signed_in)[COOKIE].split(";")[1:]}
    assert flags == {"httponly", "samesite=lax", "path=/", f"max-age={SIGN_IN_SECONDS}"}
    assert signed_in.headers["cache-control"] == "no-store"
    again = await intake.get("/dang-nhap", headers=LOCAL | {"Cookie": f"{COOKIE}={value(signed_in)}"})
    assert (again.status_code, again.headers["location"]) == (303, f"{ORIGIN}/"), "who is signed in goes on"


async def test_outside_this_machine_the_cookie_is_secure_and_of_this_host(intake: httpx.AsyncClient) -> None:
    answer = await use(intake, await link(intake, "hoa"), "intake")
    line = given(answer)[f"__Host-{COOKIE}"].lower()
    assert "; secure" in line
    assert "; path=/" in line
    assert "domain" not in line


@pytest.mark.parametrize("what", ["state", "code", "injected", "cookie", "error", "iss", "twice"])
async def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(
    intake: httpx.AsyncClient, what: str
) -> None:
    """Another state, a guessed code, another sign-in's, another browser, an error, another issuer, a code again."""
    _, cookie, answer = await begin(intake)
    if what == "twice":
        assert (await finish(intake, cookie, answer)).status_code == 303
    changes: dict[str, dict[str, str]] = {
        "state": {"state": "other"},
        "code": {"code": "guessed"},
        "error": {"error": "access_denied"},
        "iss": {"iss": "https://elsewhere.example"},
    }
    _, other, theirs = await begin(intake)
    if what == "injected":  # the proof of the code's own sign-in is missing
        cookie, answer = other, theirs | {"code": answer["code"]}
    refused = await finish(intake, other if what == "cookie" else cookie, answer | changes.get(what, {}))
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_failed")
    assert COOKIE not in given(refused)


BAD_TOKENS: dict[str, tuple[dict[str, Any], str]] = {
    "another audience": ({"aud": AUDIENCE}, "token_audience"),
    "another party": ({"azp": "another-client"}, "sign_in_failed"),
    "expired": ({"exp": 1}, "token_expired"),
    "another issuer": ({"iss": "https://elsewhere.example"}, "token_issuer"),
    "another nonce": ({"nonce": "other"}, "sign_in_failed"),
    "no nonce": ({"nonce": None}, "sign_in_failed"),
    "another key": ({"key": rsa_key()}, "token_signature"),
    "no audience": ({"aud": None}, "token_claims"),
}


@pytest.mark.parametrize("what", BAD_TOKENS)
async def test_an_id_token_that_is_not_for_this_sign_in_signs_nobody_in(
    intake: httpx.AsyncClient, issuer: Issuer, what: str
) -> None:
    _, cookie, answer = await begin(intake)
    issuer.id_token, code = BAD_TOKENS[what]
    refused = await finish(intake, cookie, answer)
    assert (refused.status_code, refused.json()["code"]) == (401, code)
    assert COOKIE not in given(refused)


async def test_after_the_issuer_has_changed_its_key_people_sign_in(issuer: Issuer) -> None:
    """The new key is fetched, at most once in ten seconds."""
    clock = [0.0]
    settings = IntakeSettings.model_validate({**SERVED, **SIGN_IN, "oidc_issuer": issuer.url, "oidc_audience": "x"})
    openid = OpenId(settings, Tokens(settings, lambda: clock[0]))

    async def subject() -> str:
        begun, _ = Signer(SECRET, "test").begun("/", int(time.time()))
        async with httpx.AsyncClient() as http:
            sent_back = await http.get(await openid.address(begun))
        return await openid.subject(dict(parse_qsl(urlsplit(sent_back.headers["location"]).query))["code"], begun)

    assert await subject() == "nguyen.van.a"
    fresh = ec_key()
    issuer.keys.append(jwk("e-new", fresh))
    issuer.id_token = {"algorithm": "ES256", "kid": "e-new", "key": fresh}
    with pytest.raises(Refusal, match="khóa mà nơi đăng nhập không công bố"):
        await subject()
    clock[0] += RETRY_SECONDS + 1
    assert await subject() == "nguyen.van.a"
    issuer.answering = False
    with pytest.raises(Refusal, match="không trả lời"):
        await OpenId(settings, Tokens(settings)).address(Signer(SECRET, "test").begun("/", 0)[0])
    issuer.answering = True


async def test_an_account_that_nobody_gave_a_role_learns_whom_to_write_to(
    intake: httpx.AsyncClient, issuer: Issuer
) -> None:
    issuer.id_token = {"sub": "nguoi.la"}
    _, cookie, answer = await begin(intake)
    refused = await finish(intake, cookie, answer, Accept="text/html")
    assert refused.status_code == 403
    assert COOKIE not in given(refused)


async def test_each_sign_in_is_a_new_one_and_ends_the_one_that_the_browser_had(
    opened: tuple[Service, httpx.AsyncClient, MemoryKafka], intake: httpx.AsyncClient
) -> None:
    """A cookie that somebody planted before does not become the person's."""
    first = value(await use(intake, await link(intake, "hoa")))
    intake.cookies.clear()
    headers = {"Cookie": f"{COOKIE}={first}", "X-CSRF-Token": form_token(first)}
    second = value(await use(intake, await link(intake, "hoa"), **headers))
    assert first != second
    assert await signed_in(intake, second)
    assert not await signed_in(intake, first)


async def test_signing_out_ends_the_sign_in_and_reaches_the_other_services(
    opened: tuple[Service, httpx.AsyncClient, MemoryKafka], intake: httpx.AsyncClient
) -> None:
    """The form of another site signs nobody out."""
    cookie = value(await use(intake, await link(intake, "hoa")))
    intake.cookies.clear()
    headers = LOCAL | {"Cookie": f"{COOKIE}={cookie}", "Origin": ORIGIN}
    other = await intake.post("/dang-xuat", headers=headers | {"Origin": "https://evil.example"})
    assert (other.status_code, await signed_in(intake, cookie)) == (403, True)
    for away in ("https://evil.example", "null", ""):
        # A browser leaves our cookie out of another site's form, and would take an answer that forgets it.
        without = await intake.post("/dang-xuat", headers=LOCAL | {"Origin": away})
        assert (without.status_code, given(without)) == (403, {}), away
    assert (await intake.post("/dang-xuat", headers=headers, data={"csrf": "x"})).status_code == 403
    out = await intake.post("/dang-xuat", headers=headers, data={"csrf": form_token(cookie)})
    assert (out.status_code, "Đã đăng xuất" in out.text) == (200, True)
    assert "max-age=0" in given(out)[COOKIE].lower()
    assert not await signed_in(intake, cookie)
    assert await opened[0]._database.documents("ended_sign_ins").count() > 0


def test_settings_that_would_let_the_wrong_in_are_refused() -> None:
    for wrong in (
        {**SIGN_IN, "hosts": ()},
        {**SIGN_IN, "sign_in_url": "http://127.0.0.1:8101/elsewhere"},
        {**SIGN_IN, "sign_in_keys": ("zz",)},
        {**SIGN_IN, "stack": "a;b"},
        {**SIGN_IN, "sign_in_secret": "short"},
    ):
        with pytest.raises(ValidationError):
            IntakeSettings.model_validate({**SERVED, **wrong})
    assert SIGN_OUTS.compacted
