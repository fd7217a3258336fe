"""Who calls: an agency, the operator or the standing office, by the bearer key or token of the request."""

from __future__ import annotations

import hmac
import time
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.intake.access.key_policy import key_id
from services.intake.access.key_store import ApiKeys, digest
from services.intake.access.rates import RateLimiter
from services.intake.access.tokens import Tokens
from services.intake.settings import IntakeSettings
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal

_BEARER = HTTPBearer(auto_error=False, description="The key of an agency or of the operator, or a token of the issuer.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def _credentials_of(bearer: HTTPAuthorizationCredentials | None) -> str:
    if bearer is None or not bearer.credentials:
        raise Refusal(401, "no_key", "Thiếu khóa truy cập (Authorization: Bearer …).")
    return bearer.credentials


class Callers:
    """FastAPI dependencies that identify the caller and limit how often an agency may call."""

    def __init__(self, keys: ApiKeys, settings: IntakeSettings, clock: Clock) -> None:
        self._keys, self._clock = keys, clock
        self.tokens = Tokens(settings)
        self._operator_key, self._desk_key = settings.operator_key_sha256, settings.desk_key_sha256
        self._office = settings.office
        self._rate_limiter = RateLimiter(settings.rate_per_minute, settings.rate_burst)

    async def agency(self, bearer: Bearer) -> str:
        """The code of the calling agency. Raises ``Refusal``: 401, or 429 beyond the agency's rate."""
        credentials = _credentials_of(bearer)
        is_token, now = self.tokens.is_token(credentials), self._clock.now()
        code = await (self.tokens.agency(credentials) if is_token else self._keys.agency(credentials, now))
        if wait := self._rate_limiter.take(code, time.monotonic()):
            detail = f"Cơ quan gửi quá nhiều yêu cầu; hãy gửi lại sau {wait} giây."
            raise Refusal(429, "too_many_requests", detail, retry_after=wait)
        return code

    async def agency_by_key(self, bearer: Bearer) -> tuple[str, str]:
        """The code of the agency and the id of the key it calls with. Raises ``Refusal`` as ``agency`` does, or 403.

        A person who signed in with a token gets no key, which would outlast the session.
        """
        code, credentials = await self.agency(bearer), _credentials_of(bearer)
        if self.tokens.is_token(credentials):
            raise Refusal(403, "key_needed", "Chỉ hệ thống đang dùng khóa API mới tự xin được khóa tiếp theo.")
        return code, key_id(digest(credentials))

    async def operator(self, bearer: Bearer) -> str:
        """The operator's name in the audit log. Raises ``Refusal``: 401, or 403 for any other known caller."""
        if self.tokens.is_token(credentials := _credentials_of(bearer)):
            return await self.tokens.operator(credentials)
        key = digest(credentials)
        if not hmac.compare_digest(key, self._operator_key):
            await self._require_issued(credentials, key)
            raise Refusal(403, "not_operator", "Chỉ người vận hành được thực hiện việc này.")
        return f"operator {key[:12]}"

    async def office(self, bearer: Bearer) -> str:
        """The standing office's name in records. Raises ``Refusal``: 401, or 403 for any other known caller."""
        if self.tokens.is_token(credentials := _credentials_of(bearer)):
            return await self.tokens.office(credentials)
        key = digest(credentials)
        if not hmac.compare_digest(key, self._desk_key):
            await self._require_issued(credentials, key)
            raise Refusal(403, "not_the_office", "Chỉ cơ quan Thường trực Hội đồng được thực hiện việc này.")
        return f"{self._office} {key[:12]}"

    async def agency_or_office(self, bearer: Bearer) -> str | None:
        """The code of the calling agency, or None for the standing office. Raises ``Refusal`` as ``agency`` does."""
        try:
            await self.office(bearer)
        except Refusal as refusal:
            if refusal.status != 403:
                raise
            return await self.agency(bearer)
        return None

    async def _require_issued(self, credentials: str, key: str) -> None:
        """Tell a caller without rights (403) from one whose key nobody issued. Raises ``Refusal`` with 401."""
        is_fixed = [hmac.compare_digest(key, fixed_key) for fixed_key in (self._operator_key, self._desk_key)]
        if not any(is_fixed):
            await self._keys.agency(credentials, self._clock.now())
