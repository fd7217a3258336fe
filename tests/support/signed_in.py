"""A stack's signing key for tests, and cookies that intake would have made with it."""

from __future__ import annotations

import time
from typing import Any

from services.intake.sign_in.signing import Signer, public_digits
from shared.contracts.people import Person, Role
from shared.runtime.http.sign_in.tokens import cookie_name, form_token

SECRET = "11" * 32
PUBLIC = public_digits(SECRET)
ORIGIN = "http://127.0.0.1:8103"
SIGN_IN: dict[str, Any] = {
    "sign_in_keys": (PUBLIC,),
    "sign_in_url": "http://127.0.0.1:8101/dang-nhap",
    "hosts": ("127.0.0.1", "localhost", "desk", "intake"),
    "pages": (f"{ORIGIN}/",),
    "stack": "test",
}
"""The settings of a service whose people can sign in."""


def person(role: Role) -> Person:
    return Person(f"{role}-1", f"Người có vai {role}", role, "so-noi-vu" if role == "officer" else None)


def cookie_of(role: Role, *, stack: str = "test", secret: str = SECRET, age: int = 0) -> str:
    """The cookie of a person with a role, made ``age`` seconds ago."""
    return Signer(secret, stack).sign_in(person(role), int(time.time()) - age).value


def as_browser(cookie: str, *, host: str = "127.0.0.1:8103", stack: str = "test", form: bool = True) -> dict[str, str]:
    """The headers of a browser that is signed in and, with ``form``, sends a form of our own page."""
    loopback = host.startswith(("127.0.0.1", "localhost"))
    headers = {"Authorization": "", "Host": host, "Cookie": f"{cookie_name(stack, secure=not loopback)}={cookie}"}
    return headers | ({"Origin": f"http://{host}", "X-CSRF-Token": form_token(cookie)} if form else {})
