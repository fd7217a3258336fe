"""People authenticate with a token of their issuer: a real server, real keys, and every kind of bad token."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import ValidationError

from deploy.stack.embedded import Stack
from services.intake.access.issuer_keys import FRESH_SECONDS, RETRY_SECONDS, STALE_SECONDS
from services.intake.access.tokens import Tokens
from services.intake.settings import IntakeSettings
from shared.runtime.http.problems import Refusal
from tests.support.intake_client import intake_client, key_of
from tests.support.issuer import AUDIENCE, Issuer, ec_key, forged, jwk, public_pem, rsa_key
from tests.support.provinces import SERVED
from tests.support.reports import body, score

OTHERS = rsa_key()
"""A key that our issuer does not publish."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    ours = Issuer()
    yield ours
    ours.close()


@pytest.fixture(scope="module")
def shared_issuer() -> Iterator[Issuer]:
    ours = Issuer()
    yield ours
    ours.close()


@pytest_asyncio.fixture(scope="module")
async def intake(servers: Stack, shared_issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with intake_client(
        servers,
        oidc_issuer=shared_issuer.url,
        oidc_audience=AUDIENCE,
        oidc_role_claim="realm_access.roles",
        oidc_operator_role="thidua-operator",
    ) as (_, http):
        yield http


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def settings(issuer: Issuer, **more: object) -> IntakeSettings:
    return IntakeSettings.model_validate({**SERVED, "oidc_issuer": issuer.url, "oidc_audience": AUDIENCE, **more})


async def refused(tokens: Tokens, token: str) -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        await tokens.agency(token)
    return refusal.value.status, refusal.value.code


@pytest.mark.parametrize(("algorithm", "kid"), [("RS256", "r1"), ("ES256", "e1")])
async def test_a_good_token_reports_for_the_agency_it_names(
    intake: httpx.AsyncClient, shared_issuer: Issuer, algorithm: str, kid: str
) -> None:
    """The agency comes from the token, never from the body. An API key of the same agency sees the receipt too."""
    headers = bearer(shared_issuer.token("so-noi-vu", algorithm=algorithm, kid=kid))
    sent = await intake.post(
        "/v1/reports", headers={**headers, "Idempotency-Key": f"token-{kid}"}, json=body("OB06", [score("336")])
    )
    assert (sent.status_code, sent.json()["reported_by"]) == (202, "so-noi-vu")
    path = f"/v1/receipts/{sent.json()['id']}"
    assert (await intake.get(path, headers=headers)).status_code == 200
    assert (await intake.get(path, headers=await key_of(intake, "so-noi-vu"))).status_code == 200
    renewed = await intake.post("/v1/keys", headers=headers)
    assert (renewed.status_code, renewed.json()["code"]) == (403, "key_needed"), "a key would outlast the session"


async def test_a_token_does_not_reach_another_agencys_receipts_or_obligations(
    intake: httpx.AsyncClient, shared_issuer: Issuer
) -> None:
    """Reading is a 404, reporting a 403."""
    mine, others = (bearer(shared_issuer.token(agency)) for agency in ("so-noi-vu", "cong-an-tinh"))
    report = body("OB06", [score("338")])
    sent = await intake.post("/v1/reports", headers={**mine, "Idempotency-Key": "mine"}, json=report)
    unseen = await intake.get(f"/v1/receipts/{sent.json()['id']}", headers=others)
    assert (unseen.status_code, unseen.json()["code"]) == (404, "no_receipt")
    denied = await intake.post("/v1/reports", headers={**others, "Idempotency-Key": "theirs"}, json=report)
    assert (denied.status_code, denied.json()["code"]) == (403, "not_responsible")


NOT_TOKENS: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "another issuer": (lambda i: i.token(iss="https://elsewhere.example"), "token_issuer"),
    "another audience": (lambda i: i.token(aud="another-system"), "token_audience"),
    "expired": (lambda i: i.token(exp=int(time.time()) - 31), "token_expired"),
    "not yet valid": (lambda i: i.token(nbf=int(time.time()) + 120), "token_not_yet_valid"),
    "no expiry": (lambda i: i.token(exp=None), "token_claims"),
    "no issuer": (lambda i: i.token(iss=None), "token_claims"),
    "no audience": (lambda i: i.token(aud=None), "token_claims"),
    "nobody": (lambda i: i.token(sub=None), "token_claims"),
    "unsigned": (lambda i: forged({"alg": "none", "kid": "r1"}, i.claims()), "token_algorithm"),
    "unsigned, spelled otherwise": (lambda i: forged({"alg": "nOnE", "kid": "r1"}, i.claims()), "token_algorithm"),
    "no algorithm": (lambda i: forged({"kid": "r1"}, i.claims()), "token_algorithm"),
    "an algorithm that is no text": (lambda i: forged({"alg": ["RS256"], "kid": "r1"}, i.claims()), "token_algorithm"),
    "HMAC with the public key": (
        lambda i: forged({"alg": "HS256", "kid": "r1"}, i.claims(), public_pem(i.rsa)),
        "token_algorithm",
    ),
    "HMAC with the public key, called RS256": (
        lambda i: forged({"alg": "RS256", "kid": "r1"}, i.claims(), public_pem(i.rsa)),
        "token_signature",
    ),
    "a stronger algorithm that is not allowed": (lambda i: i.token(algorithm="RS512"), "token_algorithm"),
    "an unknown key id": (lambda i: i.token(kid="r2"), "token_key"),
    "no key id": (lambda i: i.token(kid=None), "token_key"),
    "the key of another kind": (lambda i: i.token(algorithm="RS256", kid="e1"), "token_key"),
    "a key of another under a known id": (lambda i: i.token(key=OTHERS), "token_signature"),
    "a key that comes along": (
        lambda i: forged({"alg": "RS256", "kid": "x", "jwk": jwk("x", OTHERS)}, i.claims()),
        "token_key",
    ),
    "changed on the way": (lambda i: _changed(i.token("so-noi-vu"), i.claims("cong-an-tinh")), "token_signature"),
    "a header of other types": (
        lambda i: forged({"alg": "RS256", "kid": "r1", "crit": 5}, i.claims()),
        "token_malformed",
    ),
    "no JSON": (lambda i: "a.b.c", "token_malformed"),
    "nested without end": (lambda i: "W1tb" * 3_000 + ".e30.", "token_malformed"),
    "too long": (lambda i: i.token(note="x" * 20_000), "token_malformed"),
}


def _changed(token: str, claims: dict[str, object]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{forged({}, claims).split('.')[1]}.{signature}"


@pytest.mark.parametrize("what", NOT_TOKENS)
async def test_a_bad_token_is_refused(intake: httpx.AsyncClient, shared_issuer: Issuer, what: str) -> None:
    """The answer is 401 with a stable code, as a problem document."""
    make, code = NOT_TOKENS[what]
    answer = await intake.get("/v1/receipts", headers=bearer(make(shared_issuer)))
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("agency", [None, "", "Sở Nội vụ", 336, ["so-noi-vu"]])
async def test_a_token_that_names_no_agency_reports_for_nobody(
    intake: httpx.AsyncClient, shared_issuer: Issuer, agency: object
) -> None:
    """The person is known, but not the agency."""
    answer = await intake.get("/v1/receipts", headers=bearer(shared_issuer.token(agency=agency)))  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (401, "token_no_agency")


async def test_only_a_token_with_the_operator_role_acts_as_operator(
    intake: httpx.AsyncClient, shared_issuer: Issuer
) -> None:
    """The operator's API key still works."""
    path = "/v1/agencies/so-khdt/keys"
    operator = bearer(shared_issuer.token(realm_access={"roles": ["other", "thidua-operator"]}))
    assert (await intake.post(path, headers=operator)).status_code == 201
    assert (await intake.post(path, headers=bearer("operator"))).status_code == 201
    others: list[object] = [{"roles": ["other"]}, {"roles": "thidua"}, "thidua-operator", {"roles": [[]]}, None]
    for roles in others:
        answer = await intake.post(path, headers=bearer(shared_issuer.token(realm_access=roles)))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_operator"), roles
    expired = shared_issuer.token(realm_access={"roles": ["thidua-operator"]}, exp=1)
    assert (await intake.post(path, headers=bearer(expired))).status_code == 401


async def test_the_clocks_may_differ_by_the_leeway_and_no_more(issuer: Issuer) -> None:
    now = int(time.time())
    tokens = Tokens(settings(issuer, oidc_leeway_seconds=60))
    assert await tokens.agency(issuer.token(exp=now - 30)) == "so-noi-vu"
    assert await refused(tokens, issuer.token(exp=now - 61)) == (401, "token_expired")
    assert await refused(Tokens(settings(issuer, oidc_leeway_seconds=0)), issuer.token(exp=now)) == (
        401,
        "token_expired",
    )


async def test_the_allow_list_and_the_name_of_the_claim_are_settings(issuer: Issuer) -> None:
    """A claim name with dots is looked up as a name before it is read as a path."""
    only_ec = Tokens(settings(issuer, oidc_algorithms=["ES256"], oidc_agency_claim="https://thidua.example/agency"))
    named: dict[str, Any] = {"https://thidua.example/agency": "so-tttt"}
    assert await only_ec.agency(issuer.token(algorithm="ES256", kid="e1", **named)) == "so-tttt"
    assert await refused(only_ec, issuer.token(**named)) == (401, "token_algorithm")


async def test_keys_are_fetched_once_and_a_new_key_is_fetched_without_flooding_the_issuer(issuer: Issuer) -> None:
    """Whatever key ids arrive, the issuer gets at most one request in ten seconds."""
    clock = [1000.0]
    tokens = Tokens(settings(issuer), lambda: clock[0])
    for _ in range(20):
        await tokens.agency(issuer.token())
    assert issuer.served == 1
    fresh = ec_key()
    issuer.keys.append(jwk("e2", fresh))
    new = issuer.token(algorithm="ES256", kid="e2", key=fresh)
    for n in range(20):
        assert await refused(tokens, issuer.token(kid=f"guess-{n}")) == (401, "token_key")
    assert await refused(tokens, new) == (401, "token_key")
    assert issuer.served == 1
    clock[0] += RETRY_SECONDS + 1
    assert await tokens.agency(new) == "so-noi-vu"
    assert issuer.served == 2


async def test_a_key_withdrawn_by_the_issuer_is_no_longer_accepted(issuer: Issuer) -> None:
    """It is refused within five minutes."""
    clock = [0.0]
    tokens = Tokens(settings(issuer), lambda: clock[0])
    token = issuer.token()
    assert await tokens.agency(token) == "so-noi-vu"
    issuer.keys = issuer.keys[1:]
    clock[0] += FRESH_SECONDS
    assert await tokens.agency(token) == "so-noi-vu"
    clock[0] += 1
    assert await refused(tokens, token) == (401, "token_key")


async def test_keys_are_kept_for_an_hour_while_the_issuer_is_down(issuer: Issuer) -> None:
    """After that, and before the first fetch, every token is answered with 503."""
    clock = [0.0]
    tokens = Tokens(settings(issuer), lambda: clock[0])
    token = issuer.token()
    issuer.answering = False
    assert await refused(tokens, token) == (503, "issuer_unavailable")
    issuer.answering = True
    clock[0] += RETRY_SECONDS + 1
    assert await tokens.agency(token) == "so-noi-vu"
    issuer.answering = False
    clock[0] += STALE_SECONDS
    assert await tokens.agency(token) == "so-noi-vu"
    clock[0] += 1
    assert await refused(tokens, token) == (503, "issuer_unavailable")


async def test_a_discovery_document_of_another_issuer_is_refused(issuer: Issuer) -> None:
    issuer.calls_itself = "https://elsewhere.example"
    assert await refused(Tokens(settings(issuer)), issuer.token()) == (503, "issuer_unavailable")


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits")
async def test_keys_that_may_not_sign_are_ignored(issuer: Issuer) -> None:
    """These are secrets, weak keys, keys for encryption or another algorithm, and malformed keys."""
    weak, fine = rsa_key(1024), rsa_key()
    issuer.keys = [
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0", "alg": "HS256"},
        jwk("weak", weak),
        jwk("for encryption", fine, use="enc"),
        jwk("for another", fine, alg="RS512"),
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": 7},
        "no key",  # type: ignore[list-item]
        jwk("fine", fine),
    ]
    tokens = Tokens(settings(issuer))
    assert await tokens.agency(issuer.token(kid="fine", key=fine)) == "so-noi-vu"
    for kid, signer in (("weak", weak), ("for encryption", fine), ("for another", fine), ("broken", fine)):
        assert await refused(tokens, issuer.token(kid=kid, key=signer)) == (401, "token_key")
    secret = forged({"alg": "RS256", "kid": "secret"}, issuer.claims(), b"secret")
    assert await refused(tokens, secret) == (401, "token_key")


async def test_without_an_issuer_no_token_is_accepted(servers: Stack, issuer: Issuer) -> None:
    """Tokens are off by default, and an issuer needs an audience and https."""
    assert not Tokens(IntakeSettings.model_validate(SERVED)).is_token(issuer.token())
    async with intake_client(servers) as (_, http):
        answer = await http.get("/v1/receipts", headers=bearer(issuer.token()))
        assert (answer.status_code, answer.json()["code"]) == (401, "unknown_key")
    for wrong in ({"oidc_issuer": issuer.url}, {"oidc_issuer": "http://sso.example", "oidc_audience": AUDIENCE}):
        with pytest.raises(ValidationError):
            IntakeSettings.model_validate(wrong)
    with pytest.raises(ValidationError):
        settings(issuer, oidc_algorithms=["HS256"])
