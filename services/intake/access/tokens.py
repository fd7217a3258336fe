"""Bearer tokens of an OpenID issuer: the second way in, for people. API keys remain the way in for systems.

A token counts only when everything about it does: issuer, audience, expiry, an algorithm of the allow-list, and a
signature by a key the issuer publishes under the token's ``kid``. The key decides what a token may be signed with,
never the token: a public key is no HMAC secret, and nothing unsigned is read.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import TypeAdapter, ValidationError

from services.intake.settings import IntakeSettings
from shared.contracts.model import Code
from shared.runtime.http.problems import Refusal

log = structlog.get_logger(__name__)

_CODE: TypeAdapter[str] = TypeAdapter(Code)
_KEY_TYPES = {"RS256": ("RSA", None), "ES256": ("EC", "P-256")}
_LEAST_RSA_BITS = 2048
_LONGEST_TOKEN = 16 * 1024
_LONGEST_ANSWER = 256 * 1024
_LONGEST_NAME = 126
_TIMEOUT_SECONDS = 3.0

FRESH_SECONDS = 300.0
"""How long the issuer's keys are used before they are asked for again."""
AGAIN_SECONDS = 10.0
"""The issuer is asked once in this time at most, whatever key ids are sent to us."""
KEPT_SECONDS = 3600.0
"""How long the keys are used while the issuer does not answer."""

_WRONG: tuple[tuple[type[jwt.PyJWTError], str, str], ...] = (
    (jwt.ExpiredSignatureError, "token_expired", "Phiên đăng nhập đã hết hạn; hãy đăng nhập lại."),
    (jwt.ImmatureSignatureError, "token_not_yet_valid", "Thẻ truy cập chưa đến thời điểm có hiệu lực."),
    (jwt.InvalidIssuerError, "token_issuer", "Thẻ truy cập không do nơi đăng nhập của tỉnh cấp."),
    (jwt.InvalidAudienceError, "token_audience", "Thẻ truy cập không cấp cho hệ thống này."),
    (jwt.MissingRequiredClaimError, "token_claims", "Thẻ truy cập thiếu nơi cấp, nơi dùng hoặc thời hạn."),
    (jwt.InvalidSignatureError, "token_signature", "Chữ ký của thẻ truy cập không đúng."),
)


def _malformed() -> Refusal:
    return Refusal(401, "token_malformed", "Thẻ truy cập không đọc được.")


class Tokens:
    """Reads tokens of the one issuer the settings name; with none, no token is one.

    Times are the machine's: an issuer knows nothing of a driven clock. ``monotonic`` is how the keys age.
    """

    def __init__(self, settings: IntakeSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    def is_one(self, bearer: str) -> bool:
        """Whether what came along is meant as a token; an API key has no dots."""
        return bool(self._settings.oidc_issuer) and bearer.count(".") == 2

    async def agency(self, token: str) -> str:
        """The agency a token speaks for. Raises ``Refusal`` with 401 where it does not count or names none."""
        named = _claim(await self._claims(token), self._settings.oidc_agency_claim)
        try:
            return _CODE.validate_python(named, strict=True)
        except ValidationError:
            detail = "Tài khoản này chưa được gắn với cơ quan nào."
            raise Refusal(401, "token_no_agency", detail) from None

    async def operator(self, token: str) -> str:
        """The operator, as accesses are noted. Raises ``Refusal``: 401, or 403 where the token lacks the role."""
        who = await self._in_role(token, self._settings.oidc_operator_role)
        if who is None:
            raise Refusal(403, "not_operator", "Chỉ người vận hành được thực hiện việc này.")
        return f"operator {who}"

    async def office(self, token: str) -> str:
        """Who of the standing office it is. Raises ``Refusal``: 401, or 403 where the token lacks the role."""
        who = await self._in_role(token, self._settings.oidc_office_role)
        if who is None:
            raise Refusal(403, "not_the_office", "Chỉ cơ quan Thường trực Hội đồng được thực hiện việc này.")
        return f"ban-tdkt {who}"

    async def _in_role(self, token: str, role: str) -> str | None:
        """The subject of a token that has the role, or None. Raises ``Refusal`` with 401."""
        claims = await self._claims(token)
        roles = _claim(claims, self._settings.oidc_role_claim)
        held = roles if isinstance(roles, list) else [roles]
        return str(claims["sub"])[:_LONGEST_NAME] if role and role in held else None

    async def _claims(self, token: str) -> dict[str, Any]:
        settings = self._settings
        if len(token) > _LONGEST_TOKEN:
            raise _malformed()
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise _malformed() from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in settings.oidc_algorithms:
            raise Refusal(401, "token_algorithm", "Thẻ truy cập ký bằng thuật toán không được chấp nhận.")
        key = await self._key(kid) if isinstance(kid, str) else None
        if key is None or key.algorithm_name != algorithm:
            raise Refusal(401, "token_key", "Thẻ truy cập ký bằng khóa mà nơi đăng nhập không công bố.")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=settings.oidc_audience,
                issuer=settings.oidc_issuer,
                leeway=settings.oidc_leeway_seconds,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            for kind, code, detail in _WRONG:
                if isinstance(error, kind):
                    raise Refusal(401, code, detail) from None
            raise _malformed() from None
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK | None:
        """The issuer's key of that id. Raises ``Refusal`` with 503 where its keys cannot be had."""
        async with self._asking:
            now = self._monotonic()
            stale = now - self._fetched_at > FRESH_SECONDS or kid not in self._keys
            if stale and now - self._asked_at > AGAIN_SECONDS:
                self._asked_at = now
                try:
                    self._keys, self._fetched_at = await self._published(), now
                except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
                    log.warning("the issuer's keys cannot be had", issuer=self._settings.oidc_issuer, error=repr(error))
            if now - self._fetched_at > KEPT_SECONDS:
                detail = "Chưa kiểm tra được thẻ truy cập vì nơi đăng nhập không trả lời; hãy thử lại sau ít giây."
                raise Refusal(503, "issuer_unavailable", detail, retry_after=int(AGAIN_SECONDS))
            return self._keys.get(kid)

    async def _published(self) -> dict[str, jwt.PyJWK]:
        """The keys of the issuer's JWKS that may sign for us, by id. Raises ``httpx.HTTPError`` and ``ValueError``."""
        issuer = self._settings.oidc_issuer
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as http:
            about = await _document(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            where = about.get("jwks_uri")
            if about.get("issuer") != issuer or not isinstance(where, str):
                raise ValueError("the issuer's configuration names another issuer, or no keys")
            if issuer.startswith("https://") and not where.startswith("https://"):
                raise ValueError("the issuer's keys are not behind https")
            listed = (await _document(http, where)).get("keys")
        if not isinstance(listed, list):
            raise ValueError("the issuer's key set holds no keys")
        return {each["kid"]: key for each in listed if (key := _usable(each)) is not None}


async def _document(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """A JSON object from an address. Raises ``httpx.HTTPError`` and ``ValueError``."""
    raw = bytearray()
    async with http.stream("GET", url) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_bytes():
            raw += chunk
            if len(raw) > _LONGEST_ANSWER:
                raise ValueError(f"{url} answers more than a key set")
    document = json.loads(raw)
    if not isinstance(document, dict):
        raise ValueError(f"{url} answers no object")
    return document


def _usable(published: object) -> jwt.PyJWK | None:
    """A published key, where it signs by an algorithm we know; never a secret one, and no weak one."""
    if not isinstance(published, dict) or not isinstance(published.get("kid"), str):
        return None
    shape = (published.get("kty"), published.get("crv"))
    algorithm = next((name for name, known in _KEY_TYPES.items() if known == shape), None)
    if algorithm is None or published.get("alg", algorithm) != algorithm or published.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK({name: value for name, value in published.items() if name != "d"}, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    weak = isinstance(key.key, RSAPublicKey) and key.key.key_size < _LEAST_RSA_BITS
    return None if weak else key


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names ("realm_access.roles"); None where there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
