"""Bearer tokens of an OpenID issuer, for people. Systems use API keys.

A token is accepted only if all of it is valid: issuer, audience, expiry, an algorithm of the allow-list, and a
signature by a key that the issuer publishes under the token's ``kid``. The key decides which algorithm may sign a
token, never the token: a public key is not an HMAC secret, and unsigned tokens are refused.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping

from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from pydantic import TypeAdapter, ValidationError

from services.intake.access.issuer_keys import IssuerKeys
from services.intake.settings import IntakeSettings
from shared.contracts.json_values import JsonObject, JsonValue
from shared.contracts.model import Code
from shared.runtime.http.problems import Refusal

_CODE: TypeAdapter[str] = TypeAdapter(Code)
_MAX_TOKEN_LENGTH = 16 * 1024
_MAX_NAME_LENGTH = 126

_REASONS = {
    "iss": ("token_issuer", "Thẻ truy cập không do nơi đăng nhập của tỉnh cấp."),
    "aud": ("token_audience", "Thẻ truy cập không cấp cho hệ thống này."),
    "nbf": ("token_not_yet_valid", "Thẻ truy cập chưa đến thời điểm có hiệu lực."),
    "iat": ("token_not_yet_valid", "Thẻ truy cập chưa đến thời điểm có hiệu lực."),
}
"""By the claim that is not as it must be: the code and the text of the refusal."""


def _malformed() -> Refusal:
    return Refusal(401, "token_malformed", "Thẻ truy cập không đọc được.")


class Tokens:
    """Validates tokens of the issuer that the settings name; without an issuer, nothing is treated as a token.

    Expiry is judged by the machine's clock, because the issuer does not follow a driven one. ``monotonic`` returns
    seconds, by which the fetched keys age.
    """

    def __init__(self, settings: IntakeSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self.keys = IssuerKeys(settings.oidc_issuer, monotonic)

    def is_token(self, bearer: str) -> bool:
        """Whether the credentials are a token rather than an API key, which has no dots."""
        return bool(self._settings.oidc_issuer) and bearer.count(".") == 2

    async def agency(self, token: str) -> str:
        """The code of the agency a token names. Raises ``Refusal``: 401 if the token is invalid or names none, 503."""
        code = _claim(await self.claims(token, self._settings.oidc_audience), self._settings.oidc_agency_claim)
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
        claims = await self.claims(token, self._settings.oidc_audience)
        claim = _claim(claims, self._settings.oidc_role_claim)
        roles = claim if isinstance(claim, list) else [claim]
        return str(claims["sub"])[:_MAX_NAME_LENGTH] if role and role in roles else None

    async def claims(self, token: str, audience: str) -> JsonObject:
        """The claims of a valid token for an audience. Raises ``Refusal`` with 401 or 503."""
        settings = self._settings
        if len(token) > _MAX_TOKEN_LENGTH:
            raise _malformed()
        try:
            header = _header(token)
        except (ValueError, RecursionError):
            raise _malformed() from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in settings.oidc_algorithms:
            raise Refusal(401, "token_algorithm", "Thẻ truy cập ký bằng thuật toán không được chấp nhận.")
        published = await self.keys.key(kid) if isinstance(kid, str) else None
        if published is None or published.algorithm != algorithm:
            raise Refusal(401, "token_key", "Thẻ truy cập ký bằng khóa mà nơi đăng nhập không công bố.")
        rules = jwt.JWTClaimsRegistry(
            leeway=settings.oidc_leeway_seconds,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = jwt.decode(token, published.key, algorithms=[algorithm]).claims
            rules.validate(claims)
        except (JoseError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise _refusal(error) from None
        return claims


def _header(token: str) -> JsonObject:
    """A token's header, unverified. Raises ``ValueError`` and ``RecursionError``."""
    part = token.split(".", 1)[0].encode()
    header: JsonValue = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    if not isinstance(header, dict):
        raise ValueError("the header is no JSON object")
    return header


def _refusal(error: Exception) -> Refusal:
    """Why a token is refused, in Vietnamese."""
    match error:
        case ExpiredTokenError():
            return Refusal(401, "token_expired", "Phiên đăng nhập đã hết hạn; hãy đăng nhập lại.")
        case MissingClaimError():
            return Refusal(401, "token_claims", "Thẻ truy cập thiếu nơi cấp, nơi dùng hoặc thời hạn.")
        case BadSignatureError():
            return Refusal(401, "token_signature", "Chữ ký của thẻ truy cập không đúng.")
        case InvalidClaimError() if error.claim in _REASONS:
            return Refusal(401, *_REASONS[error.claim])
        case _:
            return _malformed()


def _claim(claims: JsonObject, name: str) -> JsonValue:
    """A claim by its name or by a path of names ("realm_access.roles"), or None."""
    if name in claims:
        return claims[name]
    value: JsonValue = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
