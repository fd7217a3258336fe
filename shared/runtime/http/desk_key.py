"""The standing office's key: a dependency of the routes on which it changes something."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import Header

from shared.runtime.http.problems import Refusal


class DeskKey:
    """Lets in who shows the key whose SHA-256 digest (64 hex digits) is ``sha256``; nobody if that is empty."""

    def __init__(self, sha256: str) -> None:
        self._sha256 = sha256

    async def __call__(self, authorization: Annotated[str | None, Header()] = None) -> str:
        """The name under which the caller acts, for records. Raises ``Refusal`` with 401 ``not_the_desk``."""
        key = (authorization or "").removeprefix("Bearer ")
        digest = hashlib.sha256(key.encode()).hexdigest()
        if not hmac.compare_digest(digest, self._sha256):
            raise Refusal(401, "not_the_desk", "Chỉ thư ký Hội đồng được thực hiện việc này.")
        return f"desk {digest[:12]}"
