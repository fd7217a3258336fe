"""The keys and addresses that an OpenID issuer publishes, fetched over HTTP and kept for a while."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from shared.contracts.json_values import JsonObject, JsonValue
from shared.runtime.http.problems import Refusal

log = structlog.get_logger(__name__)

_KEY_TYPES = {"RS256": ("RSA", None), "ES256": ("EC", "P-256")}
_MIN_RSA_BITS = 2048
_MAX_RESPONSE_BYTES = 256 * 1024
_TIMEOUT_SECONDS = 3.0

FRESH_SECONDS = 300.0
"""How long the issuer's keys are used before they are fetched again."""
RETRY_SECONDS = 10.0
"""The shortest time between two fetches of the issuer's keys, whatever key ids callers send."""
STALE_SECONDS = 3600.0
"""How long fetched keys are still used while the issuer does not respond."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key of the issuer and the one algorithm it signs by."""

    algorithm: str
    key: RSAKey | ECKey


class IssuerKeys:
    """The keys of one issuer. ``monotonic`` returns seconds, by which the fetched keys age."""

    def __init__(self, issuer: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._monotonic = issuer, monotonic
        self._keys: dict[str, PublishedKey] = {}
        self._configuration: JsonObject | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> PublishedKey | None:
        """The issuer's key of that id, or None. Raises ``Refusal`` with 503 if its keys cannot be fetched."""
        async with self._fetching:
            now = self._monotonic()
            is_stale = now - self._fetched_at > FRESH_SECONDS or kid not in self._keys
            if is_stale and now - self._tried_at > RETRY_SECONDS:
                self._tried_at = now
                try:
                    self._keys, self._fetched_at = await self._fetch(), now
                except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
                    log.warning("cannot fetch the issuer's keys", issuer=self._issuer, error=repr(error))
            if now - self._fetched_at > STALE_SECONDS:
                detail = "Chưa kiểm tra được thẻ truy cập vì nơi đăng nhập không trả lời; hãy thử lại sau ít giây."
                raise Refusal(503, "issuer_unavailable", detail, retry_after=int(RETRY_SECONDS))
            return self._keys.get(kid)

    async def _fetch(self) -> dict[str, PublishedKey]:
        """The usable keys of the issuer's JWKS, by id.

        Raises ``httpx.HTTPError``, ``httpx.InvalidURL`` and ``ValueError``.
        """
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as http:
            configuration = await self._fetch_configuration(http)
            published = (await fetch_object(http, self.address(configuration, "jwks_uri"))).get("keys")
        self._configuration = configuration
        if not isinstance(published, list):
            raise ValueError("the issuer's key set has no keys")
        return {jwk["kid"]: key for jwk in published if (key := _usable_key(jwk)) is not None}

    async def _fetch_configuration(self, http: httpx.AsyncClient) -> JsonObject:
        """The issuer's discovery document. Raises ``httpx.HTTPError``, ``httpx.InvalidURL`` and ``ValueError``."""
        configuration = await fetch_object(http, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if configuration.get("issuer") != self._issuer:
            raise ValueError("the issuer's configuration names another issuer")
        return configuration

    def address(self, configuration: JsonObject, name: str) -> str:
        """An address of the discovery document. Raises ``ValueError`` if it is missing or not as safe as the issuer."""
        url = configuration.get(name)
        if not isinstance(url, str) or (self._issuer.startswith("https://") and not url.startswith("https://")):
            raise ValueError(f"the issuer's configuration has no {name}, or one that is not served over https")
        return url

    async def configuration(self) -> JsonObject:
        """The discovery document as last fetched with the keys.

        Raises ``httpx.HTTPError``, ``httpx.InvalidURL`` and ``ValueError`` if it has not been and cannot be fetched.
        """
        if self._configuration is None:
            async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as http:
                self._configuration = await self._fetch_configuration(http)
        return self._configuration


async def fetch_object(http: httpx.AsyncClient, url: str) -> JsonObject:
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


def _usable_key(jwk: object) -> PublishedKey | None:
    """A published key if it signs by an accepted algorithm and is not weak; a private part is ignored."""
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str):
        return None
    key_type = (jwk.get("kty"), jwk.get("crv"))
    algorithm = next((name for name, accepted in _KEY_TYPES.items() if accepted == key_type), None)
    if algorithm is None or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        return None
    try:
        public = {name: value for name, value in jwk.items() if name != "d"}
        if algorithm == "RS256":
            rsa = RSAKey.import_key(public)
            return PublishedKey(algorithm, rsa) if rsa.public_key.key_size >= _MIN_RSA_BITS else None
        return PublishedKey(algorithm, ECKey.import_key(public))
    except (JoseError, ValueError, TypeError):
        return None
