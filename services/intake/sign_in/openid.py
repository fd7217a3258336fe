"""The province's OpenID issuer as people sign in with it: authorization code flow with PKCE, state and nonce."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from urllib.parse import urlencode, urlsplit

import httpx
import structlog

from services.intake.access.tokens import Tokens
from services.intake.settings import IntakeSettings
from services.intake.sign_in.signing import Begun
from shared.contracts.json_values import JsonValue
from shared.runtime.http.problems import Refusal

log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 5.0
_MAX_ANSWER_BYTES = 64 * 1024


class OpenId:
    """Sends people to the issuer and reads what it answers."""

    def __init__(self, settings: IntakeSettings, tokens: Tokens) -> None:
        self._settings, self._tokens = settings, tokens
        self._client = settings.oidc_client_id or settings.oidc_audience

    @property
    def _redirect(self) -> str:
        return f"{self._settings.sign_in_url}/ve"

    async def address(self, begun: Begun) -> str:
        """Where the browser is sent. Raises ``Refusal`` with 503 if the issuer does not answer."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._redirect,
            "scope": self._settings.oidc_scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = await self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def subject(self, code: str, begun: Begun) -> str:
        """The issuer's name of the account that signed in. Raises ``Refusal``: 401, or 503."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": self._client,
            "code_verifier": begun.verifier,
        }
        if secret := self._settings.oidc_client_secret.get_secret_value():
            form["client_secret"] = secret
        endpoint = await self._endpoint("token_endpoint")
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as http:
                answer = await http.post(endpoint, data=form, headers={"Accept": "application/json"})
            too_long = len(answer.content) > _MAX_ANSWER_BYTES
            given: JsonValue = json.loads(answer.content) if answer.is_success and not too_long else None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _away(error) from None
        except (ValueError, RecursionError):
            given = None
        token = given.get("id_token") if isinstance(given, dict) else None
        if not isinstance(token, str):
            log.warning("the issuer gave no ID token", status=answer.status_code)
            raise Refusal(401, "sign_in_failed", "Nơi đăng nhập không xác nhận lần đăng nhập này. Hãy đăng nhập lại.")
        claims = await self._tokens.claims(token, self._client)
        nonce, party = claims.get("nonce"), claims.get("azp", self._client)
        ours = isinstance(nonce, str) and secrets.compare_digest(nonce.encode(), begun.nonce.encode())
        if not ours or party != self._client:
            raise Refusal(401, "sign_in_failed", "Lần đăng nhập này không phải do trình duyệt này bắt đầu.")
        return str(claims["sub"])

    async def _endpoint(self, name: str) -> str:
        try:
            return self._tokens.keys.address(await self._tokens.keys.configuration(), name)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise _away(error) from None


def _away(error: Exception) -> Refusal:
    log.warning("the issuer does not answer", error=repr(error))
    return Refusal(503, "issuer_unavailable", "Nơi đăng nhập không trả lời; hãy thử lại sau ít phút.", retry_after=30)
