"""The key of the council's standing office, for what only its people may do."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.runtime.http.problems import Refusal

_BEARER = HTTPBearer(auto_error=False, description="The key of the council's standing office.")


class DeskKey:
    """A FastAPI dependency that refuses every caller but the standing office, and returns the name for records.

    ``key_sha256`` is the SHA-256 digest (64 hex digits) of the office's key; if it is empty, no key is accepted.
    ``office`` is what records call its holder. Declare the dependency before the one that reads the body, so that the
    body of an unknown caller is not read.
    """

    def __init__(self, key_sha256: str, office: str = "desk") -> None:
        self._key_sha256, self._office = key_sha256, office

    async def __call__(self, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
        """The office and the first 12 digits of the key's digest, such as ``desk 1f0c5a2b9e77``.

        Raises ``Refusal`` with 401 for another key, or none.
        """
        given = hashlib.sha256((bearer.credentials if bearer else "").encode()).hexdigest()
        if not hmac.compare_digest(given, self._key_sha256):
            raise Refusal(401, "not_the_desk", "Chỉ thư ký Hội đồng được thực hiện việc này.")
        return f"{self._office} {given[:12]}"
