"""Signs the cookies of sign-ins. Only intake has the private key. Pure but for fresh random ids."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt

from shared.contracts.model import StrictModel
from shared.contracts.people import Person
from shared.runtime.http.sign_in.tokens import ALGORITHM, SIGN_IN_SECONDS, UNREADABLE, Claims, SignIn, private_key

BEGUN_SECONDS: Final = 600
"""How long a person may take at the issuer."""


class Begun(StrictModel):
    """A sign-in that a browser began at the issuer: what the answer must match, and where the person is going."""

    aud: str
    state: str
    nonce: str
    verifier: str
    to: str
    exp: int


@dataclass(frozen=True, slots=True)
class SignedCookie:
    """A new sign-in and its cookie."""

    sign_in: SignIn
    value: str


def public_digits(secret: str) -> str:
    """The public key (64 hex digits) of a private one. Raises ``ValueError``."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).public_key().public_bytes_raw().hex()


class Signer:
    """Signs for one stack with the private key ``secret`` (64 hex digits)."""

    def __init__(self, secret: str, stack: str) -> None:
        self._key, self._stack = private_key(secret, public_digits(secret)), stack

    def sign_in(self, person: Person, now: int) -> SignedCookie:
        """A new sign-in of a person at an instant (Unix seconds). Its id is new each time."""
        who = asdict(person)
        number, subject, expires_at = f"s{secrets.token_urlsafe(18)}", who.pop("id"), now + SIGN_IN_SECONDS
        claims = Claims(aud=self._stack, jti=number, sub=subject, iat=now, exp=expires_at, **who)
        return SignedCookie(SignIn(number, person, expires_at), self._signed(claims))

    def begun(self, to: str, now: int) -> tuple[Begun, str]:
        """A sign-in that begins at the issuer, and its cookie. Its audience keeps it from passing for a sign-in."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = Begun(aud=self._begun, state=state, nonce=nonce, verifier=verifier, to=to, exp=now + BEGUN_SECONDS)
        return begun, self._signed(begun)

    def read_begun(self, cookie: str, state: str, now: int) -> Begun | None:
        """The sign-in that this browser began with a state; None if it began none, another, or too long ago."""
        try:
            begun = Begun.model_validate(jwt.decode(cookie, self._key, algorithms=[ALGORITHM]).claims)
        except UNREADABLE:
            return None
        ours = begun.aud == self._begun and secrets.compare_digest(begun.state.encode(), state.encode())
        return begun if ours and now < begun.exp else None

    @property
    def _begun(self) -> str:
        return f"{self._stack}/dang-nhap"

    def _signed(self, claims: StrictModel) -> str:
        return jwt.encode({"alg": ALGORITHM}, claims.model_dump(), self._key, algorithms=[ALGORITHM])
