"""What a sign-in's cookie proves, which addresses a person may be sent to, and which origins may send a form."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from services.intake.sign_in.signing import BEGUN_SECONDS, Signer
from shared.runtime.http.sign_in.addresses import is_own_origin, safe_return
from shared.runtime.http.sign_in.tokens import SIGN_IN_SECONDS, cookie_name, form_token, public_key, verified
from tests.support.issuer import forged
from tests.support.signed_in import ORIGIN, PUBLIC, SECRET, cookie_of, person

NOW = int(time.time())
KEYS = [public_key(PUBLIC)]


def test_a_cookie_names_who_is_signed_in_for_eight_hours() -> None:
    signed = Signer(SECRET, "test").sign_in(person("officer"), NOW)
    for at in (NOW, NOW + SIGN_IN_SECONDS - 1):
        assert verified(signed.value, KEYS, "test", at) == signed.sign_in
    assert verified(signed.value, KEYS, "test", NOW + SIGN_IN_SECONDS) is None
    assert signed.sign_in.person == person("officer")


def test_a_cookie_of_another_stack_another_key_or_a_changed_one_is_no_sign_in() -> None:
    good = cookie_of("secretary")
    head, body, signature = good.split(".")
    other = cookie_of("leader").split(".")[1]
    assert verified(good, KEYS, "test", time.time()) is not None
    for bad in (
        "",
        "a.b.c",
        f"{head}.{other}.{signature}",
        f"{head}.{body}.",
        "W1tb" * 900 + ".e30.",
        good + "x" * 4000,
    ):
        assert verified(bad, KEYS, "test", time.time()) is None
    assert verified(good, KEYS, "other", time.time()) is None
    assert verified(cookie_of("secretary", secret="22" * 32), KEYS, "test", time.time()) is None
    assert verified(good, [], "test", time.time()) is None


def test_a_cookie_with_another_way_of_checking_in_its_header_is_no_sign_in() -> None:
    """Unsigned, signed with the public key as a secret, encrypted, or with a header that no library expects."""
    _, body, signature = cookie_of("secretary").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    headers: list[Any] = [None, [], 1, {}, {"alg": None}, {"alg": []}, {"alg": "none"}, {"alg": "HS256"}]
    headers += [{"alg": "Ed25519"} | more for more in ({"crit": 5}, {"crit": [1]}, {"crit": ["x"]}, {"b64": False})]
    for header in headers:
        head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        with_secret = forged(header, claims, bytes.fromhex(PUBLIC))
        for bad in (f"{head}.{body}.{signature}", f"{head}.{body}.", with_secret, f"{head}.a.b.{body}.{signature}"):
            assert verified(bad, KEYS, "test", time.time()) is None, header
            assert Signer(SECRET, "test").read_begun(bad, "state", NOW) is None, header


def test_while_one_key_replaces_the_other_the_cookies_of_both_are_valid() -> None:
    new = Signer("22" * 32, "test").sign_in(person("viewer"), NOW).value
    both = [public_key(PUBLIC), Signer("22" * 32, "test")._key]
    assert all(verified(cookie, both, "test", time.time()) for cookie in (new, cookie_of("viewer")))


def test_a_sign_in_that_was_begun_is_no_sign_in_and_is_finished_by_its_own_browser_in_time() -> None:
    signer = Signer(SECRET, "test")
    begun, cookie = signer.begun("/phien", NOW)
    assert verified(cookie, KEYS, "test", NOW) is None
    assert signer.read_begun(cookie, begun.state, NOW + BEGUN_SECONDS - 1) == begun
    assert signer.read_begun(cookie, begun.state, NOW + BEGUN_SECONDS) is None
    assert signer.read_begun(cookie, "another state", NOW) is None
    assert signer.read_begun(cookie_of("secretary"), begun.state, NOW) is None
    assert Signer(SECRET, "other").read_begun(cookie, begun.state, NOW) is None


def test_every_sign_in_has_an_id_a_cookie_and_a_form_token_of_its_own() -> None:
    signer = Signer(SECRET, "test")
    first, second = (signer.sign_in(person("member"), NOW) for _ in range(2))
    assert first.sign_in.id != second.sign_in.id
    assert form_token(first.value) != form_token(second.value)


def test_the_cookies_of_two_stacks_have_two_names() -> None:
    """Browsers send a host's cookies to all of its ports."""
    assert len({cookie_name(stack, secure=secure) for stack in ("a", "b") for secure in (True, False)}) == 4


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil",
     "javascript:alert(1)", "http://127.0.0.1:8103@evil.example/", "http://127.0.0.1:81030/", "", "phien",
     "/a\r\nSet-Cookie: x", "/ a", "http://[", "/\t/evil.example", "https:evil", "https:/evil", "/\u2028evil",
     "///evil.example",
     "\uff0f\uff0fevil", "http://127.0.0.1:8103\u3002evil/", "javascript://127.0.0.1:8103/%0aalert(1)",
     "/" + "x" * 2000],
)  # fmt: skip
def test_nobody_is_sent_to_another_site_after_signing_in(address: str) -> None:
    assert safe_return(address, {ORIGIN}, "/home") == "/home"


@pytest.mark.parametrize("address", ["/", "/phien/thai-binh/x/P4?loc=xa#y", f"{ORIGIN}/tieu-chuan?huyen=a"])
def test_a_person_returns_to_the_page_that_asked_for_the_sign_in(address: str) -> None:
    assert safe_return(address, {ORIGIN}, "/home") == address


@pytest.mark.parametrize(
    ("origin", "own"),
    [(ORIGIN, True), ("http://127.0.0.1:8101", True), ("https://127.0.0.1:8101", True), ("null", False), ("", False),
     ("http://127.0.0.1:8999", False), ("https://evil.example", False), ("ftp://127.0.0.1:8101", False),
     ("http://[", False),
     ("http://127.0.0.1:8101@evil.example", False), ("http://127.0.0.1:8101.evil.example", False),
     ("http://127.0.0.1", False), ("http://127.0.0.1:08101", False), ("http://a\u2100b", False),
     ("http://127.0.0.1:8101/", False)],
)  # fmt: skip
def test_a_form_is_taken_from_pages_of_this_stack_only(origin: str, own: bool) -> None:
    """Other ports of the machine belong to others, even though browsers call them the same site."""
    assert is_own_origin(origin, "127.0.0.1:8101", {ORIGIN}) is own
