"""The signed cookie of a sign-in: how it is named, verified, and what form token belongs to it. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from shared.contracts.model import Code, StrictModel
from shared.contracts.people import Person, Role

ALGORITHM: Final = "Ed25519"
ISSUER: Final = "thidua"
SIGN_IN_SECONDS: Final = 8 * 3600
"""How long a cookie is valid, by the machine's clock also where the services' clock is driven."""

UNREADABLE: Final = (JoseError, ValidationError, ValueError, TypeError, RecursionError)
"""What reading a cookie raises that is not as it must be. joserfc raises ``TypeError`` for a header of odd types."""

_MAX_LENGTH: Final = 4000


class Claims(StrictModel):
    """What a sign-in's cookie says. ``aud`` is the stack's id, ``jti`` the sign-in's; instants are Unix seconds."""

    iss: Literal["thidua"] = "thidua"
    aud: str
    jti: str
    sub: str
    name: str
    role: Role
    agency: Code | None = None
    iat: int
    exp: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """A valid cookie: the sign-in's id, who is signed in, and when the cookie expires (Unix seconds)."""

    id: str
    person: Person
    expires_at: int


def public_key(digits: str) -> OKPKey:
    """The Ed25519 public key of 64 hex digits. Raises ``ValueError``."""
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _part(digits)})


def private_key(digits: str, public_digits: str) -> OKPKey:
    """The Ed25519 private key (seed) of 64 hex digits with its public key. Raises ``ValueError``."""
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _part(public_digits), "d": _part(digits)})


def _part(digits: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digits)).rstrip(b"=").decode()


def verified(cookie: str, keys: Sequence[OKPKey], stack: str, now: float) -> SignIn | None:
    """The sign-in of a cookie at an instant (Unix seconds); None if any part of it is not valid for this stack."""
    if len(cookie) > _MAX_LENGTH:
        return None
    for key in keys:
        try:
            claims = Claims.model_validate(jwt.decode(cookie, key, algorithms=[ALGORITHM]).claims)
        except UNREADABLE:
            continue
        if claims.aud == stack and claims.iat <= now + 60 and now < claims.exp <= claims.iat + SIGN_IN_SECONDS:
            return SignIn(claims.jti, Person(claims.sub, claims.name, claims.role, claims.agency), claims.exp)
    return None


def cookie_name(stack: str, *, secure: bool) -> str:
    """The cookie's name. It carries the stack's id, because browsers send cookies to every port of a host.

    A name with ``__Host-`` is accepted by browsers only with ``Secure``, for this host and from this host.
    """
    return f"__Host-thidua-{stack}" if secure else f"thidua-{stack}"


def form_token(cookie: str) -> str:
    """The CSRF token of the forms of a sign-in. Only who can read the cookie can compute it, and no other site can."""
    return hashlib.sha256(b"thidua form\n" + cookie.encode()).hexdigest()
