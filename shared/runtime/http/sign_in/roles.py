"""Who calls, by a key or by a sign-in, and what each role may do. A route that the table does not have is refused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.contracts.people import Person, Role
from shared.runtime.http.problems import Refusal
from shared.runtime.http.sign_in.reader import SignIns, token_of

_BEARER = HTTPBearer(
    auto_error=False,
    description="A named key with a role; without one, the cookie of who is signed in.",
)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]

Roles = Mapping[tuple[str, str], frozenset[Role]]
"""The roles that may use each route of a service, by method and path."""

DESK_READERS: Final = frozenset[Role]({"secretary", "leader", "member", "viewer", "operator"})
"""Who reads the desk. Officers of the agencies do not: their own results are shown at intake."""


class Access:
    """The people who are signed in and the keys of the deployment, as a dependency of every route in a table.

    ``holders`` are the SHA-256 digests (64 hex digits) of the keys with whom each belongs to.
    """

    def __init__(self, sign_ins: SignIns, holders: Iterable[tuple[str, Person]], roles: Roles) -> None:
        self._sign_ins, self._holders, self._roles = sign_ins, tuple(holders), roles

    async def caller(self, request: Request, bearer: _Bearer) -> Person:
        """Who calls: the holder of the key or, without a key, who is signed in.

        Raises ``Refusal``: 401 for an unknown key and for nobody, 403 for a role or a route that is not in the table
        and for a form that is not ours.
        """
        person = await self._signed_in(request) if bearer is None else self._holder(bearer.credentials)
        if person is None:
            detail = "Hãy đăng nhập, hoặc dùng khóa của cơ quan Thường trực Hội đồng."
            raise Refusal(401, "not_the_desk", detail)
        allowed = self._roles.get((request.method, request.scope["route"].path))
        if allowed is None or person.role not in allowed:
            raise Refusal(403, "not_allowed", f"“{person.name}” không có quyền thực hiện việc này.")
        return person

    async def reader(self, request: Request) -> Person:
        """Who opens a page, as ``caller``. Pages are not in the OpenAPI document, so the framework need not be told
        where the key stands.
        """
        return await self.caller(request, await _BEARER(request))

    async def by(self, request: Request, bearer: _Bearer) -> str:
        """What records call the caller. Raises ``Refusal`` as ``caller`` does."""
        return (await self.caller(request, bearer)).name

    async def token(self, request: Request, bearer: _Bearer) -> str:
        """The CSRF token for the forms of a page; empty for a caller with a key."""
        await self.caller(request, bearer)
        return token_of(request)

    async def _signed_in(self, request: Request) -> Person | None:
        sign_in = await self._sign_ins.find(request)
        return sign_in.person if sign_in else None

    def _holder(self, key: str) -> Person | None:
        given = hashlib.sha256(key.encode()).hexdigest()
        return next((holder for digest, holder in self._holders if hmac.compare_digest(given, digest)), None)
