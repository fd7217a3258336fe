"""Bearer tokens of an OpenID issuer, for people. Systems use API keys.

A token is accepted only if all of it is valid: issuer, audience, expiry, an algorithm of the allow-list, and a
signature by a key that the issuer publishes under the token's ``kid``. The key decides which algorithm may sign a
token, never the token: a public key is not an HMAC secret, and unsigned tokens are refused.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import TypeAdapter, ValidationError

from services.intake.settings import IntakeSettings
from shared.contracts.json_values import JsonObject, JsonValue
from shared.contracts.model import Code
from shared.runtime.http.problems import Refusal

log = structlog.get_logger(__name__)

_CODE: TypeAdapter[str] = TypeAdapter(Code)
_KEY_TYPES = {"RS256": ("RSA", None), "ES256": ("EC", "P-256")}
_MIN_RSA_BITS = 2048
_MAX_TOKEN_LENGTH = 16 * 1024
_MAX_RESPONSE_BYTES = 256 * 1024
_MAX_NAME_LENGTH = 126
_TIMEOUT_SECONDS = 3.0

FRESH_SECONDS = 300.0
"""How long the issuer's keys are used before they are fetched again."""
RETRY_SECONDS = 10.0
"""The shortest time between two fetches of the issuer's keys, whatever key ids callers send."""
STALE_SECONDS = 3600.0
"""How long fetched keys are still used while the issuer does not respond."""

_REASONS: tuple[tuple[type[jwt.PyJWTError], str, str], ...] = (
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
    """Validates tokens of the issuer that the settings name; without an issuer, nothing is treated as a token.

    Expiry is judged by the machine's clock, because the issuer does not follow a driven one. ``monotonic`` returns
    seconds, by which the fetched keys age.
    """

    def __init__(self, settings: IntakeSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    def is_token(self, bearer: str) -> bool:
        """Whether the credentials are a token rather than an API key, which has no dots."""
        return bool(self._settings.oidc_issuer) and bearer.count(".") == 2

    async def agency(self, token: str) -> str:
        """The code of the agency a token names. Raises ``Refusal``: 401 if the token is invalid or names none, 503."""
        code = _claim(await self._claims(token), self._settings.oidc_agency_claim)
        try:
            return _CODE.validate_python(code, strict=True)
        except ValidationError:
            detail = "Tài khoản này chưa được gắn với cơ quan nào."
            raise Refusal(401, "token_no_agency", detail) from None

    async def operator(self, token: str) -> str:
        """The operator's name in the audit log. Raises ``Refusal``: 401, 403 if the token lacks the role, or 503."""
        subject = await self._subject_in_role(token, self._settings.oidc_operator_role)
        if subject is None:
            raise Refusal(403, "not_operator", "Chỉ người vận hành được thực hiện việc này.")
        return f"operator {subject}"

    async def office(self, token: str) -> str:
        """The standing office's name in records. Raises ``Refusal``: 401, 403 if the token lacks the role, or 503."""
        subject = await self._subject_in_role(token, self._settings.oidc_office_role)
        if subject is None:
            raise Refusal(403, "not_the_office", "Chỉ cơ quan Thường trực Hội đồng được thực hiện việc này.")
        return f"{self._settings.office} {subject}"

    async def _subject_in_role(self, token: str, role: str) -> str | None:
        """The subject of a token that has the role, or None. Raises ``Refusal`` with 401 or 503."""
        claims = await self._claims(token)
        claim = _claim(claims, self._settings.oidc_role_claim)
        roles = claim if isinstance(claim, list) else [claim]
        return str(claims["sub"])[:_MAX_NAME_LENGTH] if role and role in roles else None

    async def _claims(self, token: str) -> JsonObject:
        """The claims of a valid token. Raises ``Refusal`` with 401 or 503."""
        settings = self._settings
        if len(token) > _MAX_TOKEN_LENGTH:
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
            claims: JsonObject = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=settings.oidc_audience,
                issuer=settings.oidc_issuer,
                leeway=settings.oidc_leeway_seconds,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            for kind, code, detail in _REASONS:
                if isinstance(error, kind):
                    raise Refusal(401, code, detail) from None
            raise _malformed() from None
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK | None:
        """The issuer's key of that id, or None. Raises ``Refusal`` with 503 if its keys cannot be fetched."""
        async with self._fetching:
            now = self._monotonic()
            is_stale = now - self._fetched_at > FRESH_SECONDS or kid not in self._keys
            if is_stale and now - self._tried_at > RETRY_SECONDS:
                self._tried_at = now
                try:
                    self._keys, self._fetched_at = await self._fetch(), now
                except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
                    log.warning("cannot fetch the issuer's keys", issuer=self._settings.oidc_issuer, error=repr(error))
            if now - self._fetched_at > STALE_SECONDS:
                detail = "Chưa kiểm tra được thẻ truy cập vì nơi đăng nhập không trả lời; hãy thử lại sau ít giây."
                raise Refusal(503, "issuer_unavailable", detail, retry_after=int(RETRY_SECONDS))
            return self._keys.get(kid)

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        """The usable keys of the issuer's JWKS, by id.

        Raises ``httpx.HTTPError``, ``httpx.InvalidURL`` and ``ValueError``.
        """
        issuer = self._settings.oidc_issuer
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as http:
            configuration = await _fetch_object(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            url = configuration.get("jwks_uri")
            if configuration.get("issuer") != issuer or not isinstance(url, str):
                raise ValueError("the issuer's configuration names another issuer or no key set")
            if issuer.startswith("https://") and not url.startswith("https://"):
                raise ValueError("the issuer's key set is not served over https")
            published = (await _fetch_object(http, url)).get("keys")
        if not isinstance(published, list):
            raise ValueError("the issuer's key set has no keys")
        return {jwk["kid"]: key for jwk in published if (key := _usable_key(jwk)) is not None}


async def _fetch_object(http: httpx.AsyncClient, url: str) -> JsonObject:
    """The JSON object at a URL. Raises ``httpx.HTTPError`` and ``ValueError``."""
    raw = bytearray()
    async with http.stream("GET", url) as response:
        response.raise_for_status()
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > _MAX_RESPONSE_BYTES:
                raise ValueError(f"{url} returns more than {_MAX_RESPONSE_BYTES} bytes")
    document: JsonValue = json.loads(raw)
    if not isinstance(document, dict):
        raise ValueError(f"{url} does not return a JSON object")
    return document


def _usable_key(jwk: object) -> jwt.PyJWK | None:
    """A published key if it signs by an accepted algorithm and is not weak; a private part is ignored."""
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str):
        return None
    key_type = (jwk.get("kty"), jwk.get("crv"))
    algorithm = next((name for name, accepted in _KEY_TYPES.items() if accepted == key_type), None)
    if algorithm is None or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK({name: value for name, value in jwk.items() if name != "d"}, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    is_weak = isinstance(key.key, RSAPublicKey) and key.key.key_size < _MIN_RSA_BITS
    return None if is_weak else key


def _claim(claims: JsonObject, name: str) -> JsonValue:
    """A claim by its name or by a path of names ("realm_access.roles"), or None."""
    if name in claims:
        return claims[name]
    value: JsonValue = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
